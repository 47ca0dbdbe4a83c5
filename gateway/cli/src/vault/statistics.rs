//! `veilgate vault statistics`: what there is, by class and tenant.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};
use store::SpaceStatistics;

use super::Named;
use crate::AnyError;

/// Arguments of `veilgate vault statistics`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    vault: Named,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let keeper = arguments.vault.keeper().await?;
    let spaces = super::patiently(|| keeper.statistics()).await?;
    let mut output = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut output, &document(&spaces))?;
        writeln!(output)?;
    } else {
        table(&mut output, &spaces)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn totals(spaces: &[SpaceStatistics]) -> (u64, u64) {
    let tokens = spaces.iter().map(|each| each.records).sum();
    (tokens, spaces.iter().map(|each| each.sealed_bytes).sum())
}

fn document(spaces: &[SpaceStatistics]) -> Value {
    let rows = spaces.iter().map(|each| {
        json!({
            "class": each.space.class(),
            "tenant": each.space.tenant(),
            "tokens": each.records,
            "bytes": each.sealed_bytes,
        })
    });
    let (tokens, bytes) = totals(spaces);
    json!({ "spaces": rows.collect::<Vec<_>>(), "tokens": tokens, "bytes": bytes })
}

fn table(output: &mut impl Write, spaces: &[SpaceStatistics]) -> io::Result<()> {
    let (tokens, bytes) = totals(spaces);
    let width = |head: &str, of: fn(&SpaceStatistics) -> &str| {
        let widths = spaces.iter().map(|each| of(each).chars().count());
        widths.max().unwrap_or(0).max(head.len())
    };
    let class = width("class", |each| each.space.class());
    let tenant = width("tenant", |each| each.space.tenant());
    let mut row = |names: [&str; 2], tokens: &str, bytes: &str| {
        let [one, two] = names;
        writeln!(
            output,
            "{one:class$}  {two:tenant$}  {tokens:>12}  {bytes:>14}"
        )
    };
    row(["class", "tenant"], "tokens", "bytes")?;
    for each in spaces {
        let names = [each.space.class(), each.space.tenant()];
        row(
            names,
            &each.records.to_string(),
            &each.sealed_bytes.to_string(),
        )?;
    }
    row(["total", ""], &tokens.to_string(), &bytes.to_string())
}
