//! `veilgate explain`: what a policy takes of a document, and what it leaves that looks sensitive.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use scan::Plan;

use crate::document::{Declared, DocumentKind};
use crate::{AnyError, exit_code, say};

mod lines;
mod show;
mod spans;
mod suspicious;
mod text;

/// Arguments of `veilgate explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The policy.
    #[arg(long)]
    policy: PathBuf,
    #[command(flatten)]
    declared: Declared,
    /// Print one JSON object for each span, as when the output is no terminal.
    #[arg(long, conflicts_with = "color")]
    json: bool,
    /// In the coloured document, show how long values are, not what they are.
    #[arg(long)]
    redact: bool,
    /// `always`: the coloured document also when the output is no terminal.
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
    /// The document; without, standard input.
    file: Option<PathBuf>,
}

/// When the output is the coloured document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let name = arguments.policy.display().to_string();
    let policy = std::fs::read_to_string(&arguments.policy)
        .map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    let policy = Arc::new(policies::compile_policy(&name, &policy)?);
    policy.warnings().iter().for_each(|warning| say(warning));
    let DocumentKind::Body(kind) =
        DocumentKind::settle(arguments.file.as_deref(), &arguments.declared)?
    else {
        return Err("`explain` shows texts: it cannot show a Parquet file".into());
    };
    let text = text::decode(&kind, &read(arguments)?)?;

    let plan = Arc::new(Plan::compile(policy.clone())?);
    if !plan.takes(&kind.format) {
        let format = kind.format.name();
        say(&format_args!(
            "the policy has no rule for {format} documents: the gateway refuses them"
        ));
    }
    let (taken, refused) = spans::scan(plan, &kind.format, &text);
    let suspicious = suspicious::find(&policy, &kind.format, &text, &taken)?;

    let mut output = io::BufWriter::new(io::stdout().lock());
    let colored = arguments.color == Color::Always || io::stdout().is_terminal();
    if colored && !arguments.json {
        let view = show::View {
            policy: &policy,
            text: &text,
            redact: arguments.redact,
        };
        view.print(&mut output, &taken, &suspicious)?;
    } else {
        lines::print(&mut output, &policy, &text, &taken, &suspicious)?;
    }
    output.flush()?;
    if let Some(error) = &refused {
        let line = error
            .line
            .map_or(String::new(), |line| format!(" (line or row {line})"));
        say(&format_args!("the document is refused: {error}{line}"));
    }
    Ok(exit_code(refused.is_none()))
}

fn read(arguments: &Arguments) -> Result<Vec<u8>, AnyError> {
    let mut bytes = Vec::new();
    match &arguments.file {
        None => io::stdin().lock().read_to_end(&mut bytes)?,
        Some(file) => {
            let read = File::open(file).and_then(|mut file| file.read_to_end(&mut bytes));
            read.map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?
        }
    };
    Ok(bytes)
}
