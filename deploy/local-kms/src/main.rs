//! `veilgate-local-kms`: AWS KMS and STS on loopback, for development and tests.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use local_kms::{Config, Options, Server};

/// AWS KMS and STS on loopback, FOR DEVELOPMENT AND TESTS ONLY: keys lie in a file.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A loopback address; port 0 picks a free port.
    #[arg(long, default_value = "127.0.0.1:8092")]
    listen: SocketAddr,
    /// The folder that keeps the keys; made when there is none.
    #[arg(long)]
    state: PathBuf,
    /// Account, users, roles and identity providers; without it: account 000000000000 and a user
    /// `admin` (AKIALOCALADMIN000000, local-admin-secret) who may do everything.
    #[arg(long)]
    config: Option<PathBuf>,
    /// What to log on standard error, in tracing's syntax.
    #[arg(long, default_value = "warn")]
    log: String,
}

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "the error is for the person who started it"
)]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("veilgate-local-kms: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the banner")]
async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    service::log::start(None, &arguments.log)?;
    let config = match &arguments.config {
        Some(path) => Config::load(path)?,
        None => Config::standard()?,
    };
    let server = Server::start(Options {
        listen: arguments.listen,
        state: arguments.state,
        config,
        audit: Box::new(std::io::stdout()),
    })?;
    eprintln!("veilgate-local-kms: for development and tests only, not a place for real keys");
    service::serve::announce(server.address(), false);
    server
        .run(async {
            if let Err(error) = service::shutdown::stop_signal().await {
                tracing::error!(%error, "cannot wait for signals");
            }
        })
        .await;
    Ok(())
}
