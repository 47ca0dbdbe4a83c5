//! `veilgate keys list`: which versions a key ring has, what KMS says of each, and who uses it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use aws_sdk_kms::types::{KeyMetadata, KeyState};
use policies::{Class, KeyName, KeyRing, Policy};
use proxy::keys::KmsFault;
use time::OffsetDateTime;

use super::operator::Operator;
use super::source::{Known, Source};
use crate::{AnyError, exit_code};

/// Arguments of `veilgate keys list`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// A policy whose classes are shown beside the versions that they use; with `--ring`. Can be given
    /// again.
    #[arg(long = "policy", value_name = "POLICY", conflicts_with = "config")]
    policies: Vec<PathBuf>,
}

/// One version of a key or signer.
struct Row {
    name: String,
    version: u16,
    newest: bool,
    kms_key: Option<String>,
    classes: Vec<String>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let known = arguments.source.read()?;
    let ring = known.ring();
    let policies = match &known {
        Known::Gateway(_, policies) => policies.clone(),
        Known::Ring(_) => read_policies(&arguments.policies)?,
    };
    for policy in &policies {
        policy.check_keys(ring)?;
    }
    let operator = Operator::new().await;
    let mut output = io::stdout().lock();
    let head = ["key", "version", "KMS key", "state", "created", "classes"];
    let mut table = vec![head.map(str::to_owned)];
    let mut faults = Vec::new();
    for row in rows(ring, &policies) {
        let described = match &row.kms_key {
            Some(kms_key) => Some(operator.describe(kms_key).await),
            None => None,
        };
        if let Some(fault) = row.fault(described.as_ref()) {
            faults.push(fault);
        }
        table.push(row.cells(described.as_ref()));
    }
    print(&mut output, &table)?;
    for fault in &faults {
        writeln!(output, "wrong  {fault}")?;
    }
    Ok(exit_code(faults.is_empty()))
}

fn read_policies(files: &[PathBuf]) -> Result<Vec<Arc<Policy>>, AnyError> {
    let read = files.iter().map(|file| {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("`{name}` cannot be read: {error}"))?;
        Ok(Arc::new(policies::compile_policy(&name, &text)?))
    });
    read.collect()
}

/// The versions of keys, then of signers, in the ring's order.
fn rows(ring: &KeyRing, policies: &[Arc<Policy>]) -> Vec<Row> {
    let mut rows = Vec::new();
    for key in ring.keys() {
        let newest = key.newest().version;
        rows.extend(key.versions.iter().map(|version| {
            let version_number = version.version;
            let classes = policies.iter().flat_map(|policy| policy.classes());
            let used = classes.filter(|class| uses(class, &key.name, version_number, newest));
            let mut classes: Vec<String> = used.map(|class| class.name.to_string()).collect();
            classes.dedup();
            Row {
                name: format!("key {}", key.name),
                version: version_number,
                newest: version_number == newest,
                kms_key: Some(version.kms_key.clone()),
                classes,
            }
        }));
    }
    for signer in ring.signers() {
        let newest = signer.versions.last().map(|version| version.version);
        rows.extend(signer.versions.iter().map(|version| Row {
            name: format!("signer {}", signer.name),
            version: version.version,
            newest: Some(version.version) == newest,
            kms_key: version.kms_key.clone(),
            classes: Vec::new(),
        }));
    }
    rows
}

/// Whether new tokens of a class, or views in them, are made with this version.
fn uses(class: &Class, key: &KeyName, version: u16, newest: u16) -> bool {
    let own = class.kind.public_key().into_iter();
    let mut public = own.chain(class.views.iter().map(|view| &view.key));
    let symmetric = class.kind.symmetric_key().filter(|used| used.name == *key);
    (version == newest && public.any(|name| name == key))
        || symmetric.is_some_and(|used| used.version.unwrap_or(newest) == version)
}

type Described = Result<KeyMetadata, KmsFault>;

impl Row {
    fn cells(&self, described: Option<&Described>) -> [String; 6] {
        let newest = if self.newest { " newest" } else { "" };
        let known = described.and_then(|described| described.as_ref().ok());
        let state = match described {
            None => "-".to_owned(),
            Some(Err(_)) => "unknown".to_owned(),
            Some(Ok(key)) => key
                .key_state()
                .map_or("unknown", KeyState::as_str)
                .to_owned(),
        };
        let arn = known.and_then(|key| key.arn()).map(str::to_owned);
        let kms_key = arn.or_else(|| self.kms_key.clone());
        let classes = match self.classes.as_slice() {
            [] => "-".to_owned(),
            classes => classes.join(", "),
        };
        [
            self.name.clone(),
            format!("{}{newest}", self.version),
            kms_key.unwrap_or_else(|| "-".to_owned()),
            state,
            known.and_then(created).unwrap_or_else(|| "-".to_owned()),
            classes,
        ]
    }

    /// Why tokens under this version cannot be opened, or made.
    fn fault(&self, described: Option<&Described>) -> Option<String> {
        let (name, version) = (&self.name, self.version);
        let kms_key = self.kms_key.as_deref().unwrap_or_default();
        let why = match described? {
            Err(fault) => format!(
                "KMS does not show `{kms_key}`: {fault}; it takes `kms:DescribeKey`, which the key's administrators have"
            ),
            Ok(key) => match key.key_state() {
                Some(KeyState::Enabled) => return None,
                Some(KeyState::Disabled) => format!(
                    "`{kms_key}` is disabled: its tokens open again after `aws kms enable-key`"
                ),
                Some(KeyState::PendingDeletion) => format!(
                    "`{kms_key}` is to be deleted, and its tokens with it: `aws kms cancel-key-deletion` keeps it"
                ),
                Some(KeyState::PendingImport) => {
                    format!("`{kms_key}` waits for its material: import the same again")
                }
                state => format!(
                    "`{kms_key}` is in state {}",
                    state.map_or("unknown", KeyState::as_str)
                ),
            },
        };
        Some(format!("{name} version {version}: {why}"))
    }
}

/// The day of its creation.
fn created(key: &KeyMetadata) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(key.creation_date()?.secs()).ok()?;
    Some(moment.date().to_string())
}

/// In columns; the last is as wide as it is.
fn print(output: &mut impl Write, table: &[[String; 6]]) -> io::Result<()> {
    let mut widths = [0; 6];
    for row in table {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in table {
        let cells = row.iter().zip(widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        writeln!(output, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}
