//! `veilgate-gateway`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::Parser;
use proxy::{Kms, Reload, Server, Shared, Vaults, config};
use service::log::LogFormat;

/// Request heads and bodies come and go all the time; mimalloc does that in less time than the
/// system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The gateway: a reverse proxy that tokenizes request bodies as they pass.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, env = "VEILGATE_CONFIG")]
    config: PathBuf,
    /// Check the configuration and all files that it names, and exit: 0 when they are right.
    #[arg(long)]
    check: bool,
    /// Worker threads [default: one for each core].
    #[arg(long, env = "VEILGATE_WORKERS")]
    workers: Option<usize>,
    /// Which events are logged: `info`, or `warn,veilgate::access=info`.
    #[arg(long, env = "VEILGATE_LOG", default_value = "info")]
    log: String,
    /// `json` or `pretty` [default: pretty on a terminal].
    #[arg(long, env = "VEILGATE_LOG_FORMAT")]
    log_format: Option<LogFormat>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "before and beside the log, for people")]
fn say(what: &dyn std::fmt::Display) {
    eprintln!("{what}");
}

type AnyError = Box<dyn std::error::Error>;

fn run(arguments: &Arguments) -> Result<(), AnyError> {
    let config = config::load(&arguments.config)?;
    config.warnings.iter().for_each(|warning| say(warning));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if arguments.check {
        runtime.block_on(proxy::keys::check(&config))?;
        say(&"the configuration is right");
        return Ok(());
    }
    service::log::start(arguments.log_format, &arguments.log)?;
    runtime.block_on(serve(arguments, config))
}

async fn serve(arguments: &Arguments, config: config::Config) -> Result<(), AnyError> {
    let (options, listen, admin) = (config.serve_options(), config.listen, config.admin);
    let tls = options.tls.is_some();
    let cores = || available_parallelism().map_or(1, usize::from);
    let workers = arguments.workers.unwrap_or_else(cores).max(1);
    let (kms, vaults) = (Kms::default(), Vaults::default());
    let reload = Reload::new(
        arguments.config.clone(),
        &config,
        kms.clone(),
        vaults.clone(),
    );
    let shared = Shared::new(config, &kms, &vaults).await?;
    let server = Server::bind(shared, options, listen, admin, workers)?.with_reload(reload);
    service::serve::announce(server.address(), tls);
    server
        .run(async {
            if let Err(error) = service::shutdown::stop_signal().await {
                tracing::error!(%error, "signals cannot be waited for");
            }
        })
        .await?;
    Ok(())
}
