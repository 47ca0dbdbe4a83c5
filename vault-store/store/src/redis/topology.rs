//! Which server holds a key: one for all, or by slot. Asked for when it is needed, and again after
//! a failure.

use super::fault;
use super::node::Node;
use super::settings::{Address, Settings, Topology, User};
use super::slot::slot;
use crate::{StoreError, roles::Result};
use ::redis::{FromRedisValue as _, Value, cmd};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Who knows the servers.
pub(super) struct Nodes {
    settings: Arc<Settings>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    layout: Option<Arc<Layout>>,
    /// The primaries of the last layout, forgotten or not.
    primaries: Vec<Arc<Node>>,
    /// Servers that were ever seen: they keep their connections over a change of layout.
    nodes: HashMap<Address, Arc<Node>>,
}

/// The primaries, in order of their first slots.
pub(super) struct Layout {
    nodes: Vec<Arc<Node>>,
    /// For each range of slots its last one, and its primary's place in `nodes`; ascending.
    ranges: Vec<(u16, usize)>,
}

impl Layout {
    /// The place of the server that holds a key.
    pub(super) fn place(&self, key: &str) -> usize {
        if self.ranges.is_empty() {
            return 0;
        }
        let slot = slot(key);
        let range = self.ranges.partition_point(|(last, _)| *last < slot);
        self.ranges.get(range).map_or(0, |(_, place)| *place)
    }

    /// The server at a place.
    pub(super) fn node(&self, place: usize) -> Result<&Node> {
        let node = self.nodes.get(place).map(|node| &**node);
        node.ok_or_else(|| StoreError::unavailable("the cluster has no such server"))
    }

    /// All servers.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().map(|node| &**node)
    }
}

impl Nodes {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            known: Mutex::default(),
        }
    }

    /// The servers as they are known, or as they say they are.
    pub(super) async fn layout(&self) -> Result<Arc<Layout>> {
        if let Some(layout) = &self.known().layout {
            return Ok(Arc::clone(layout));
        }
        let layout = match &self.settings.topology {
            Topology::Single(address) => self.all_at(address)?,
            Topology::Sentinel {
                sentinels,
                name,
                user,
            } => self.ask_sentinels(sentinels, name, user.as_ref()).await?,
            Topology::Cluster(seeds) => self.ask_cluster(seeds).await?,
        };
        let layout = Arc::new(layout);
        let mut known = self.known();
        for node in &layout.nodes {
            if !known.primaries.iter().any(|each| Arc::ptr_eq(each, node)) {
                node.is_primary_again();
            }
        }
        known.primaries.clone_from(&layout.nodes);
        known.layout = Some(Arc::clone(&layout));
        Ok(layout)
    }

    /// A call over this layout failed: the next asks again.
    pub(super) fn forget(&self, failed: &Arc<Layout>) {
        let mut known = self.known();
        if known
            .layout
            .as_ref()
            .is_some_and(|layout| Arc::ptr_eq(layout, failed))
        {
            known.layout = None;
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(&self, address: &Address) -> Result<Arc<Node>> {
        if let Some(node) = self.known().nodes.get(address) {
            return Ok(Arc::clone(node));
        }
        let node = Node::new(address, self.settings.user.as_ref(), &self.settings)?;
        let node = Arc::new(node);
        self.known()
            .nodes
            .insert(address.clone(), Arc::clone(&node));
        Ok(node)
    }

    fn all_at(&self, address: &Address) -> Result<Layout> {
        Ok(Layout {
            nodes: vec![self.node(address)?],
            ranges: Vec::new(),
        })
    }

    async fn ask_sentinels(
        &self,
        sentinels: &[Address],
        name: &str,
        user: Option<&User>,
    ) -> Result<Layout> {
        let mut last = StoreError::Settings("there is no sentinel to ask: list some".into());
        for address in sentinels {
            let mut ask = cmd("SENTINEL");
            ask.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
            let sentinel = Node::new(address, user, &self.settings)?;
            match sentinel.send(vec![ask]).await.map(|mut all| all.pop()) {
                Ok(Some(Value::ServerError(error))) => {
                    last = fault::at(address, fault::server(&error));
                }
                Ok(Some(answer)) => match <(String, u16)>::from_redis_value(answer) {
                    Ok((host, port)) => return self.all_at(&Address { host, port }),
                    Err(_) => {
                        let unknown = "the sentinels do not know the primary by this name";
                        last = StoreError::Settings(unknown.into());
                    }
                },
                Ok(None) => {}
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn ask_cluster(&self, seeds: &[Address]) -> Result<Layout> {
        let mut last = StoreError::Settings("there is no node of the cluster to ask".into());
        let seen: Vec<_> = self.known().nodes.keys().cloned().collect();
        for address in seeds.iter().chain(&seen) {
            let mut ask = cmd("CLUSTER");
            ask.arg("SLOTS");
            match self
                .node(address)?
                .send(vec![ask])
                .await
                .map(|mut all| all.pop())
            {
                Ok(Some(Value::ServerError(error))) => {
                    last = fault::at(address, fault::server(&error));
                }
                Ok(Some(Value::Array(ranges))) => return self.by_slot(&ranges, address),
                Ok(_) => {}
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A layout of `CLUSTER SLOTS`: first slot, last slot, primary, replicas; all of it once more
    /// for the next range.
    fn by_slot(&self, ranges: &[Value], asked: &Address) -> Result<Layout> {
        let unclear = || StoreError::unavailable("the cluster's slots cannot be read");
        let mut found = Vec::new();
        for range in ranges {
            let Value::Array(parts) = range else {
                return Err(unclear());
            };
            let [
                Value::Int(first),
                Value::Int(last),
                Value::Array(primary),
                ..,
            ] = &**parts
            else {
                return Err(unclear());
            };
            let [host, Value::Int(port), ..] = &**primary else {
                return Err(unclear());
            };
            let host = match Option::<String>::from_redis_value_ref(host) {
                Ok(Some(host)) if !host.is_empty() && host != "?" => host,
                // the node does not know its own name: it is where we asked
                _ => asked.host.clone(),
            };
            let port = u16::try_from(*port).map_err(|_| unclear())?;
            let last = u16::try_from(*last).map_err(|_| unclear())?;
            found.push((*first, last, Address { host, port }));
        }
        found.sort_unstable();
        let covered = found.iter().try_fold(0, |next, (first, last, _)| {
            (*first == next).then(|| i64::from(*last) + 1)
        });
        if covered != Some(16384) {
            return Err(StoreError::unavailable(
                "some of the cluster's slots have no server",
            ));
        }
        let (mut addresses, mut ranges) = (Vec::new(), Vec::new());
        for (_, last, address) in found {
            let known = addresses.iter().position(|each| *each == address);
            let place = known.unwrap_or(addresses.len());
            if known.is_none() {
                addresses.push(address);
            }
            ranges.push((last, place));
        }
        let nodes = addresses.iter().map(|address| self.node(address));
        let nodes = nodes.collect::<Result<_>>()?;
        Ok(Layout { nodes, ranges })
    }
}
