//! `veilgate keys sync`: the versions of a key ring that KMS has aliases for.
//!
//! The services read the ring's file and know nothing of aliases: a version is a KMS key for good,
//! and an alias can be moved.

mod find;
mod ring_file;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use policies::{AliasPattern, KeyDraft, KeyRingDraft};

use super::operator::Operator;
use crate::{AnyError, exit_code, say};

use find::{Addition, Finding, Search};
use ring_file::RingFile;

/// Arguments of `veilgate keys sync`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The key ring: versions are added to it, and their public keys are written beside it, as
    /// `KEY.VERSION.pem`.
    #[arg(long)]
    ring: PathBuf,
    /// Only this key of the ring.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Write nothing; exit with 1 when the ring lacks a version.
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let file = RingFile::read(&arguments.ring)?;
    let keys = wanted(arguments, &file.draft)?;
    let operator = Operator::new().await;
    let aliases = operator.aliases().await.map_err(|fault| {
        format!("KMS did not list its aliases: {fault}; it takes `kms:ListAliases` in your own IAM policies")
    })?;
    let mut findings = Vec::new();
    for (key, pattern) in keys {
        let search = Search::new(&operator, &file.path, key, pattern);
        findings.extend(search.find(&aliases).await);
    }
    let well = !findings
        .iter()
        .any(|finding| matches!(finding, Finding::Wrong(_)));
    let additions: Vec<&Addition> = findings.iter().filter_map(Finding::addition).collect();
    let mut is_written = false;
    if well && !arguments.check && !additions.is_empty() {
        match file.with_additions(&additions) {
            Some(text) => file.replace(&text, &additions)?,
            None => return by_hand(&file, &findings, &additions),
        }
        is_written = true;
    }
    print(&findings, is_written)?;
    if !well {
        say(&"nothing is written");
    }
    let up_to_date = is_written || additions.is_empty();
    Ok(exit_code(well && up_to_date))
}

/// The keys whose aliases are to be looked for, with their pattern.
fn wanted<'r>(
    arguments: &Arguments,
    draft: &'r KeyRingDraft,
) -> Result<Vec<(&'r KeyDraft, &'r AliasPattern)>, AnyError> {
    let named = |key: &&KeyDraft| {
        let name = arguments.key.as_deref();
        name.is_none_or(|name| key.name == name)
    };
    let keys = draft.keys().iter().filter(named);
    let keys: Vec<_> = keys
        .filter_map(|key| Some((key, key.versions_by_alias.as_ref()?)))
        .collect();
    if !keys.is_empty() {
        return Ok(keys);
    }
    let ring = arguments.ring.display();
    Err(match &arguments.key {
        Some(name) => format!(
            "`{ring}` has no key {name} with `versions_by_alias`: add it, as `alias/veilgate-{name}-*`"
        ),
        None => format!(
            "no key of `{ring}` has `versions_by_alias`: add it, as `alias/veilgate-NAME-*`"
        ),
    }
    .into())
}

/// Writes the public keys, and prints what is to be added to a ring that cannot be edited.
fn by_hand(
    file: &RingFile,
    findings: &[Finding],
    additions: &[&Addition],
) -> Result<ExitCode, AnyError> {
    print(findings, false)?;
    for addition in additions {
        addition.write_public_key()?;
    }
    let ring = file.path.display();
    say(&format_args!(
        "`{ring}` is laid out in a way that cannot be edited, and is as it was; write a list `versions` in block style, or add these lines:"
    ));
    for addition in additions {
        say(&format_args!("under `keys.{}.versions`:", addition.new.key));
        writeln!(io::stdout(), "      - {}", addition.new.entry)?;
    }
    Ok(ExitCode::FAILURE)
}

fn print(findings: &[Finding], is_written: bool) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for finding in findings {
        let (what, line) = match finding {
            Finding::Addition(each) if is_written => ("added", each.line()),
            Finding::Addition(each) => ("missing", each.line()),
            Finding::Unchanged(line) => ("unchanged", line.clone()),
            Finding::WithoutAlias(line) => ("no alias", line.clone()),
            Finding::LeftOut(line) => ("left out", line.clone()),
            Finding::Wrong(line) => ("wrong", line.clone()),
        };
        // a line is one line, whatever KMS says
        writeln!(output, "{what:9}  {}", line.replace('\n', " "))?;
    }
    Ok(())
}
