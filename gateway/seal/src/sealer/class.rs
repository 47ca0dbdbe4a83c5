//! What becomes of one value, by its class.

use super::vaulting::Vaulted;
use crate::batch::{Step, Tokens, ValueRef};
use crate::error::SealError;
use crate::local::{Local, Unfit};
use crate::mac::MacMaker;
use crate::rsa::RsaMaker;
use crate::vault::VaultMaker;
use crate::views::ClassViews;

/// What is made of a batch's values as far as nothing has to be waited for.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) local: Tokens,
    pub(super) vaulted: Vec<Vaulted>,
    /// Values that KMS is to make MACs of: their places in the batch and their classes'.
    pub(super) asked: Vec<(usize, usize)>,
}

/// A class with what makes its tokens.
pub(super) struct SealClass {
    pub(super) name: Box<str>,
    pub(super) maker: Maker,
    /// The class that takes what does not fit this one.
    pub(super) misfit: Option<usize>,
}

/// What makes a class's tokens.
pub(super) enum Maker {
    Rsa(RsaMaker),
    Envelope {
        /// The key's place among the keepers.
        keeper: usize,
        /// Whether tokens only name their epoch's head, which is in the vault.
        stored: bool,
        views: Option<ClassViews>,
    },
    Local(Local),
    Mac(MacMaker),
    Vault(VaultMaker),
    /// Values stay as they are.
    Keep,
}

impl SealClass {
    /// What becomes of the value at `index` of a batch; what can be made at once is added to
    /// `settled`.
    pub(super) fn step(
        &self,
        place: usize,
        index: usize,
        value: ValueRef<'_>,
        tenant: &str,
        settled: &mut Settled,
    ) -> Result<Step, Misfit> {
        match &self.maker {
            Maker::Envelope { views: Some(_), .. } => Ok(Step::Viewed(place)),
            Maker::Envelope { stored: false, .. } => Ok(Step::Envelope(place)),
            Maker::Envelope { stored: true, .. } => Ok(Step::Stored(place)),
            Maker::Rsa(rsa) if value.content.len() <= rsa.limit() => Ok(Step::Rsa(place)),
            Maker::Rsa(rsa) => Err(Misfit::TooLong { limit: rsa.limit() }),
            Maker::Local(maker) => match maker.make(value, tenant, &mut settled.local) {
                Ok(()) => Ok(Step::Local),
                Err(Unfit::Value(why)) => Err(Misfit::Unfit(why)),
                Err(Unfit::Cryptography) => Err(Misfit::Refused(SealError::Cryptography)),
            },
            Maker::Keep => Ok(Step::Keep),
            Maker::Mac(_) => {
                settled.asked.push((index, place));
                Ok(Step::Mac)
            }
            Maker::Vault(maker) => {
                maker.check(value).map_err(Misfit::Unfit)?;
                let fingerprint = maker.fingerprint(value, tenant).map_err(Misfit::Refused)?;
                if let Some(known) = maker.known(fingerprint.as_ref()) {
                    settled.local.text(known.as_str());
                    return Ok(Step::Local);
                }
                settled.vaulted.push(Vaulted {
                    value: index,
                    class: place,
                    fingerprint,
                });
                Ok(Step::Vault)
            }
        }
    }

    pub(super) fn vault(&self) -> Option<&VaultMaker> {
        match &self.maker {
            Maker::Vault(maker) => Some(maker),
            _ => None,
        }
    }
}

/// Why a class has no token for a value.
pub(super) enum Misfit {
    TooLong {
        limit: usize,
    },
    Unfit(String),
    /// No other class would have one either.
    Refused(SealError),
}

impl Misfit {
    pub(super) fn into_error(self, class: &SealClass, index: usize, length: usize) -> SealError {
        let class = class.name.clone();
        match self {
            Self::TooLong { limit } => SealError::TooLong {
                class,
                index,
                limit,
                length,
            },
            Self::Unfit(why) => SealError::Unfit { class, index, why },
            Self::Refused(error) => error,
        }
    }
}
