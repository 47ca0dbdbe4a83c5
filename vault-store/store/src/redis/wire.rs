//! Commands find their servers, and writes wait for what durability asks.
//!
//! `WAIT` and `WAITAOF` cover what their own connection wrote last, and all that its server wrote
//! before that. So they go at the end of the pipeline that writes; and where a caller is about to
//! rely on what somebody else wrote, a *fence* is written first: a key in the same slot that
//! vanishes by itself.

use super::check::Sound;
use super::node::Node;
use super::settings::{Durability, Settings};
use super::topology::{Layout, Nodes};
use super::{fault, names};
use crate::{StoreError, roles::Result};
use ::redis::{Cmd, Value, cmd};
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often a cluster may say that keys are elsewhere before a call fails.
const MOST_MOVES: usize = 5;

/// The way to the servers.
pub(super) struct Wire {
    nodes: Nodes,
    durability: Durability,
    wait: u64,
}

/// What commands are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// To read, from whatever server.
    Reading,
    /// To write, durably.
    Writing,
    /// To wait for what others wrote: needless where there is nothing to wait for.
    Waiting,
}

/// A command, and the key by which it finds its server.
pub(super) struct Keyed {
    pub(super) key: String,
    pub(super) command: Cmd,
}

impl Keyed {
    /// A command whose first argument is its key.
    pub(super) fn new(name: &str, key: &str) -> Self {
        let mut command = cmd(name);
        command.arg(key);
        let key = key.to_owned();
        Self { key, command }
    }

    pub(super) fn arg(mut self, argument: impl ::redis::ToRedisArgs) -> Self {
        self.command.arg(argument);
        self
    }
}

impl Wire {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            nodes: Nodes::new(settings),
            durability: settings.durability,
            // the server gives up before we do, so that the connection stays of use
            wait: (settings.timeout.as_millis() as u64 * 3 / 4).max(1),
        }
    }

    /// The servers there are now.
    pub(super) async fn layout(&self) -> Result<Arc<Layout>> {
        self.nodes.layout().await
    }

    /// Sends commands that only read, and returns their answers in order.
    pub(super) async fn read(&self, commands: Vec<Keyed>) -> Result<Vec<Value>> {
        self.run(commands, For::Reading).await
    }

    /// Sends commands that write to servers that may keep tokens, and returns their answers, in order,
    /// once they are durable. Those for one key are carried out in order.
    pub(super) async fn write(&self, commands: Vec<Keyed>) -> Result<Vec<Value>> {
        self.run(commands, For::Writing).await
    }

    /// Returns once all that is under these keys, whoever wrote it, is durable, on servers that may
    /// keep tokens.
    pub(super) async fn settle(&self, keys: Vec<String>) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let layout = self.layout().await?;
        // one fence for each server covers all its keys
        let fences: BTreeMap<_, _> = keys
            .into_iter()
            .map(|key| (layout.place(&key), key))
            .collect();
        let fence = |key: String| {
            Keyed::new("SET", &names::fence(&key))
                .arg("")
                .arg("PX")
                .arg(1000)
        };
        let fences = fences.into_values().map(fence).collect();
        self.run(fences, For::Waiting).await.map(drop)
    }

    /// The commands that wait, each with how many must have done so.
    fn waits(&self, server: Sound) -> Vec<(Cmd, i64)> {
        let mut waits = Vec::new();
        if self.durability.fsync && !server.synced {
            let mut wait = cmd("WAITAOF");
            wait.arg(1).arg(0).arg(self.wait);
            waits.push((wait, 1));
        }
        if self.durability.replicas > 0 {
            let mut wait = cmd("WAIT");
            wait.arg(self.durability.replicas).arg(self.wait);
            waits.push((wait, i64::from(self.durability.replicas)));
        }
        waits
    }

    async fn run(&self, commands: Vec<Keyed>, purpose: For) -> Result<Vec<Value>> {
        let mut answers: Vec<Value> = Vec::new();
        answers.resize_with(commands.len(), || Value::Nil);
        let mut open: Vec<_> = (0..commands.len()).collect();
        for _ in 0..MOST_MOVES {
            let layout = self.layout().await?;
            let mut pipelines: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for at in open {
                if let Some(command) = commands.get(at) {
                    pipelines
                        .entry(layout.place(&command.key))
                        .or_default()
                        .push(at);
                }
            }
            let sending = pipelines.into_iter().map(|(place, numbers)| {
                let chosen = numbers.iter().filter_map(|at| commands.get(*at));
                let chosen: Vec<_> = chosen.map(|each| each.command.clone()).collect();
                let node = layout.node(place);
                async move {
                    let answers = self.send(node?, chosen, purpose).await?;
                    Ok::<_, StoreError>(numbers.into_iter().zip(answers).collect::<Vec<_>>())
                }
            });
            let sent = try_join_all(sending).await;
            let sent = sent.inspect_err(|_| self.nodes.forget(&layout))?;
            open = Vec::new();
            for (at, answer) in sent.into_iter().flatten() {
                match answer {
                    Value::ServerError(error) if fault::is_elsewhere(&error) => open.push(at),
                    Value::ServerError(error) => {
                        self.nodes.forget(&layout);
                        return Err(fault::server(&error));
                    }
                    answer => {
                        if let Some(place) = answers.get_mut(at) {
                            *place = answer;
                        }
                    }
                }
            }
            if open.is_empty() {
                return Ok(answers);
            }
            open.sort_unstable();
            self.nodes.forget(&layout);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Err(StoreError::unavailable("the cluster is moving keys"))
    }

    /// Sends commands to one server and waits there; sees whether enough was waited for.
    async fn send(&self, node: &Node, mut commands: Vec<Cmd>, purpose: For) -> Result<Vec<Value>> {
        if purpose == For::Reading {
            return node.send(commands).await;
        }
        let count = commands.len();
        let mut waits = Vec::new();
        let answers = node.send_checked(|server| {
            waits = self.waits(server);
            if waits.is_empty() && purpose == For::Waiting {
                return Vec::new();
            }
            commands.extend(waits.iter().map(|(wait, _)| wait.clone()));
            commands
        });
        let mut answers = answers.await?;
        for (_, wanted) in waits.iter().rev() {
            waited(answers.pop(), *wanted)?;
        }
        answers.resize_with(count, || Value::Nil);
        Ok(answers)
    }
}

/// Refuses an answer to `WAIT` or `WAITAOF` that fewer than wanted gave rise to.
fn waited(answer: Option<Value>, wanted: i64) -> Result<()> {
    let reached = match answer {
        Some(Value::Int(replicas)) => replicas,
        Some(Value::Array(counts)) => match counts.first() {
            Some(Value::Int(local)) => *local,
            _ => 0,
        },
        // its append-only file was turned off since it was checked
        Some(Value::ServerError(error)) => return Err(fault::until_mended(fault::server(&error))),
        _ => 0,
    };
    if reached < wanted {
        return Err(StoreError::unavailable(
            "Redis did not sync or replicate a write in time",
        ));
    }
    Ok(())
}
