//! Values out of tokens, their data keys cached, a private key on file in the place of KMS.

use crate::input::CHUNK_BYTES;
use crate::meter::{Failure, Meter, Rates, Workload};
use crate::setup::{self, KeyFiles};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use futures_util::future::BoxFuture;
use policies::EncryptionContext;
use record::{DEFAULT_MAX_TOKEN_BYTES, Finder, Sink, ValueType};
use seal::{Batch, Replacement, Tokens};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::runtime::Runtime;
use unseal::{
    CacheSettings, Caller, CallerCredentials, Candidate, DecryptError, EdgeKey, Identity,
    KeyService, NotRevealed, Opener, OpenerSettings, Usage, Value,
};
use zeroize::Zeroizing;

/// Values of one document.
const VALUES: usize = 24_576;

/// Values per CPU second: of a list of tokens, and of a document in which they are found and replaced.
pub(crate) fn measure(
    meter: Meter,
    keys: &KeyFiles,
    policy: &Path,
    private_key: &Path,
) -> Result<Rates, Failure> {
    let runtime = setup::runtime()?;
    let tokens = tokens(keys, policy, &runtime)?;
    let opener = opener(keys, private_key)?;
    let caller = caller();
    let usage = Usage::new(u64::MAX);
    let open = |candidates: &[Candidate<'_>]| {
        runtime
            .block_on(opener.open_batch(&caller, &usage, candidates))
            .map_err(Failure::from)
    };
    let list = || {
        let candidates: Vec<_> = tokens.iter().map(|token| opener.candidate(token)).collect();
        let opened = open(&candidates)?;
        all_opened(opened.iter().filter(|value| value.is_ok()).count())
    };
    let document = [&b"[\""[..], &tokens.join(&b"\",\""[..]), b"\"]"].concat();
    let mut draft = Draft::default();
    let whole_document = || {
        let mut finder = Finder::new(opener.framings(), DEFAULT_MAX_TOKEN_BYTES);
        let mut opened = 0;
        for chunk in document.chunks(CHUNK_BYTES) {
            finder.push(chunk, &mut draft);
            opened += draft.open(&open)?;
        }
        finder.finish(&mut draft);
        all_opened(opened + draft.open(&open)?)
    };
    meter.rates(vec![
        Workload::new("list", list),
        Workload::new("document", whole_document),
    ])
}

fn all_opened(opened: usize) -> Result<u64, Failure> {
    if opened == VALUES {
        Ok(VALUES as u64)
    } else {
        Err("not every token opened".into())
    }
}

/// One chunk of the document: what passes, and the candidates in it.
#[derive(Default)]
struct Draft {
    passed: Vec<u8>,
    texts: Vec<u8>,
    /// For each candidate its framing, where its text ends, and how much passes before it.
    cuts: Vec<(usize, usize, usize)>,
    out: Vec<u8>,
}

impl Sink for Draft {
    fn pass(&mut self, bytes: &[u8]) {
        self.passed.extend_from_slice(bytes);
    }

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        self.texts.extend_from_slice(text);
        self.cuts
            .push((framing, self.texts.len(), self.passed.len()));
    }
}

impl Draft {
    /// Opens the chunk's candidates, puts the values in their places, and says how many there were.
    fn open(
        &mut self,
        open: &impl Fn(&[Candidate<'_>]) -> Result<Vec<Result<Value, NotRevealed>>, Failure>,
    ) -> Result<usize, Failure> {
        let mut start = 0;
        let candidates = self.cuts.iter().map(|&(framing, end, _)| {
            let text = self.texts.get(start..end).unwrap_or_default();
            start = end;
            Candidate::Framed {
                framing: Some(framing),
                text,
            }
        });
        let values = open(&candidates.collect::<Vec<_>>())?;
        self.out.clear();
        let mut passed = 0;
        for (value, &(_, _, at)) in values.iter().zip(&self.cuts) {
            let value = value.as_ref().map_err(ToString::to_string)?;
            self.out
                .extend_from_slice(self.passed.get(passed..at).unwrap_or_default());
            self.out.extend_from_slice(&value.bytes);
            passed = at;
        }
        self.out
            .extend_from_slice(self.passed.get(passed..).unwrap_or_default());
        black_box(&self.out);
        self.passed.clear();
        self.texts.clear();
        self.cuts.clear();
        Ok(values.len())
    }
}

/// As many envelope tokens, all of one epoch.
fn tokens(keys: &KeyFiles, policy: &Path, runtime: &Runtime) -> Result<Vec<Vec<u8>>, Failure> {
    let policy = setup::policy(policy)?;
    let class = policy
        .rules()
        .first()
        .ok_or("the policy has no rule")?
        .class;
    let sealer = keys.sealer(&policy)?;
    let (mut batch, mut made) = (Batch::new(), Tokens::new());
    for number in 0..VALUES {
        batch.push(class, ValueType::Text, format!("{number:016}").as_bytes());
    }
    runtime.block_on(sealer.prepare(&mut batch))?;
    sealer.seal_batch(&mut batch, &mut made)?;
    let tokens = made.iter().map(|token| match token {
        Replacement::Made(text) => Ok(text.to_vec()),
        _ => Err(Failure::from("a value became no token")),
    });
    tokens.collect()
}

fn opener(keys: &KeyFiles, private_key: &Path) -> Result<Opener, Failure> {
    let edge_keys = vec![EdgeKey::from_hex(&keys.edge_key()?)?];
    let key = PrivateDecryptingKey::from_pkcs8(&setup::der(private_key)?)?;
    let service = Arc::new(KeyOnFile(OaepPrivateDecryptingKey::new(key)?));
    Ok(Opener::new(
        &keys.ring()?,
        edge_keys,
        service,
        OpenerSettings::default(),
    )?)
}

fn caller() -> Caller {
    let identity = Identity {
        principal: "arn:aws:sts::000000000000:assumed-role/bench/probe".into(),
        issuer: "http://127.0.0.1".into(),
        subject: "bench".into(),
    };
    let expires = SystemTime::now() + Duration::from_secs(3600);
    let credentials = CallerCredentials::new("none", "none", "none", expires);
    let lasting = CacheSettings {
        data_keys: Duration::from_secs(600),
        ..CacheSettings::default()
    };
    Caller::new(identity, credentials, lasting)
}

/// In the place of KMS: it is asked once, for the one data key, and has no symmetric key.
struct KeyOnFile(OaepPrivateDecryptingKey);

impl KeyService for KeyOnFile {
    fn decrypt<'a>(
        &'a self,
        _credentials: &'a CallerCredentials,
        _kms_key: &'a str,
        ciphertext: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        let mut plaintext = Zeroizing::new(vec![0; self.0.min_output_size()]);
        let opened = self
            .0
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut plaintext, None);
        let opened = opened.map(|opened| Zeroizing::new(opened.to_vec()));
        Box::pin(std::future::ready(
            opened.map_err(|_| DecryptError::Refused),
        ))
    }

    fn unwrap<'a>(
        &'a self,
        _credentials: &'a CallerCredentials,
        _kms_key: &'a str,
        _wrapped: &'a [u8],
        _context: &'a EncryptionContext,
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        Box::pin(std::future::ready(Err(DecryptError::Refused)))
    }
}
