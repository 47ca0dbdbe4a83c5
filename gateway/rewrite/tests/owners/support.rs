//! A policy whose values wait for others of their record, and its sealer.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use coding::DecodeLimits;
use policies::{TokenFormat, compile_policy};
use record::{KeyId, ValueType};
use rewrite::{BodyKind, Coverage, RewriteError, Rewriter, Rewriting, Shadow};
use scan::{Format, Plan};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, Replacement, Sealer, SecretKey, Subject,
    Tokens,
};

const SIGNER: &[u8] = include_bytes!("../../../seal/tests/keys/signer.1.key");

const CLASSES: &str = "
version: 1
classes:
  id: { kind: hmac, key: joins, length: 16 }
  visit: { kind: date, key: joins }
  lenient: { kind: date, key: joins, misfit: gone }
  gone: { kind: redact }
  stays: { kind: keep }
";

pub(crate) const RULES: &str = "
tenant: site
records: { select: '$.people[*]', xpath: //person, max_bytes: 400 }
rules:
  - { name: site, class: stays, select: [$..site], columns: site, fields: site, xpath: //@site }
  - { name: person, class: id, select: [$..mrn], columns: mrn, fields: mrn, xpath: //mrn }
  - { name: visits, class: visit, subject: person, select: [$..on], columns: on, fields: on, xpath: //on }
";

pub(crate) const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: u64::MAX,
    max_ratio: u32::MAX,
};

/// Nothing here has to wait.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

pub(crate) fn rewriter(rules: &str) -> Arc<Rewriter> {
    let yaml = format!("{CLASSES}{rules}");
    let policy = compile_policy("policy.yaml", &yaml).unwrap_or_else(|refused| panic!("{refused}"));
    let policy = Arc::new(policy);
    let sealer = Sealer::new(&policy, material()).unwrap();
    let plan = Arc::new(Plan::compile(policy).unwrap());
    Arc::new(Rewriter::new(plan, sealer))
}

fn material() -> Material {
    let format = TokenFormat::Veilgate {
        prefix: "~vg1.".into(),
        suffix: "~".into(),
    };
    let joins = SecretKey::new(KeyId::new("joins", 1), &format, &[7; 32]).unwrap();
    Material {
        keys: Vec::new(),
        secrets: vec![joins],
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::new(&[1; 32])],
        signer: Arc::new(LocalSigner::from_pem(SIGNER).unwrap()),
        signer_id: KeyId::new("edge", 1),
        epochs: EpochLimits::default(),
        vault: None,
    }
}

pub(crate) fn rewrite_chunks(
    rewriter: &Arc<Rewriter>,
    format: &Format,
    chunks: &[&[u8]],
) -> Result<String, RewriteError> {
    let coverage = Coverage::new(rewriter.policy().clone(), false);
    let kind = BodyKind::plain(format.clone());
    let rewriting = Rewriting::new(rewriter.clone(), &kind, false, LIMITS, 0, coverage)?;
    let mut rewriting = rewriting.for_tenant("not this one");
    let mut output = Vec::new();
    for chunk in chunks {
        let mut input = *chunk;
        while !input.is_empty() {
            rewriting.push(&mut input)?;
            output.extend(now(rewriting.seal())?);
        }
    }
    while !rewriting.finish()? {
        output.extend(now(rewriting.seal())?);
    }
    output.extend(now(rewriting.seal())?);
    Ok(String::from_utf8(output).unwrap())
}

/// What becomes of a body, and of each way to cut it in two, and of single bytes.
pub(crate) fn rewritten(rules: &str, format: &Format, body: &str) -> Result<String, String> {
    let rewriter = rewriter(rules);
    let told = |chunks: &[&[u8]]| {
        let rewritten = rewrite_chunks(&rewriter, format, chunks);
        rewritten.map_err(|error| error.to_string())
    };
    let whole = told(&[body.as_bytes()]);
    for split in 0..=body.len() {
        let (left, right) = body.as_bytes().split_at(split);
        assert_eq!(told(&[left, right]), whole, "at {split}");
    }
    let bytes: Vec<_> = body.as_bytes().chunks(1).collect();
    assert_eq!(told(&bytes), whole, "byte by byte");
    let shadow = Coverage::new(rewriter.policy().clone(), true);
    let kind = BodyKind::plain(format.clone());
    let mut shadow = Shadow::new(rewriter.plan().clone(), &kind, LIMITS, shadow).unwrap();
    let shown = shadow.push(body.as_bytes()).and_then(|()| shadow.finish());
    if let Err(RewriteError::Owner(error)) = shown {
        assert_eq!(whole, Err(error.to_string()), "a shadow says what would be");
    }
    whole
}

/// The token of a value of this class, tenant and subject.
pub(crate) fn token(
    rewriter: &Rewriter,
    class: &str,
    tenant: &str,
    subject: &str,
    value: &str,
) -> String {
    let class = rewriter.policy().class_named(class).unwrap();
    let mut batch = Batch::for_tenant(tenant);
    let subject = match subject {
        "" => Subject::Any,
        subject => Subject::Known(subject.as_bytes()),
    };
    batch.push_of(subject, class, ValueType::Text, value.as_bytes());
    let mut tokens = Tokens::new();
    now(rewriter.sealer().prepare(&mut batch)).unwrap();
    rewriter
        .sealer()
        .seal_batch(&mut batch, &mut tokens)
        .unwrap();
    match tokens.iter().next().unwrap() {
        Replacement::Text(text) => text.to_owned(),
        Replacement::Made(token) => String::from_utf8(token.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}
