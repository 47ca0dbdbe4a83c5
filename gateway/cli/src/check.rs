//! `veilgate check`: what is wrong with policies, and what their rules take.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::ArgGroup;
use policies::{Diagnostic, KeyRing};
use proxy::config::{self, Config};

use crate::{AnyError, exit_code, say};
use report::{FileReport, Report};

mod print;
mod report;

/// Arguments of `veilgate check`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["policies", "config", "keys"]))]
pub(crate) struct Arguments {
    /// Policies.
    policies: Vec<PathBuf>,
    /// A key ring, which must have the keys that the policies name.
    #[arg(long)]
    keys: Option<PathBuf>,
    /// A gateway's configuration: it is checked with all files that it names, and its key ring
    /// serves where `--keys` is not given.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let mut report = Report::default();
    let config = arguments.config.as_deref();
    let config = config.and_then(|file| check_config(&mut report, file));
    let ring = arguments.keys.as_deref();
    let ring = ring.and_then(|file| check_ring(&mut report, file));
    let of_config = config.as_ref().and_then(|config| config.sealing.as_ref());
    let ring = ring.as_ref().or(of_config.map(|sealing| &sealing.ring));
    if let Some(config) = &config {
        routes(&mut report, config);
    }
    for file in &arguments.policies {
        check_policy(&mut report, file, ring);
    }
    let mut output = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut output, &report)?;
        writeln!(output)?;
    } else {
        let said = report.files.iter().flat_map(|file| &file.said);
        said.for_each(|said| say(said));
        print::print(&mut output, &report)?;
    }
    Ok(exit_code(report.ok()))
}

fn check_config(report: &mut Report, file: &Path) -> Option<Config> {
    let name = file.display().to_string();
    let config = match config::load(file) {
        Ok(config) => config,
        Err(faults) => {
            report.add(FileReport::new(&name, faults.as_slice()));
            return None;
        }
    };
    let mut checked = FileReport::new(&name, &config.warnings);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let keys = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| {
            let keys = runtime.block_on(proxy::keys::check(&config));
            keys.map_err(|error| error.to_string())
        });
    if let Err(error) = keys {
        checked.fail(error);
    }
    report.add(checked);
    Some(config)
}

fn check_ring(report: &mut Report, file: &Path) -> Option<KeyRing> {
    let name = file.display().to_string();
    let text = read(report, file)?;
    match policies::compile_key_ring(&name, &text) {
        Ok(ring) => {
            report.add(FileReport::new(&name, ring.warnings()));
            Some(ring)
        }
        Err(faults) => {
            report.add(FileReport::new(&name, faults.as_slice()));
            None
        }
    }
}

fn check_policy(report: &mut Report, file: &Path, ring: Option<&KeyRing>) {
    let name = file.display().to_string();
    let Some(text) = read(report, file) else {
        return;
    };
    let policy = match policies::compile_policy(&name, &text) {
        Ok(policy) => policy,
        Err(faults) => return report.add(FileReport::new(&name, faults.as_slice())),
    };
    let mut found: Vec<Diagnostic> = policy.warnings().to_vec();
    if let Some(Err(faults)) = ring.map(|ring| policy.check_keys(ring)) {
        found.extend(faults.as_slice().iter().cloned());
    }
    report.add(FileReport::new(&name, &found).explain(Arc::new(policy)));
}

/// The policies of a configuration, under the routes that have them.
fn routes(report: &mut Report, config: &Config) {
    for (index, policy) in config.policies.iter().enumerate() {
        let of = config.routes.iter().filter(|route| {
            let answers = route.responses.as_ref().map(|answers| answers.policy);
            route.policy == Some(index) || answers == Some(index)
        });
        let names: Vec<_> = of.map(|route| &*route.name).collect();
        let name = format!("policy of {}", names.join(", "));
        report.add(FileReport::new(&name, &[]).explain(policy.clone()));
    }
}

fn read(report: &mut Report, file: &Path) -> Option<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) => {
            let name = file.display().to_string();
            let mut unread = FileReport::new(&name, &[]);
            unread.fail(format!("`{name}` cannot be read: {error}"));
            report.add(unread);
            None
        }
    }
}
