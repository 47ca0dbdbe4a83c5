//! `veilgate tokenize`: files and pipes with tokens in their values' places.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Instant;

use clap::{ArgGroup, CommandFactory, error::ErrorKind};

use crate::document::{Declared, DocumentKind};
use crate::{AnyError, exit_code, say};
use crew::Crew;
use engine::Engine;
use error::FileError;
use inputs::Job;
use journal::Journal;
pub(crate) use output::Partial;
use progress::Progress;
use summary::Summary;

mod counts;
mod crew;
mod engine;
mod error;
mod file;
mod inputs;
mod journal;
mod line;
mod output;
mod parquet;
mod progress;
mod stream;
mod summary;
mod workers;

/// Bytes that are read or written at one time.
const BUFFER: usize = 256 * 1024;

/// Arguments of `veilgate tokenize`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("what").required(true).args(["route", "policy"]))]
pub(crate) struct Arguments {
    /// The gateway's configuration: it has the key ring, the edge keys and the signer.
    #[arg(long, env = "VEILGATE_CONFIG")]
    config: PathBuf,
    /// Take the policy of this route of the configuration.
    #[arg(long)]
    route: Option<String>,
    /// Take this policy.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Whose the values are: tokens of one tenant mean nothing to another.
    #[arg(long, value_name = "NAME", value_parser = tenant, default_value = "")]
    tenant: String,
    /// Write outputs to this folder, under the names of the inputs.
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Leave out files whose output is there, and is of the same source and policy.
    #[arg(long, requires = "output")]
    resume: bool,
    /// How many threads [default: one for each core]. Each has a file; those without help the others.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    declared: Declared,
    /// Files, or folders of files. Without any, standard input.
    files: Vec<PathBuf>,
}

/// What a tenant may be called, as in the gateway's configuration.
fn tenant(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || proxy::is_tenant(text) {
        Ok(text.to_owned())
    } else {
        Err("write 1 to 128 ASCII letters, digits, `-`, `_`, `.`, `:` or `@`")
    }
}

impl Arguments {
    fn threads(&self) -> usize {
        let cores = || available_parallelism().map_or(1, usize::from);
        self.jobs.unwrap_or_else(cores).max(1)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    if arguments.output.is_none() && arguments.files.len() > 1 {
        usage("several files need --output FOLDER");
    }
    if arguments.output.is_some() && arguments.files.is_empty() {
        usage("--output needs files: standard input goes to standard output");
    }
    let engine = Engine::load(
        &arguments.config,
        arguments.route.as_deref(),
        arguments.policy.as_deref(),
        &arguments.tenant,
    )?;
    match (&arguments.output, arguments.files.first()) {
        (Some(folder), _) => to_folder(arguments, &engine, folder),
        (None, file) => to_standard_output(arguments, &engine, file.map(PathBuf::as_path)),
    }
}

fn usage(message: &str) -> ! {
    let mut command = crate::Arguments::command();
    command
        .error(ErrorKind::MissingRequiredArgument, message)
        .exit()
}

fn to_folder(arguments: &Arguments, engine: &Engine, folder: &Path) -> Result<ExitCode, AnyError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("`{}` cannot be made: {error}", folder.display()))?;
    let jobs = inputs::collect(&arguments.files, folder, &arguments.declared)?;
    let journal = Journal::open(folder)?;
    let started = Instant::now();
    let mut summary = Summary::default();
    let open = |job: &Job| {
        arguments.resume && journal.has(job, &engine.digest(job.kind.as_ref().ok()), folder)
    };
    let (skipped, jobs): (Vec<_>, Vec<_>) = jobs.into_iter().partition(open);
    summary.files_skipped = skipped.len();
    let progress = Progress::new(jobs.iter().map(|job| job.stamp.size).sum());
    workers::run(
        engine,
        jobs,
        folder,
        arguments.threads(),
        &journal,
        &progress,
        &mut summary,
    );
    progress.finish();
    summary.seconds = started.elapsed().as_secs_f64();
    summary.print(&mut io::stdout().lock(), arguments.json)?;
    Ok(exit_code(summary.failures.is_empty()))
}

/// One document. What goes out before a fault stays there: only the exit code tells.
fn to_standard_output(
    arguments: &Arguments,
    engine: &Engine,
    file: Option<&Path>,
) -> Result<ExitCode, AnyError> {
    let started = Instant::now();
    let mut summary = Summary::default();
    let document = |crew: &Crew| one_document(arguments, engine, crew, file);
    match workers::run_one(arguments.threads(), document) {
        Ok((bytes, counts)) => summary.add(bytes, &counts),
        Err(error) => {
            let name = file.map_or("standard input".into(), |file| file.display().to_string());
            say(&format_args!("{name}: {}", error.report()));
            summary.fail(&name, &error);
        }
    }
    summary.seconds = started.elapsed().as_secs_f64();
    if arguments.json || io::stderr().is_terminal() {
        summary.print(&mut io::stderr().lock(), arguments.json)?;
    }
    Ok(exit_code(summary.failures.is_empty()))
}

fn one_document(
    arguments: &Arguments,
    engine: &Engine,
    crew: &Crew,
    file: Option<&Path>,
) -> Result<(u64, counts::Counts), FileError> {
    let kind = DocumentKind::settle(file, &arguments.declared)?;
    // not through the standard library's, which looks for line ends
    let output = io::stdout().as_fd().try_clone_to_owned();
    let output = File::from(output.map_err(FileError::Write)?);
    let Some(file) = file else {
        let input = io::stdin().as_fd().try_clone_to_owned();
        let input = File::from(input.map_err(FileError::Read)?);
        let progress = Progress::new(0);
        let counts = stream::rewrite(engine, crew, &kind, input, output, &progress)?;
        return Ok((counts.read, counts));
    };
    let input = File::open(file).map_err(FileError::Read)?;
    let size = input.metadata().map_err(FileError::Read)?.len();
    let progress = Progress::new(size);
    let counts = file::rewrite(engine, crew, &kind, input, output, &progress)?;
    progress.finish();
    Ok((size, counts))
}
