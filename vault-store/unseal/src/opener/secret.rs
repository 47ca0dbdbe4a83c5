//! Symmetric keys of the ring, unwrapped for one caller.

use super::Opener;
use crate::caller::{Answer, Caller};
use crate::digest::digest;
use crate::error::OpenError;
use crate::secret::Secret;
use crate::usage::Usage;
use record::KeyId;
use std::sync::Arc;

impl Opener {
    /// This version of a symmetric key, from the caller's cache or from KMS; it is remembered as
    /// long as a data key. `None` is a refusal, which has cost a KMS call under the caller's
    /// credentials or is remembered from one, whether or not the ring has the key.
    pub(crate) async fn secret(
        &self,
        caller: &Caller,
        usage: &Usage,
        key: &str,
        version: u16,
    ) -> Result<Option<Arc<Secret>>, OpenError> {
        let digest = digest("secret", &[&version.to_be_bytes(), key.as_bytes()].concat());
        let answer = match caller.answers().get(&digest).await {
            Some(answer) => answer,
            None => {
                usage.ask()?;
                let made = async {
                    let answer = self.ask_secret(caller, usage, key, version).await?;
                    let lifetime = caller.lifetime(&answer);
                    Ok((answer, lifetime))
                };
                caller.answers().get_or_make(&digest, made).await?
            }
        };
        Ok(match answer {
            Answer::Secret(secret) => Some(secret),
            Answer::DataKey(_) | Answer::Opens | Answer::Refused => None,
        })
    }

    async fn ask_secret(
        &self,
        caller: &Caller,
        usage: &Usage,
        key: &str,
        version: u16,
    ) -> Result<Answer, OpenError> {
        let Some(wrapped) = self.ring.wrapped(key, version) else {
            self.decrypt(caller, usage, self.ring.decoy(), &self.junk)
                .await?;
            return Ok(Answer::Refused);
        };
        let call = self.service.unwrap(
            caller.credentials(),
            &wrapped.kms_key,
            &wrapped.wrapped,
            &wrapped.context,
        );
        let unwrapped = self.call(usage, call).await?;
        let secret = unwrapped.and_then(|bytes| Secret::new(&KeyId::new(key, version), &bytes));
        Ok(secret.map_or(Answer::Refused, |secret| Answer::Secret(Arc::new(secret))))
    }
}

#[cfg(test)]
mod tests;
