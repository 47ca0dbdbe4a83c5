//! `veilgate vault erase`: for good, with a receipt.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ArgGroup;
use policies::KeyName;
use proxy::Kms;
use proxy::keys::unwrap_secret;
use record::ValueType;
use seal::{SecretKey, index_mac};
use serde_json::{Map, Value, json};
use store::{Erasure, Keeper, RecordKey, Space, Timestamp, Token};
use zeroize::Zeroizing;

use super::{Loaded, Named};
use crate::AnyError;
use crate::keys::write_new;

/// Most bytes of a value.
const LONGEST: u64 = 64 << 20;

/// Arguments of `veilgate vault erase`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("what").required(true).args(["token", "all", "value_file"]))]
pub(super) struct Arguments {
    #[command(flatten)]
    vault: Named,
    /// The class; with `--all`, only this one.
    #[arg(long, required_unless_present = "all")]
    class: Option<String>,
    /// The tenant; by default, what was tokenized without one.
    #[arg(long)]
    tenant: Option<String>,
    /// Erase this token.
    #[arg(long)]
    token: Option<String>,
    /// Erase all tokens of the class, or without `--class` those of the tenant in every class.
    #[arg(long)]
    all: bool,
    /// Erase all tokens of the value in this file; `-` for standard input. One line break at its
    /// end is not of the value.
    #[arg(long, value_name = "FILE")]
    value_file: Option<PathBuf>,
    /// The line break at the end is of the value.
    #[arg(long, requires = "value_file")]
    exact: bool,
    /// Write the receipt to a file too, which is not there yet.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    if let Some(file) = arguments.receipt.as_deref().filter(|file| file.exists()) {
        let file = file.display();
        return Err(format!("`{file}` is there already, and is not replaced").into());
    }
    let loaded = arguments.vault.load()?;
    let plan = plan(arguments, &loaded).await?;
    let keeper = loaded.keeper().await?;
    let receipt = plan.run(&*keeper).await?;
    writeln!(io::stdout(), "{receipt}")?;
    if let Some(file) = &arguments.receipt {
        write_new(file, &format!("{receipt}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is to be erased, and what the receipt says that was asked.
struct Plan {
    asked: Map<String, Value>,
    erasures: Vec<Erasure>,
}

async fn plan(arguments: &Arguments, loaded: &Loaded) -> Result<Plan, AnyError> {
    let tenant = arguments.tenant.as_deref();
    let mut asked = Map::new();
    let Some(class) = arguments.class.as_deref() else {
        let tenant = tenant.ok_or(
            "say what is to be erased: `--class`, `--tenant`, or both; `--tenant \"\"` is what has no tenant",
        )?;
        asked.insert("erased".into(), "all".into());
        asked.insert("tenant".into(), tenant.into());
        let erasures = vec![Erasure::Tenant(tenant.into())];
        return Ok(Plan { asked, erasures });
    };
    let space = Space::new(class, tenant.unwrap_or(""))?;
    let what = match (&arguments.token, arguments.all) {
        (Some(_), _) => "token",
        (None, true) => "all",
        (None, false) => "value",
    };
    asked.insert("erased".into(), what.into());
    asked.insert("class".into(), class.into());
    asked.insert("tenant".into(), space.tenant().into());
    let erasures = match (&arguments.token, &arguments.value_file) {
        (Some(token), _) => {
            asked.insert("token".into(), token.as_str().into());
            let token = Token::new(token)?;
            vec![Erasure::Token(RecordKey { space, token })]
        }
        (None, Some(file)) => {
            let value = read(file, arguments.exact)?;
            let keys = index_keys(loaded, class).await?;
            let names = keys.iter().map(|key| json!(key.id().to_string()));
            asked.insert("index_keys".into(), names.collect());
            of_value(&space, &keys, &value)?
        }
        (None, None) => vec![Erasure::Space(space)],
    };
    Ok(Plan { asked, erasures })
}

impl Plan {
    async fn run(self, keeper: &dyn Keeper) -> Result<Value, AnyError> {
        let (mut records, mut at) = (0, Timestamp::now());
        for erasure in &self.erasures {
            // what an unanswered try erased is not counted again, and is erased
            let receipt = super::patiently(|| keeper.erase(erasure)).await;
            let receipt = receipt.map_err(|error| {
                format!("{error}; {records} were erased before: run this again for the rest")
            })?;
            records += receipt.records;
            at = receipt.at;
        }
        let mut receipt = self.asked;
        receipt.insert("records".into(), records.into());
        receipt.insert("at".into(), super::text(at).into());
        Ok(receipt.into())
    }
}

/// The value, which no command line shows.
fn read(file: &Path, exact: bool) -> Result<Zeroizing<Vec<u8>>, AnyError> {
    let mut value = Zeroizing::new(Vec::new());
    let stdin = file == Path::new("-");
    let read = if stdin {
        io::stdin().lock().take(LONGEST + 1).read_to_end(&mut value)
    } else {
        File::open(file).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut value))
    };
    let name = file.display();
    let length = read.map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    if length as u64 > LONGEST {
        return Err(format!("`{name}` is longer than any value: at most 64 MiB").into());
    }
    if !exact && value.last() == Some(&b'\n') {
        value.pop();
        if value.last() == Some(&b'\r') {
            value.pop();
        }
    }
    Ok(value)
}

/// All versions of all keys that the policies find values of this class with: what an old one found
/// is there still.
async fn index_keys(loaded: &Loaded, class: &str) -> Result<Vec<SecretKey>, AnyError> {
    let classes = loaded
        .config
        .policies
        .iter()
        .flat_map(|policy| policy.classes());
    let mut classes = classes
        .filter(|each| each.name.as_str() == class)
        .peekable();
    if classes.peek().is_none() {
        return Err(format!("no policy of the configuration has a class `{class}`").into());
    }
    let vault = classes.filter(|class| matches!(class.kind, policies::Kind::Vault(_)));
    let names: BTreeSet<&KeyName> = vault
        .filter_map(|class| Some(&class.kind.symmetric_key()?.name))
        .collect();
    if names.is_empty() {
        return Err(format!(
            "class {class} has no `index_key`, so that nothing leads from a value to its tokens: erase them by `--token`, or all"
        )
        .into());
    }
    let (kms, mut keys) = (Kms::default(), Vec::new());
    for name in names {
        let key = loaded.sealing()?.ring.key(name.as_str());
        let key = key.ok_or_else(|| format!("the key ring has no key {name}"))?;
        for version in &key.versions {
            if let Some(path) = version.wrapped_key() {
                keys.push(unwrap_secret(key, version, path, &kms).await?);
            }
        }
    }
    Ok(keys)
}

/// A value as JSON's `"1"` and as its `1` are two to the vault, and one to who asks.
fn of_value(space: &Space, keys: &[SecretKey], value: &[u8]) -> Result<Vec<Erasure>, AnyError> {
    let mut erasures = Vec::new();
    for key in keys {
        for value_type in ValueType::ALL {
            let mac = index_mac(key, space.class(), space.tenant(), value_type, value)?;
            erasures.push(Erasure::Value(space.clone(), mac));
        }
    }
    Ok(erasures)
}
