//! Makes tokens from the command line, for other languages' tests to open.
//!
//! `make_tokens POLICY KEYS EDGE_KEY SIGNER_KEY [SIGNER:VERSION]` reads lines of JSON,
//! `{"class": "pan", "value": "4111111111111111", "tenant": ""}`, and prints one token for each:
//! `value` is any JSON, `tenant` can be left out. Of each key, the newest version that has a
//! public key file makes the tokens. The signer is `edge:1` unless said otherwise.

#![allow(clippy::print_stdout, reason = "a command line tool")]

use policies::{KeyRing, Policy, compile_key_ring, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer, Tokens,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::error::Error;
use std::fs;
use std::io::{Write, stdin, stdout};
use std::path::Path;
use std::sync::Arc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    class: String,
    value: Box<RawValue>,
    #[serde(default)]
    tenant: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [policy, ring, edge_key, signer_key, signer @ ..] = arguments.as_slice() else {
        return Err("usage: make_tokens POLICY KEYS EDGE_KEY SIGNER_KEY [SIGNER:VERSION]".into());
    };
    let signer = signer.first().map_or("edge:1", String::as_str);
    let (signer, version) = signer.split_once(':').ok_or("the signer is NAME:VERSION")?;
    let policy = compile_policy(policy, &fs::read_to_string(policy)?)?;
    let ring = compile_key_ring(ring, &fs::read_to_string(ring)?)?;
    let material = Material {
        keys: public_keys(&ring)?,
        secrets: Vec::new(),
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::from_hex(&fs::read_to_string(edge_key)?)?],
        signer: Arc::new(LocalSigner::from_pem(&fs::read(Path::new(signer_key))?)?),
        signer_id: KeyId::new(signer, version.parse()?),
        epochs: EpochLimits::default(),
        vault: None,
    };
    let sealer = Sealer::new(&policy, material)?;
    for line in stdin().lines() {
        make(&sealer, &policy, &serde_json::from_str(&line?)?).await?;
    }
    Ok(())
}

fn public_keys(ring: &KeyRing) -> Result<Vec<PublicKey>> {
    let mut keys = Vec::new();
    for key in ring.keys() {
        for version in &key.versions {
            if let Some(path) = version.public_key() {
                let id = KeyId::new(key.name.as_str(), version.version);
                keys.push(PublicKey::from_pem(id, &key.format, &fs::read(path)?)?);
            }
        }
    }
    Ok(keys)
}

async fn make(sealer: &Sealer, policy: &Policy, line: &Line) -> Result<()> {
    let class = policy
        .class_named(&line.class)
        .ok_or("the policy has no such class")?;
    let spelled = line.value.get();
    let (value_type, content) = match spelled.as_bytes().first() {
        Some(b'"') => (ValueType::Text, serde_json::from_str(spelled)?),
        Some(b'{') => (ValueType::Object, spelled.to_owned()),
        Some(b'[') => (ValueType::Array, spelled.to_owned()),
        Some(b't' | b'f') => (ValueType::Boolean, spelled.to_owned()),
        Some(b'n') => (ValueType::Null, spelled.to_owned()),
        _ => (ValueType::Number, spelled.to_owned()),
    };
    let mut batch = Batch::for_tenant(line.tenant.as_str());
    let mut tokens = Tokens::new();
    batch.push(class, value_type, content.as_bytes());
    sealer.prepare(&mut batch).await?;
    sealer.seal_batch(&mut batch, &mut tokens)?;
    for replacement in tokens.iter() {
        let token = match replacement {
            Replacement::Made(token) => token,
            Replacement::Text(text) | Replacement::Number(text) => text.as_bytes(),
            Replacement::Null => b"null",
            Replacement::Kept => content.as_bytes(),
        };
        stdout().write_all(&[token, b"\n"].concat())?;
    }
    Ok(())
}
