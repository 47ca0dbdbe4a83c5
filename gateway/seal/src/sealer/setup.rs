//! Joins a policy's classes with their keys, once, so that sealing finds nothing to refuse.

use super::Sealer;
use super::class::{Maker, SealClass};
use crate::edge::EdgeKey;
use crate::epoch::Provenance;
use crate::epoch::keeper::EpochKeeper;
use crate::error::SetupError;
use crate::local::{Hmac, Local, SivOpener};
use crate::mac::{MacKey, MacMaker, Macs};
use crate::material::{Clock, EpochLimits, Material};
use crate::public_key::PublicKey;
use crate::recognize::Recognizer;
use crate::remembered::{Remembered, Vault};
use crate::rsa::RsaMaker;
use crate::secret_key::SecretKey;
use crate::vault::VaultMaker;
use crate::views::{ClassView, ClassViews};
use policies::{Class, KeyName, KeyRef, Kind, Misfit, Policy, VaultKind};
use record::{Encoding, Framing, MAX_NAME_BYTES, body, payload};
use std::sync::Arc;

pub(super) fn join(
    policy: &Policy,
    material: Material,
    clock: &Arc<dyn Clock>,
) -> Result<Sealer, SetupError> {
    let edge_keys: Vec<Arc<EdgeKey>> = material.edge_keys.into_iter().map(Arc::new).collect();
    let edge_key = Arc::clone(edge_keys.first().ok_or(SetupError::NoEdgeKey)?);
    check_name("signer", &material.signer_id.name)?;
    let keys: Vec<Arc<PublicKey>> = material.keys.into_iter().map(Arc::new).collect();
    for key in &keys {
        check_name("key", &key.id().name)?;
    }
    let secrets: Vec<Arc<SecretKey>> = material.secrets.into_iter().map(Arc::new).collect();
    for secret in &secrets {
        check_name("key", &secret.id().name)?;
    }
    let framings = framings(&keys, &secrets);
    let views = policy.classes().iter().map(|class| class.views.len());
    let mut join = Join {
        keys,
        secrets,
        macs: material.macs,
        vault: material.vault,
        keepers: Vec::new(),
        provenance: Arc::new(Provenance {
            signer: material.signer,
            signer_id: material.signer_id,
            edge_key,
        }),
        epochs: material.epochs,
        clock: Arc::clone(clock),
        places: policy.classes().len() + views.sum::<usize>(),
        next_place: policy.classes().len(),
    };
    let classes = policy.classes().iter().map(|class| join.class(class));
    let classes = classes.collect::<Result<Vec<_>, _>>()?;
    let bindings = classes.iter().map(|class| {
        body::build_binding(&class.name, "").map_err(|_| SetupError::Name {
            what: "class",
            name: class.name.clone(),
        })
    });
    Ok(Sealer {
        bindings: bindings.collect::<Result<_, _>>()?,
        classes,
        keepers: join.keepers,
        macs: Macs::new().map_err(|_| SetupError::NoRandomness)?,
        vault: join.vault,
        recognizer: Recognizer::new(framings, edge_keys, SivOpener::new(join.secrets)),
    })
}

/// The distinct framings of tokens that can be recognized.
fn framings(keys: &[Arc<PublicKey>], secrets: &[Arc<SecretKey>]) -> Vec<Framing> {
    let mut framings = Vec::new();
    let public = keys.iter().map(|key| key.framing());
    for framing in public.chain(secrets.iter().map(|secret| secret.framing())) {
        if framing.encoding() == Encoding::Veilgate && !framings.contains(framing) {
            framings.push(framing.clone());
        }
    }
    framings
}

struct Join {
    keys: Vec<Arc<PublicKey>>,
    secrets: Vec<Arc<SecretKey>>,
    macs: Vec<MacKey>,
    vault: Option<Vault>,
    keepers: Vec<EpochKeeper>,
    provenance: Arc<Provenance>,
    epochs: EpochLimits,
    clock: Arc<dyn Clock>,
    /// How many keys an epoch may derive for a tenant and value type: one for each class and view.
    places: usize,
    /// That of the next view.
    next_place: usize,
}

impl Join {
    fn class(&mut self, class: &Class) -> Result<SealClass, SetupError> {
        let name = class.name.as_str();
        check_name("class", name)?;
        let maker = match &class.kind {
            Kind::Rsa { key } => Maker::Rsa(self.rsa(name, key)?),
            Kind::Envelope { key, stored } => {
                if *stored {
                    self.needed_vault(name, &class.kind)?;
                }
                let key = self.newest(name, key)?;
                Maker::Envelope {
                    keeper: self.keeper(name, &key)?,
                    stored: *stored,
                    views: self.views(class)?,
                }
            }
            Kind::Keep => Maker::Keep,
            Kind::Vault(vault) => {
                let remembered = self.needed_vault(name, &class.kind)?.remembered();
                let remembered = Arc::clone(remembered);
                Maker::Vault(self.vault(class, vault, remembered)?)
            }
            kind => match self.mac(name, kind) {
                Some(maker) => Maker::Mac(maker),
                None => self.local(name, kind)?,
            },
        };
        Ok(SealClass {
            name: name.into(),
            maker,
            misfit: match class.misfit {
                Misfit::Reject => None,
                Misfit::Use(other) => Some(other.index()),
            },
        })
    }

    fn rsa(&self, class: &str, key: &KeyName) -> Result<RsaMaker, SetupError> {
        let key = self.newest(class, key)?;
        let edge_key = Arc::clone(&self.provenance.edge_key);
        RsaMaker::new(Arc::clone(&key), edge_key).map_err(|_| SetupError::Name {
            what: "key",
            name: key.id().name.clone(),
        })
    }

    fn needed_vault(&self, class: &str, kind: &Kind) -> Result<&Vault, SetupError> {
        self.vault.as_ref().ok_or_else(|| SetupError::NoVault {
            class: class.into(),
            kind: kind.name(),
        })
    }

    fn vault(
        &mut self,
        class: &Class,
        vault: &VaultKind,
        remembered: Arc<Remembered>,
    ) -> Result<VaultMaker, SetupError> {
        let name = class.name.as_str();
        let key = self.newest(name, &vault.key)?;
        let keeper = self.keeper(name, &key)?;
        let views = self.views(class)?;
        let secret = class.kind.symmetric_key();
        let secret = secret.map(|key| self.secret(name, key)).transpose()?;
        let maker = VaultMaker::new(name, vault, (keeper, views), secret, remembered);
        maker.map_err(|_| SetupError::Derive { class: name.into() })
    }

    /// The views of a class, each with a place among the keys that epochs derive.
    fn views(&mut self, class: &Class) -> Result<Option<ClassViews>, SetupError> {
        let views = class.views.iter().map(|view| {
            let key = self.newest(class.name.as_str(), &view.key)?;
            let place = self.next_place;
            self.next_place += 1;
            Ok(ClassView {
                name: view.name.as_str().into(),
                keeper: self.keeper(class.name.as_str(), &key)?,
                place,
                shows: view.shows,
            })
        });
        Ok(ClassViews::new(views.collect::<Result<_, _>>()?))
    }

    fn local(&self, class: &str, kind: &Kind) -> Result<Maker, SetupError> {
        let secret = kind.symmetric_key().map(|key| self.secret(class, key));
        let local = Local::new(class, kind, secret.transpose()?);
        let local = local.ok().flatten().ok_or_else(|| SetupError::Derive {
            class: class.into(),
        })?;
        Ok(Maker::Local(local))
    }

    /// The newest version of a class's public key.
    fn newest(&self, class: &str, key: &KeyName) -> Result<Arc<PublicKey>, SetupError> {
        let versions = self
            .keys
            .iter()
            .filter(|each| *each.id().name == *key.as_str());
        versions
            .max_by_key(|key| key.id().version)
            .cloned()
            .ok_or_else(|| SetupError::NoKey {
                class: class.into(),
                key: key.as_str().into(),
            })
    }

    /// A class's symmetric key: of the version that it is fixed to, or of the newest.
    fn secret(&self, class: &str, key: &KeyRef) -> Result<Arc<SecretKey>, SetupError> {
        let versions = self.secrets.iter().filter(|each| {
            *each.id().name == *key.name.as_str()
                && key
                    .version
                    .is_none_or(|version| version == each.id().version)
        });
        versions
            .max_by_key(|secret| secret.id().version)
            .cloned()
            .ok_or_else(|| SetupError::NoSecret {
                class: class.into(),
                key: match key.version {
                    None => key.name.as_str().into(),
                    Some(version) => format!("{} version {version}", key.name).into(),
                },
            })
    }

    /// The maker of a class of kind `hmac` whose key stays in KMS.
    fn mac(&self, class: &str, kind: &Kind) -> Option<MacMaker> {
        let Kind::Hmac { key, output } = kind else {
            return None;
        };
        let versions = self.macs.iter().filter(|each| {
            *each.id.name == *key.name.as_str()
                && key.version.is_none_or(|version| version == each.id.version)
        });
        let newest = versions.max_by_key(|each| each.id.version)?;
        Some(MacMaker::new(newest.clone(), class, Hmac::new(*output)))
    }

    /// The keeper of the key's epochs, which all its classes share.
    fn keeper(&mut self, class: &str, key: &Arc<PublicKey>) -> Result<usize, SetupError> {
        if key.framing().encoding() == Encoding::Original {
            return Err(SetupError::EnvelopeOriginal {
                class: class.into(),
                key: key.id().name.clone(),
            });
        }
        let length = self.provenance.signer_id.name.len();
        let limit = key.max_value_bytes().saturating_sub(payload::length(0));
        if length > limit {
            return Err(SetupError::SignerName {
                length,
                limit,
                key: key.id().name.clone(),
            });
        }
        if let Some(place) = self
            .keepers
            .iter()
            .position(|keeper| keeper.key().id() == key.id())
        {
            return Ok(place);
        }
        self.keepers.push(EpochKeeper::new(
            Arc::clone(key),
            Arc::clone(&self.provenance),
            self.epochs,
            Arc::clone(&self.clock),
            self.places,
        ));
        Ok(self.keepers.len() - 1)
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), SetupError> {
    if (1..=MAX_NAME_BYTES).contains(&name.len()) {
        Ok(())
    } else {
        Err(SetupError::Name {
            what,
            name: name.into(),
        })
    }
}
