//! `veilgate-detokenize --config detokenize.yaml [--check]`

use clap::Parser;
use detokenize::{Config, run};
use service::log::{self, LogFormat};
use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Turns veilgate tokens back into values, for callers whom the KMS key policy allows.
#[derive(Parser)]
#[command(name = "veilgate-detokenize", version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, env = "VEILGATE_DETOKENIZE_CONFIG")]
    config: PathBuf,
    /// Check the configuration and the files that it names, and exit.
    #[arg(long)]
    check: bool,
    /// How log lines are written: json or pretty. By default pretty on a terminal, else json.
    #[arg(long, env = "VEILGATE_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// Which log lines are written, such as `info` or `warn,detokenize=debug`.
    #[arg(long, env = "VEILGATE_LOG", default_value = "info")]
    log: String,
}

fn main() -> ExitCode {
    match start(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::read(&arguments.config)?;
    for warning in &config.warnings {
        report(&warning.to_string());
    }
    if arguments.check {
        return Ok(run::check(&config)?);
    }
    log::start(arguments.log_format, &arguments.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(run::run(config))?)
}

#[expect(
    clippy::print_stderr,
    reason = "this is how a command talks to who runs it"
)]
fn report(text: &str) {
    eprintln!("{text}");
}
