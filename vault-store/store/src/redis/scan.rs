//! Going through all keys of all servers.

use super::answer::{self, unexpected};
use super::node::Node;
use super::{fault, names::Kind};
use crate::{StoreError, roles::Result};
use ::redis::{Value, cmd};

/// Keys that a server looks at for one page.
const PAGE: usize = 1000;

/// A page of a server's keys.
pub(super) struct Scanned {
    pub(super) keys: Vec<String>,
    /// Where the next page starts; zero after the last.
    pub(super) next: u64,
}

/// A page from `cursor` on. What is there throughout comes at least once (Redis, "SCAN").
pub(super) async fn page(node: &Node, pattern: &str, cursor: u64, count: usize) -> Result<Scanned> {
    let mut scan = cmd("SCAN");
    scan.arg(cursor)
        .arg("MATCH")
        .arg(pattern)
        .arg("COUNT")
        .arg(count);
    match node.send(vec![scan]).await?.pop() {
        Some(Value::Array(parts)) => {
            let mut parts = parts.into_iter();
            let next = answer::bytes(parts.next())?.map(String::from_utf8);
            let next = next.and_then(std::result::Result::ok);
            let next = next
                .and_then(|next| next.parse().ok())
                .ok_or_else(unexpected)?;
            let keys = answer::list(parts.next())?.into_iter();
            // keys of others, if there are any, need not be text
            let keys = keys.filter_map(|key| String::from_utf8(key).ok()).collect();
            Ok(Scanned { keys, next })
        }
        Some(Value::ServerError(error)) => Err(fault::server(&error)),
        _ => Err(StoreError::unavailable("Redis did not list its keys")),
    }
}

/// The pages of one server, one after the other.
pub(super) struct Pages<'a> {
    node: &'a Node,
    pattern: String,
    cursor: Option<u64>,
}

impl<'a> Pages<'a> {
    pub(super) fn of_kind(node: &'a Node, kind: Kind) -> Self {
        Self::new(node, kind.all())
    }

    pub(super) fn new(node: &'a Node, pattern: String) -> Self {
        let cursor = Some(0);
        Self {
            node,
            pattern,
            cursor,
        }
    }

    /// The next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<String>>> {
        let Some(cursor) = self.cursor else {
            return Ok(None);
        };
        let page = page(self.node, &self.pattern, cursor, PAGE).await?;
        self.cursor = (page.next != 0).then_some(page.next);
        Ok(Some(page.keys))
    }
}
