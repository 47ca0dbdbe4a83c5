//! Data keys that heads carry, opened for one caller.

use super::Opener;
use crate::caller::{Answer, Caller};
use crate::data_key::DataKey;
use crate::digest::digest;
use crate::error::OpenError;
use crate::usage::Usage;
use record::{Head, HeadKind};
use std::sync::Arc;

impl Opener {
    /// The data key in `head`, from the caller's cache or from KMS.
    pub(super) async fn data_key(
        &self,
        caller: &Caller,
        usage: &Usage,
        name: &[u8],
        (head, edge_head): (&[u8], &[u8]),
    ) -> Result<Answer, OpenError> {
        let digest = digest("data key", name);
        if let Some(answer) = caller.answers().get(&digest).await {
            return Ok(answer);
        }
        usage.ask()?;
        let made = async {
            let answer = self.ask_data_key(caller, usage, head, edge_head).await?;
            let lifetime = caller.lifetime(&answer);
            Ok((answer, lifetime))
        };
        caller.answers().get_or_make(&digest, made).await
    }

    pub(super) async fn ask_data_key(
        &self,
        caller: &Caller,
        usage: &Usage,
        head: &[u8],
        edge_head: &[u8],
    ) -> Result<Answer, OpenError> {
        let parsed = Head::parse(head).ok().and_then(|head| match head.kind {
            HeadKind::Envelope(wrapped) => Some((head, wrapped)),
            _ => None,
        });
        let known = parsed.and_then(|(head, wrapped)| {
            let kms_key = self.ring.kms_key(head.key_name, head.key_version)?;
            Some((kms_key, wrapped))
        });
        let Some((kms_key, wrapped)) = known else {
            self.decrypt(caller, usage, self.ring.decoy(), &self.junk)
                .await?;
            return Ok(Answer::Refused);
        };
        let payload = self
            .decrypt(caller, usage, kms_key, wrapped.wrapped)
            .await?;
        let opened = payload.and_then(|payload| {
            DataKey::open(
                &payload,
                edge_head,
                &wrapped,
                &self.signers,
                &self.edge_keys,
            )
            .ok()
        });
        Ok(opened.map_or(Answer::Refused, |opened| Answer::DataKey(Arc::new(opened))))
    }
}
