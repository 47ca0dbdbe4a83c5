//! Envelopes with views: the value and each view under an epoch of its own key.

use super::Sealer;
use super::class::Maker;
use super::making::take_share;
use crate::batch::{KeyShare, ValueRef};
use crate::envelope::append_sealed;
use crate::error::SealError;
use crate::views::{ClassViews, Part, Parts, Sealing};
use record::{NONCE_BYTES, token, views};

impl Sealer {
    /// The key, by its keeper's place, that values of a class are sealed under.
    pub(super) fn keeper_of(&self, class: usize) -> Option<usize> {
        match &self.classes.get(class)?.maker {
            Maker::Envelope { keeper, .. } => Some(*keeper),
            Maker::Vault(maker) => Some(maker.keeper),
            Maker::Rsa(_) | Maker::Local(_) | Maker::Mac(_) | Maker::Keep => None,
        }
    }

    /// The keys, by their keepers' places, that a value of a class takes a share of: the value's own,
    /// then those of its views.
    pub(super) fn keepers_of(&self, class: usize) -> impl Iterator<Item = usize> {
        let views = match self.classes.get(class).map(|class| &class.maker) {
            Some(Maker::Envelope { views, .. }) => views.as_ref(),
            Some(Maker::Vault(maker)) => maker.views.as_ref(),
            Some(Maker::Rsa(_) | Maker::Local(_) | Maker::Mac(_) | Maker::Keep) | None => None,
        };
        let views = views.into_iter().flat_map(ClassViews::iter);
        let own = self.keeper_of(class);
        own.into_iter().chain(views.map(|view| view.keeper))
    }

    /// Appends the token of a value and its views to `out`; `body` is a buffer.
    pub(super) fn seal_viewed(
        &self,
        (class, binding): (usize, &[u8]),
        value: ValueRef<'_>,
        nonce: &[u8; NONCE_BYTES],
        shares: &mut [KeyShare],
        body: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        let maker = self.classes.get(class).map(|class| &class.maker);
        let Some(Maker::Envelope {
            stored,
            views: Some(class_views),
            ..
        }) = maker
        else {
            return Err(SealError::UnknownClass);
        };
        let parts = take_parts(shares, self.keepers_of(class))?;
        let head = class_views.head(&parts, *stored)?;
        let own = &parts.own;
        let sealing = Sealing {
            binding,
            nonce,
            bound: &[],
        };
        let sealed = class_views.seal(value, &parts.views, &sealing)?;
        body.clear();
        body.extend_from_slice(binding);
        body.push(value.value_type.code());
        body.extend_from_slice(nonce);
        body.push(u8::try_from(sealed.len()).map_err(|_| SealError::Cryptography)?);
        for view in &sealed {
            views::push_sealed(body, view).map_err(|_| SealError::Cryptography)?;
        }
        let value_key = own
            .epoch
            .value_key(&own.value_keys, class, binding, value.value_type)?;
        append_sealed(value_key, nonce, &[], value.content, body)?;
        let edge_tag = head.tagger.tag(body);
        body.extend_from_slice(&edge_tag);
        out.extend_from_slice(&head.text);
        token::append_body(out, own.epoch.framing(), body);
        Ok(())
    }
}

/// A share of each keeper's key, and one less of it left.
pub(super) fn take_parts(
    shares: &mut [KeyShare],
    keepers: impl Iterator<Item = usize>,
) -> Result<Parts, SealError> {
    let mut parts = keepers.map(|keeper| {
        let share = take_share(shares, keeper)?;
        Ok(Part {
            epoch: share.epoch.clone(),
            value_keys: share.value_keys.clone(),
        })
    });
    Ok(Parts {
        own: parts.next().ok_or(SealError::UnknownClass)??,
        views: parts.collect::<Result<_, SealError>>()?,
    })
}
