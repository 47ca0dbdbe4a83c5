//! How a vault in Redis is reached, and what must have happened before a write is acknowledged.

use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// A server's host name or address, and its port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// An address of a host and a port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        Self { host, port }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Which servers there are.
#[derive(Debug, Clone)]
pub enum Topology {
    /// One server.
    Single(Address),
    /// One primary among several servers; the sentinels say which.
    Sentinel {
        /// The sentinels, any of which may be down.
        sentinels: Vec<Address>,
        /// What they call the primary.
        name: String,
        /// Who we are to the sentinels; `None` where they ask for nothing.
        user: Option<User>,
    },
    /// Redis Cluster: any of its nodes, which say where the others are.
    Cluster(Vec<Address>),
}

/// Who we are to a server.
#[derive(Clone)]
pub struct User {
    /// The ACL user; `default` where only a password is set.
    pub name: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// TLS to the servers and the sentinels: rustls with aws-lc-rs.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// The certificates that may sign the server's, as PEM; `None` for the system's.
    pub roots: Option<Vec<u8>>,
    /// Who we are to servers that ask for a certificate (`tls-auth-clients`).
    pub client: Option<ClientCertificate>,
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificate and those between it and a root, as PEM.
    pub certificate: Vec<u8>,
    /// The certificate's private key, as PEM: PKCS#8, PKCS#1 or SEC1, without a password.
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}

/// What must have happened before a write is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durability {
    /// The primary has synced its append-only file: by `appendfsync always`, or by `WAITAOF`
    /// (Redis 7.2, Valkey), which waits for the next sync.
    pub fsync: bool,
    /// So many replicas have the write in memory (`WAIT`).
    pub replicas: u32,
}

impl Durability {
    /// The primary has answered, no more.
    pub const ACKNOWLEDGED: Self = Self {
        fsync: false,
        replicas: 0,
    };
    /// The primary has synced its append-only file.
    pub const FSYNC: Self = Self {
        fsync: true,
        replicas: 0,
    };
}

/// A risk that the vault's owner takes by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// `maxmemory-policy` is not `noeviction`: records may vanish when memory is short.
    Eviction,
    /// `appendonly no`: what was written since the last snapshot is lost with the process.
    NoAppendOnly,
    /// `appendfsync` is not `always`, and neither fsync nor replicas are waited for: the last
    /// second of acknowledged tokens is lost with the machine's power.
    LateFsync,
    /// A sentinel or a cluster may promote a replica that writes did not wait for: what it had not
    /// got by then is lost, though it was acknowledged.
    Failover,
    /// The server does not tell its settings: they are as they must be.
    UnknownSettings,
}

/// How a vault in Redis or Valkey is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The servers.
    pub topology: Topology,
    /// Who we are to them.
    pub user: Option<User>,
    /// TLS; `None` for plain TCP.
    pub tls: Option<Tls>,
    /// What each write waits for.
    pub durability: Durability,
    /// Risks taken.
    pub accept: Vec<Accept>,
    /// How long a call may take before it fails.
    pub timeout: Duration,
    /// Connections to each server. Calls share them, each as one pipeline; one that waits for a
    /// sync or a replica holds up those behind it on its connection.
    pub connections: usize,
    /// For how long, up to a quarter less, it is relied on what a server said of its own settings.
    pub recheck: Duration,
}

impl Settings {
    /// The settings for some servers: no user, no TLS, synced, no risk taken, 5 s, 8 connections,
    /// checked again after 30 s.
    pub fn new(topology: Topology) -> Self {
        Self {
            topology,
            user: None,
            tls: None,
            durability: Durability::FSYNC,
            accept: Vec::new(),
            timeout: Duration::from_secs(5),
            connections: 8,
            recheck: Duration::from_secs(30),
        }
    }
}
