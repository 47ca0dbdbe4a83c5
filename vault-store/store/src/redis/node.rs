//! One server: a few connections to it, each shared by many calls, opened when they are needed and
//! dropped when they fail.

use super::fault;
use super::settings::{Address, Settings, Tls, User};
use crate::{StoreError, roles::Result};
use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    Pipeline, RedisConnectionInfo, TlsCertificates, Value,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// A server.
pub(super) struct Node {
    client: Client,
    connections: Box<[Mutex<Option<MultiplexedConnection>>]>,
    next: AtomicUsize,
    timeout: Duration,
}

impl Node {
    /// A server, which is not yet connected to.
    pub(super) fn new(address: &Address, user: Option<&User>, settings: &Settings) -> Result<Self> {
        let connections = (0..settings.connections.max(1)).map(|_| Mutex::new(None));
        Ok(Self {
            client: client(address, user, settings.tls.as_ref())
                .map_err(|error| fault::transport(&error))?,
            connections: connections.collect(),
            next: AtomicUsize::new(0),
            timeout: settings.timeout,
        })
    }

    /// Sends commands as one pipeline over one connection, and returns each one's answer, which may
    /// be an error of its own.
    pub(super) async fn send(&self, commands: Vec<Cmd>) -> Result<Vec<Value>> {
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command);
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        let Some(place) = self.connections.get(turn) else {
            return Err(StoreError::unavailable("no connection"));
        };
        let sending = async {
            let mut connection = self.connection(place).await?;
            let count = pipeline.len();
            let sent = connection.send_packed_commands(&pipeline, 0, count).await;
            sent.map_err(|error| fault::transport(&error))
        };
        let late = || StoreError::unavailable("Redis did not answer in time");
        let sent = timeout(self.timeout, sending).await;
        let sent = sent.unwrap_or_else(|_| Err(late()));
        if sent.is_err() {
            // What is still on its way over this connection may be late as well. A lock that is
            // held belongs to one who is opening it anew.
            if let Ok(mut connection) = place.try_lock() {
                *connection = None;
            }
        }
        sent
    }

    async fn connection(
        &self,
        place: &Mutex<Option<MultiplexedConnection>>,
    ) -> Result<MultiplexedConnection> {
        let mut place = place.lock().await;
        if let Some(open) = &*place {
            return Ok(open.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            // one deadline, over the whole of a call
            .set_response_timeout(None);
        let opened = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|error| fault::transport(&error))?;
        *place = Some(opened.clone());
        Ok(opened)
    }
}

fn client(
    address: &Address,
    user: Option<&User>,
    tls: Option<&Tls>,
) -> ::redis::RedisResult<Client> {
    let mut redis = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(user) = user {
        redis = redis.set_username(&user.name).set_password(&user.password);
    }
    let Some(tls) = tls else {
        let address = ConnectionAddr::Tcp(address.host.clone(), address.port);
        return Client::open(info(address, redis)?);
    };
    // the redis crate takes the process's; whoever set one before us set aws-lc-rs too
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let address = ConnectionAddr::TcpTls {
        host: address.host.clone(),
        port: address.port,
        insecure: false,
        tls_params: None,
    };
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: tls.roots.clone(),
    };
    Client::build_with_tls(info(address, redis)?, certificates)
}

fn info(
    address: ConnectionAddr,
    redis: RedisConnectionInfo,
) -> ::redis::RedisResult<ConnectionInfo> {
    Ok(address.into_connection_info()?.set_redis_settings(redis))
}
