//! `veilgate`: what a policy takes, tokens in files and pipes, and keys in KMS.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;
mod document;
mod explain;
mod keys;
mod tokenize;
mod vault;

/// Scans allocate and free all the time; mimalloc does that in less time than the system's
/// allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a policy takes, tokens in files and pipes, and keys in KMS.
#[derive(Debug, Parser)]
#[command(name = "veilgate", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check policies, a key ring or a gateway's configuration, and say what their rules take.
    Check(check::Arguments),
    /// Show what a policy takes of a document, and what it leaves that looks sensitive.
    Explain(explain::Arguments),
    /// Make keys, add those to a key ring that KMS has aliases for, and check that KMS answers for all.
    Keys(keys::Arguments),
    /// Replace the values of files, or of standard input, by tokens.
    Tokenize(tokenize::Arguments),
    /// Count, erase, export, import, verify and copy what a vault keeps.
    Vault(vault::Arguments),
}

/// Any error that ends a command; it is shown to the user as it reads.
type AnyError = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let outcome = match &Arguments::parse().command {
        Command::Check(arguments) => check::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Keys(arguments) => keys::run(arguments),
        Command::Tokenize(arguments) => tokenize::run(arguments),
        Command::Vault(arguments) => vault::run(arguments),
    };
    outcome.unwrap_or_else(|error| {
        if !is_broken_pipe(&*error) {
            say(&error);
        }
        ExitCode::FAILURE
    })
}

/// Who reads the output has enough, such as `head`.
fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Tells the user on standard error.
#[expect(clippy::print_stderr, reason = "this is where a command line speaks")]
fn say(what: &dyn Display) {
    eprintln!("{what}");
}

/// 0 when all is well, else 1.
fn exit_code(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
