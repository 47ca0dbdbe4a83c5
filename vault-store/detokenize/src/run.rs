//! The service from start to stop.

use crate::app::App;
use crate::audit::Audit;
use crate::config::{Config, Limits};
use hyper::service::service_fn;
use service::serve::announce;
use service::{PlainConnect, Readiness, ServeOptions, Tls, bind, serve, shutdown};
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use unseal::aws::{self, Kms, Sts};
use unseal::{Exchange, ExchangeSettings, Opener, OpenerSettings, SetupError};

/// How often ended credentials and data keys are looked for.
const SWEEP: Duration = Duration::from_secs(5);

/// Why the service does not start, or stops.
#[derive(Debug, Error)]
pub enum RunError {
    /// Keys that cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No region.
    #[error("no AWS region is set: set AWS_REGION to the region of the KMS keys")]
    NoRegion,
    /// The vault.
    #[error("the vault cannot be opened: {0}")]
    Vault(#[from] vault_config::OpenError),
    /// The audit's sink.
    #[error("the audit cannot be opened: {0}")]
    Audit(#[source] io::Error),
    /// A listener.
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// What `--check` does beyond reading the configuration: reads the signers' public keys.
///
/// # Errors
/// [`RunError::Setup`].
pub fn check(config: &Config) -> Result<(), RunError> {
    Ok(Opener::check(&config.ring)?)
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`RunError`].
pub async fn run(config: Config) -> Result<(), RunError> {
    let aws = aws::configuration().await;
    if aws.region().is_none() {
        return Err(RunError::NoRegion);
    }
    let opener = Opener::new(
        &config.ring,
        config.edge_keys,
        Arc::new(Kms::new(&aws)),
        OpenerSettings::default(),
    )?;
    let opener = match &config.vault {
        Some(vault) => opener.with_vault(vault_config::open_reader(vault)?),
        None => opener,
    };
    let exchange = Exchange::new(
        Arc::new(Sts::new(&aws)),
        ExchangeSettings {
            issuers: config.callers,
            credentials: config.cache.credentials,
            refusals: config.cache.of_caller.refusals,
            callers: config.cache.callers,
            cache: config.cache.of_caller,
        },
    );
    let audit = Audit::open(&config.audit).map_err(RunError::Audit)?;
    let app = App::new(opener, exchange, audit, config.limits);
    let app = Arc::new(app.with_policies(config.policies));
    let readiness = Readiness::default();
    let listener = bind(config.listen, false)?;
    if let Some(admin) = config.admin {
        serve_admin(bind(admin, false)?, readiness.clone());
    }
    let sweeper = tokio::spawn(sweep(Arc::clone(&app)));
    announce(listener.local_addr()?, config.tls.is_some());
    readiness.set(true);
    let stopping = readiness.clone();
    let stop = async move {
        if let Err(cause) = shutdown::stop_signal().await {
            tracing::error!(%cause, "signals cannot be listened for");
        }
        stopping.set(false);
    };
    let renewing = config.tls.clone().map(|tls| tokio::spawn(tls.watch()));
    answer(listener, config.tls, app, &config.limits, stop).await;
    for task in renewing.into_iter().chain([sweeper]) {
        task.abort();
    }
    Ok(())
}

/// Answers callers, over HTTPS with `tls`, until `stop` completes, then lets open requests end.
pub async fn answer(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    app: Arc<App>,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    let options = ServeOptions {
        connections: Arc::new(Semaphore::new(limits.connections)),
        tls,
        header_timeout: limits.header_timeout,
        write_timeout: limits.body_idle_timeout,
        drain: limits.drain,
        ..ServeOptions::default()
    };
    serve(listener, options, PlainConnect(service(app)), stop).await;
}

/// What answers a connection's requests.
fn service(app: Arc<App>) -> impl Service {
    service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(app.answer(request).await) }
    })
}

/// Short for the bounds of [`service`].
trait Service:
    hyper::service::Service<
        hyper::Request<hyper::body::Incoming>,
        Response = http::Response<crate::body::AnswerBody>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + 'static
{
}

impl<S> Service for S where
    S: hyper::service::Service<
            hyper::Request<hyper::body::Incoming>,
            Response = http::Response<crate::body::AnswerBody>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static
{
}

fn serve_admin(listener: TcpListener, readiness: Readiness) {
    let service = service_fn(move |request| readiness.clone().serve(request));
    let never = std::future::pending();
    tokio::spawn(serve(
        listener,
        ServeOptions::default(),
        PlainConnect(service),
        never,
    ));
}

/// Wipes what has ended, as long as the service runs.
async fn sweep(app: Arc<App>) {
    let mut turns = tokio::time::interval(SWEEP);
    loop {
        turns.tick().await;
        app.sweep().await;
    }
}
