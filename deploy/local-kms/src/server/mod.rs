//! One loopback port that speaks both protocols: `X-Amz-Target` says KMS, a form says STS.

mod handle;
mod identity;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::service::service_fn;
use service::{PlainConnect, ServeOptions};
use tokio::net::TcpListener;

use crate::audit::Audit;
use crate::config::Config;
use crate::store::{Store, StoreError};

/// How to run a server.
pub struct Options {
    /// A loopback address; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The state folder; made when there is none.
    pub state: PathBuf,
    /// Account, users, roles, identity providers.
    pub config: Config,
    /// Where audit lines go, one JSON object each.
    pub audit: Box<dyn Write + Send>,
}

/// Why a server does not start; the operator's fault, or the system's.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Keys for development must not be reachable from elsewhere.
    #[error(
        "{0} is not a loopback address: veilgate-local-kms is for development only, use 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The address is in use, or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The state folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What all requests share.
struct Shared {
    config: Config,
    store: Store,
    audit: Audit,
}

impl Server {
    /// Opens the state and listens. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(options: Options) -> Result<Server, StartError> {
        let Options {
            listen,
            state,
            config,
            audit,
        } = options;
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        let store = Store::open(&state, &config.account, &config.region)?;
        let fault = |source| StartError::Listen {
            address: listen,
            source,
        };
        let listener = service::bind(listen, false).map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let shared = Shared {
            config,
            store,
            audit: Audit::new(audit),
        };
        Ok(Server {
            listener,
            address,
            shared: Arc::new(shared),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` completes, then lets open requests end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let shared = self.shared;
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { Ok::<_, std::convert::Infallible>(handle::handle(shared, request).await) }
        });
        service::serve(
            self.listener,
            ServeOptions::default(),
            PlainConnect(service),
            stop,
        )
        .await;
    }
}
