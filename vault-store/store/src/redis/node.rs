//! One server: a few connections to it, each shared by many calls, opened when they are needed and
//! dropped when they fail.
//!
//! Whoever writes does so over a connection over which its server was checked. A connection ends with
//! its server's process, so that a server that was promoted, replaced or restarted is checked before
//! it keeps anything; and as settings can be changed while it runs, it is checked again after a while.

use super::check::{self, Sound};
use super::client::client;
use super::fault;
use super::settings::{Address, Settings, User};
use crate::{StoreError, roles::Result};
use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, Value};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How soon a server that was refused is checked again.
const REFUSED: Duration = Duration::from_secs(1);

/// A server.
pub(super) struct Node {
    address: Address,
    client: Client,
    places: Box<[Place]>,
    next: AtomicUsize,
    /// How often it came to be a primary, as far as we were told.
    term: AtomicU64,
    append_only_was_off: AtomicBool,
    settings: Arc<Settings>,
}

/// Where a connection is, or will be.
type Place = Mutex<Option<Open>>;

struct Open {
    connection: MultiplexedConnection,
    checked: Option<Checked>,
}

/// What came of a check over a connection, and for how long that is relied on.
struct Checked {
    verdict: Result<Sound>,
    term: u64,
    until: Instant,
}

impl Node {
    /// A server, which is not yet connected to.
    pub(super) fn new(
        address: &Address,
        user: Option<&User>,
        settings: &Arc<Settings>,
    ) -> Result<Self> {
        let places = (0..settings.connections.max(1)).map(|_| Mutex::new(None));
        Ok(Self {
            address: address.clone(),
            client: client(address, user, settings.tls.as_ref())?,
            places: places.collect(),
            next: AtomicUsize::new(0),
            term: AtomicU64::new(0),
            append_only_was_off: AtomicBool::new(false),
            settings: Arc::clone(settings),
        })
    }

    /// Sends commands that keep nothing as one pipeline, and returns each one's answer, which may be
    /// an error of its own.
    pub(super) async fn send(&self, commands: Vec<Cmd>) -> Result<Vec<Value>> {
        let place = self.place()?;
        let sending = async {
            let mut open = place.lock().await;
            let new = open.is_none();
            let connection = match &*open {
                Some(open) => open.connection.clone(),
                None => self.connect().await?,
            };
            open.get_or_insert_with(|| Open {
                connection: connection.clone(),
                checked: None,
            });
            drop(open);
            self.exchange(connection, commands, new).await
        };
        self.in_time(place, sending).await
    }

    /// The same to a server that may keep tokens, over the very connection over which it was checked.
    /// A server that may not is unavailable: it may be mended while we wait.
    pub(super) async fn send_checked(
        &self,
        commands: impl FnOnce(Sound) -> Vec<Cmd>,
    ) -> Result<Vec<Value>> {
        let place = self.place()?;
        let sending = async {
            let (connection, verdict) = self.checked(place).await?;
            match verdict {
                Ok(sound) => self
                    .exchange(connection, commands(sound), false)
                    .await
                    .map(Ok),
                // the connection is sound, if the server is not
                Err(refused) => Ok(Err(fault::until_mended(refused))),
            }
        };
        self.in_time(place, sending).await?
    }

    /// Refuses a server that may not keep tokens.
    pub(super) async fn check(&self) -> Result<()> {
        let place = self.place()?;
        let checking = async { Ok(self.checked(place).await?.1) };
        self.in_time(place, checking).await?.map(drop)
    }

    /// It may have been anything since it was last a primary: it is checked before it is written to.
    pub(super) fn is_primary_again(&self) {
        self.term.fetch_add(1, Ordering::Relaxed);
    }

    fn place(&self) -> Result<&Place> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.places.len();
        let place = self.places.get(turn);
        place.ok_or_else(|| StoreError::unavailable("no connection"))
    }

    /// One deadline over the whole of a call; what fails takes its connection with it.
    async fn in_time<T>(&self, place: &Place, call: impl Future<Output = Result<T>>) -> Result<T> {
        let late = || StoreError::unavailable("Redis did not answer in time");
        let done = timeout(self.settings.timeout, call).await;
        let done = done.unwrap_or_else(|_| Err(fault::at(&self.address, late())));
        if done.is_err() {
            // What is still on its way over this connection may be late as well. A lock that is
            // held belongs to one who is opening it anew.
            if let Ok(mut open) = place.try_lock() {
                *open = None;
            }
        }
        done
    }

    async fn checked(&self, place: &Place) -> Result<(MultiplexedConnection, Result<Sound>)> {
        let mut open = place.lock().await;
        let term = self.term.load(Ordering::Relaxed);
        if let Some(open) = &*open
            && let Some(checked) = &open.checked
            && checked.term == term
            && Instant::now() < checked.until
        {
            return Ok((open.connection.clone(), checked.verdict.clone()));
        }
        // Taken, so that it goes with a check that is not answered.
        let new = open.is_none();
        let connection = match open.take() {
            Some(open) => open.connection,
            None => self.connect().await?,
        };
        let at = |error| fault::at(&self.address, error);
        let answers = self.exchange(connection.clone(), check::questions(), new);
        let told = check::answered(answers.await?).map_err(at)?;
        let told = told.remembering(&self.append_only_was_off);
        let verdict = check::judge(&told, &self.settings).map_err(at);
        let relied_on = match verdict {
            Ok(_) => jittered(self.settings.recheck),
            Err(_) => REFUSED.min(self.settings.recheck),
        };
        *open = Some(Open {
            connection: connection.clone(),
            checked: Some(Checked {
                verdict: verdict.clone(),
                term,
                until: Instant::now() + relied_on,
            }),
        });
        Ok((connection, verdict))
    }

    async fn connect(&self) -> Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            // in time to say that it was this
            .set_connection_timeout(Some(self.settings.timeout * 3 / 4))
            // one deadline, over the whole of a call
            .set_response_timeout(None);
        let client = &self.client;
        let opened = client.get_multiplexed_async_connection_with_config(&config);
        opened.await.map_err(|error| self.broken(&error, true))
    }

    async fn exchange(
        &self,
        mut connection: MultiplexedConnection,
        commands: Vec<Cmd>,
        new: bool,
    ) -> Result<Vec<Value>> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command);
        }
        let count = pipeline.len();
        let sent = connection.send_packed_commands(&pipeline, 0, count).await;
        sent.map_err(|error| self.broken(&error, new))
    }

    /// What a connection failed by. Some servers refuse a new one only when it is first used.
    fn broken(&self, error: &RedisError, new: bool) -> StoreError {
        let error = match new {
            true => fault::connecting(error, self.settings.tls.is_some()),
            false => fault::transport(error),
        };
        fault::at(&self.address, error)
    }
}

/// Up to a quarter less, by chance, so that connections do not all ask at once.
fn jittered(whole: Duration) -> Duration {
    let chance = RandomState::new().hash_one(()) % 256;
    whole - whole / 1024 * chance as u32
}
