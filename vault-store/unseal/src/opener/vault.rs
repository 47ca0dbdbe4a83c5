//! What a vault keeps: heads that tokens name, and the values of `vault` tokens (section 12).
//!
//! Who may not open what is sealed under a class's key learns nothing of the vault: before it is
//! looked into, KMS is asked to open junk that is sealed under the key, under the caller's credentials.

use super::{Answered, Opener};
use crate::caller::{Answer, Caller};
use crate::data_key::{DataKey, SealedRecord};
use crate::digest::digest;
use crate::error::OpenError;
use crate::plan::{Plan, Recorded};
use crate::usage::Usage;
use crate::value::Value;
use aws_lc_rs::digest as hash;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use record::{HEAD_ID_BYTES, VaultRecord};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::{DataKeyId, Record, RecordKey, Space, StoreError, Token};

/// When a caller is told to come back while the vault needs its operator.
const RETRY_AFTER: Duration = Duration::from_secs(10);

type HeadId = [u8; HEAD_ID_BYTES];

impl Opener {
    /// Whether the caller may open what is sealed under any version of this key; remembered as long
    /// as a data key, a refusal as long as a refusal.
    pub(super) async fn gate(
        &self,
        caller: &Caller,
        usage: &Usage,
        key: &str,
    ) -> Result<bool, OpenError> {
        let digest = digest("gate", key.as_bytes());
        let answer = match caller.answers().get(&digest).await {
            Some(answer) => answer,
            None => {
                usage.ask()?;
                let made = async {
                    let answer = self.ask_gate(caller, usage, key).await?;
                    let lifetime = caller.lifetime(&answer);
                    Ok((answer, lifetime))
                };
                caller.answers().get_or_make(&digest, made).await?
            }
        };
        Ok(matches!(answer, Answer::Opens))
    }

    async fn ask_gate(
        &self,
        caller: &Caller,
        usage: &Usage,
        key: &str,
    ) -> Result<Answer, OpenError> {
        let probes = self.ring.probes(key);
        if probes.is_empty() {
            self.decrypt(caller, usage, self.ring.decoy(), &self.junk)
                .await?;
        }
        for probe in probes {
            let opened = self
                .decrypt(caller, usage, &probe.kms_key, &probe.sealed)
                .await?;
            if opened.is_some() {
                return Ok(Answer::Opens);
            }
        }
        Ok(Answer::Refused)
    }

    /// The data key of the head that the vault has under this name. One that it has not costs what a
    /// refusal costs.
    pub(super) async fn stored(
        &self,
        caller: &Caller,
        usage: &Usage,
        name: &[u8],
        (id, edge_head): (&HeadId, &[u8]),
    ) -> Result<Answer, OpenError> {
        let digest = digest("stored head", name);
        if let Some(answer) = caller.answers().get(&digest).await {
            return Ok(answer);
        }
        usage.ask()?;
        let made = async {
            let heads = self.heads(&[*id]).await?;
            // nothing is no head, and costs a decoy
            let head = heads.get(id).map_or(&[][..], |head| head);
            let answer = self.ask_data_key(caller, usage, head, edge_head).await?;
            let lifetime = caller.lifetime(&answer);
            Ok((answer, lifetime))
        };
        caller.answers().get_or_make(&digest, made).await
    }

    /// The values of a batch's `vault` tokens, as far as their gates are open; `None` for those that
    /// the vault has not, and for those that do not open.
    pub(super) async fn records(
        &self,
        caller: &Caller,
        usage: &Usage,
        plan: &Plan<'_>,
        answers: &[Answered],
    ) -> Result<Vec<Option<Value>>, OpenError> {
        let mut values: Vec<Option<Value>> = plan.records.iter().map(|_| None).collect();
        let is_open =
            |asked: &Recorded<'_>| matches!(answers.get(asked.gate), Some(Answered::Opens));
        let named = plan.records.iter().enumerate();
        let named = named.filter(|(_, asked)| is_open(asked));
        let named: Vec<_> = named
            .filter_map(|(index, asked)| Some((index, asked, key_of(asked)?)))
            .collect();
        let Some(vault) = self.vault.as_ref().filter(|_| !named.is_empty()) else {
            return Ok(values);
        };
        let keys: Vec<RecordKey> = named.iter().map(|(_, _, key)| key.clone()).collect();
        let records = vault.records(&keys).await.map_err(unavailable)?;
        let kept = named.iter().zip(&records);
        let sealed = kept.map(|((_, asked, _), record)| sealed(record.as_ref()?, asked.view));
        let sealed: Vec<Option<SealedRecord<'_>>> = sealed.collect();
        let data_keys = self.data_keys(caller, usage, &sealed).await?;
        for ((index, asked, _), sealed) in named.iter().zip(&sealed) {
            let opened = sealed.as_ref().and_then(|sealed| {
                let data_key = data_keys.get(sealed.head_id)?;
                let bound = (&**asked.class.name(), asked.tenant, asked.text);
                data_key.open_record(bound, sealed).ok()
            });
            if let Some(slot) = values.get_mut(*index) {
                *slot = opened;
            }
        }
        Ok(values)
    }

    /// The data keys that records name, each asked for once.
    async fn data_keys(
        &self,
        caller: &Caller,
        usage: &Usage,
        records: &[Option<SealedRecord<'_>>],
    ) -> Result<HashMap<HeadId, Arc<DataKey>>, OpenError> {
        let named = records.iter().flatten();
        let mut ids: Vec<HeadId> = named.map(|record| *record.head_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let heads = self.heads(&ids).await?;
        let asked = heads.iter().map(|(id, head)| async move {
            let answer = self.data_key(caller, usage, head, (head, head)).await?;
            Ok::<_, OpenError>((*id, answer))
        });
        // made beforehand, as for the questions of a batch
        let asked: Vec<_> = asked.collect();
        let answers: Vec<_> = stream::iter(asked)
            .buffered(self.settings.batch_calls.max(1))
            .try_collect()
            .await?;
        let opened = answers.into_iter().filter_map(|(id, answer)| match answer {
            Answer::DataKey(data_key) => Some((id, data_key)),
            Answer::Secret(_) | Answer::Opens | Answer::Refused => None,
        });
        Ok(opened.collect())
    }

    /// Heads by name; those that are not what their name says are none.
    async fn heads(&self, ids: &[HeadId]) -> Result<HashMap<HeadId, Box<[u8]>>, OpenError> {
        let Some(vault) = self.vault.as_ref().filter(|_| !ids.is_empty()) else {
            return Ok(HashMap::new());
        };
        let names: Vec<_> = ids.iter().map(|id| DataKeyId(*id)).collect();
        let heads = vault.data_keys(&names).await.map_err(unavailable)?;
        let heads = ids.iter().zip(heads);
        let heads = heads.filter_map(|(id, head)| Some((*id, head?)));
        Ok(heads.filter(|(id, head)| is_named(head, id)).collect())
    }
}

/// What a record keeps of the value, or of this view of it; `None` where it has not that.
fn sealed<'r>(record: &'r Record, view: Option<&'r str>) -> Option<SealedRecord<'r>> {
    let record = VaultRecord::parse(&record.sealed).ok()?;
    let (head_id, ciphertext) = match view {
        None => (record.head_id, record.ciphertext),
        Some(view) => {
            let view = record.views.named(view)?;
            (view.head_id, view.ciphertext)
        }
    };
    Some(SealedRecord {
        value_type: record.value_type,
        nonce: record.nonce,
        view,
        head_id,
        ciphertext,
    })
}

fn is_named(head: &[u8], id: &HeadId) -> bool {
    let digest = hash::digest(&hash::SHA256, head);
    digest.as_ref().starts_with(id)
}

/// `None` for what can be no token.
fn key_of(asked: &Recorded<'_>) -> Option<RecordKey> {
    let text = std::str::from_utf8(asked.text).ok()?;
    Some(RecordKey {
        space: Space::new(asked.class.name(), asked.tenant).ok()?,
        token: Token::new(text).ok()?,
    })
}

fn unavailable(error: StoreError) -> OpenError {
    OpenError::Vault {
        retry_after: error.retry_after().unwrap_or(RETRY_AFTER),
    }
}
