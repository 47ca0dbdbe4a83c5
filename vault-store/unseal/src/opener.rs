//! Opens batches of tokens.

use crate::caller::{Answer, Caller};
use crate::class::RevealClass;
use crate::data_key::DataKey;
use crate::digest::digest;
use crate::edge::EdgeKey;
use crate::error::{OpenError, SetupError};
use crate::key_service::{DecryptError, KeyService};
use crate::plan::{Plan, Question};
use crate::ring::{Ring, Signers};
use crate::rsa::{self, Ask, Attempt};
use crate::secret::Secret;
use crate::usage::Usage;
use crate::value::{NotRevealed, Value};
use aws_lc_rs::rand;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use openings::Openings;
use policies::KeyRing;
use record::Framing;
use std::sync::Arc;
use store::Reader;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

mod data_key;
mod openings;
mod secret;
mod vault;

/// Tokens that are opened before other tasks of the same worker get their turn.
const SLICE: usize = 1024;
/// Bytes of junk that a decoy call carries: an RSA-2048 ciphertext's.
const JUNK_BYTES: usize = 256;

/// A text that may be a token.
#[derive(Clone, Copy)]
pub enum Candidate<'a> {
    /// It describes itself, if it is one.
    Framed {
        /// Index into [`Opener::framings`]; `None` for a text that no framing fits.
        framing: Option<usize>,
        /// The whole text, prefix and suffix included.
        text: &'a [u8],
    },
    /// It is taken for one of a class whose tokens do not describe themselves. Nothing can prove
    /// that it is: to who has the right, any text that fits the class opens to something.
    OfClass {
        /// The class.
        class: &'a RevealClass,
        /// The tenant that it was made for; empty without tenants.
        tenant: &'a str,
        /// The whole text.
        text: &'a [u8],
    },
}

impl<'a> Candidate<'a> {
    /// The whole text.
    pub fn text(&self) -> &'a [u8] {
        let (Self::Framed { text, .. } | Self::OfClass { text, .. }) = self;
        text
    }
}

/// How many KMS calls may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenerSettings {
    /// For one batch.
    pub batch_calls: usize,
    /// For the whole opener.
    pub calls: usize,
}

impl Default for OpenerSettings {
    fn default() -> Self {
        Self {
            batch_calls: 16,
            calls: 128,
        }
    }
}

/// Key ring, edge keys and signers' public keys: what tokens are opened with, and no secret of any
/// value.
pub struct Opener {
    ring: Ring,
    signers: Signers,
    edge_keys: Vec<EdgeKey>,
    service: Arc<dyn KeyService>,
    settings: OpenerSettings,
    calls: Semaphore,
    junk: [u8; JUNK_BYTES],
    vault: Option<Arc<dyn Reader>>,
}

/// An answer to one question of a batch.
enum Answered {
    DataKey(Arc<DataKey>),
    Secret(Arc<Secret>),
    Value(Value),
    /// The gate is open.
    Opens,
    Refused,
}

impl Answered {
    fn data_key(answer: Answer) -> Self {
        match answer {
            Answer::DataKey(data_key) => Self::DataKey(data_key),
            Answer::Secret(_) | Answer::Opens | Answer::Refused => Self::Refused,
        }
    }
}

impl Opener {
    /// Reads the signers' public keys and the wrapped keys that `ring` names.
    pub fn new(
        ring: &KeyRing,
        edge_keys: Vec<EdgeKey>,
        service: Arc<dyn KeyService>,
        settings: OpenerSettings,
    ) -> Result<Self, SetupError> {
        if edge_keys.is_empty() {
            return Err(SetupError::NoEdgeKey);
        }
        let mut junk = [0; JUNK_BYTES];
        // The first byte stays 0, so that the junk is below any modulus and fails where an altered
        // ciphertext does. If the source of randomness failed, zeros are as good a junk.
        if let Some((_, rest)) = junk.split_first_mut() {
            let _filled = rand::fill(rest);
        }
        Ok(Self {
            ring: Ring::new(ring)?,
            signers: Signers::read(ring)?,
            edge_keys,
            service,
            settings,
            calls: Semaphore::new(settings.calls.max(1)),
            junk,
            vault: None,
        })
    }

    /// The same with a vault: for tokens of kind `vault`, and for those that name their head.
    #[must_use]
    pub fn with_vault(self, vault: Arc<dyn Reader>) -> Self {
        Self {
            vault: Some(vault),
            ..self
        }
    }

    /// Checks what [`Opener::new`] would refuse of `ring` and the files that it names.
    pub fn check(ring: &KeyRing) -> Result<(), SetupError> {
        Ring::new(ring)?;
        Signers::read(ring).map(drop)
    }

    /// What stands around the tokens of this ring's keys, for a [`record::Finder`].
    pub fn framings(&self) -> &[Framing] {
        self.ring.framings()
    }

    /// `text` as a candidate, in the first framing that it is whole in.
    pub fn candidate<'a>(&self, text: &'a [u8]) -> Candidate<'a> {
        let framing = self
            .framings()
            .iter()
            .position(|framing| framing.strip(text).is_some());
        Candidate::Framed { framing, text }
    }

    /// Opens many tokens for one caller, in order: groups them by data key, and asks KMS once for
    /// each key that the caller's cache does not hold, under the caller's credentials.
    ///
    /// What fails for one token is a [`NotRevealed`]; each such failure has cost a KMS call under
    /// the caller's credentials, or its remembered refusal. An [`OpenError`] is about the call.
    pub async fn open_batch(
        &self,
        caller: &Caller,
        usage: &Usage,
        candidates: &[Candidate<'_>],
    ) -> Result<Vec<Result<Value, NotRevealed>>, OpenError> {
        self.open_views(caller, usage, candidates, &[]).await
    }

    /// As [`Opener::open_batch`], and opens of each token the first of `views` that it has, under the
    /// view's key; without views, the value. A token that has none of them is not revealed, and has
    /// cost nothing: everyone can see which views it has.
    pub async fn open_views(
        &self,
        caller: &Caller,
        usage: &Usage,
        candidates: &[Candidate<'_>],
        views: &[&str],
    ) -> Result<Vec<Result<Value, NotRevealed>>, OpenError> {
        let plan = Plan::new(self.framings(), candidates, views);
        let answers = self.answer(caller, usage, &plan.questions).await?;
        let records = self.records(caller, usage, &plan, &answers).await?;
        let mut opening = Openings::new(&plan, answers, records);
        let mut values = Vec::with_capacity(candidates.len());
        for slice in plan.steps.chunks(SLICE) {
            if !values.is_empty() {
                tokio::task::yield_now().await;
            }
            values.extend(slice.iter().map(|step| opening.open(step)));
        }
        Ok(values)
    }

    async fn answer(
        &self,
        caller: &Caller,
        usage: &Usage,
        questions: &[Question<'_>],
    ) -> Result<Vec<Answered>, OpenError> {
        let asked = questions.iter().map(|question| async move {
            match question {
                Question::DataKey {
                    name,
                    head,
                    edge_head,
                } => {
                    let heads = (head.as_slice(), edge_head.as_slice());
                    let answer = self.data_key(caller, usage, name, heads).await?;
                    Ok(Answered::data_key(answer))
                }
                Question::Stored {
                    name,
                    id,
                    edge_head,
                } => {
                    let answer = self.stored(caller, usage, name, (id, edge_head)).await?;
                    Ok(Answered::data_key(answer))
                }
                Question::Gate { key } => {
                    let opens = self.gate(caller, usage, key).await?;
                    Ok(if opens {
                        Answered::Opens
                    } else {
                        Answered::Refused
                    })
                }
                Question::Secret { key, version } => {
                    let answer = self.secret(caller, usage, key, *version).await?;
                    Ok(answer.map_or(Answered::Refused, Answered::Secret))
                }
                Question::Token { framing, text } => {
                    let answer = self.token(caller, usage, *framing, text).await?;
                    Ok(answer.map_or(Answered::Refused, Answered::Value))
                }
            }
        });
        // Made beforehand: a closure over borrowed questions inside the stream is not general
        // enough for a task that is to be sent between threads.
        let asked: Vec<_> = asked.collect();
        stream::iter(asked)
            .buffered(self.settings.batch_calls.max(1))
            .try_collect()
            .await
    }

    /// The value of a token that KMS opens by itself; refusals are remembered, values are not.
    async fn token(
        &self,
        caller: &Caller,
        usage: &Usage,
        framing: Option<usize>,
        text: &[u8],
    ) -> Result<Option<Value>, OpenError> {
        let digest = digest("token", text);
        if caller.is_refused(&digest).await {
            return Ok(None);
        }
        let opened = match rsa::ask(&self.ring, &self.edge_keys, framing, text) {
            Ask::Value { sealed, keys } => self.try_keys(caller, usage, &sealed, keys).await?,
            Ask::Decoy { kms_key } => {
                usage.ask()?;
                self.decrypt(caller, usage, &kms_key, &self.junk).await?;
                None
            }
        };
        if opened.is_none() {
            caller.remember_refusal(digest).await;
        }
        Ok(opened)
    }

    async fn try_keys(
        &self,
        caller: &Caller,
        usage: &Usage,
        sealed: &[u8],
        keys: Vec<Attempt>,
    ) -> Result<Option<Value>, OpenError> {
        for Attempt {
            kms_key,
            class,
            value_type,
        } in keys
        {
            usage.ask()?;
            if let Some(bytes) = self.decrypt(caller, usage, &kms_key, sealed).await? {
                return Ok(Some(Value {
                    class: class.into(),
                    value_type,
                    bytes,
                }));
            }
        }
        Ok(None)
    }

    /// One KMS call about an RSA ciphertext; `None` when KMS refuses.
    async fn decrypt(
        &self,
        caller: &Caller,
        usage: &Usage,
        kms_key: &str,
        ciphertext: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, OpenError> {
        let service = &self.service;
        let call = service.decrypt(caller.credentials(), kms_key, ciphertext);
        self.call(usage, call).await
    }

    /// One KMS call; `None` when KMS refuses.
    async fn call(
        &self,
        usage: &Usage,
        call: BoxFuture<'_, Result<Zeroizing<Vec<u8>>, DecryptError>>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, OpenError> {
        // The semaphore is never closed; were it, the call would go on without a permit.
        let _permit = self.calls.acquire().await.ok();
        usage.called();
        match call.await {
            Ok(plaintext) => Ok(Some(plaintext)),
            Err(DecryptError::Refused) => Ok(None),
            Err(DecryptError::Credentials) => Err(OpenError::Credentials),
            Err(DecryptError::Unavailable { retry_after }) => {
                Err(OpenError::Unavailable { retry_after })
            }
        }
    }
}
