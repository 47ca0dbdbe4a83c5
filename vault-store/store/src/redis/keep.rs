//! What the operator's commands do: erase, count and sweep. `transfer` exports and imports.

use super::names::{self, Kind};
use super::scan::Pages;
use super::wire::{Keyed, Wire};
use super::{answer, read, value};
use crate::{
    Erasure, Index, Mac, Receipt, RecordKey, Space, SpaceStatistics, Timestamp, Token,
    roles::Result,
};
use std::collections::BTreeMap;

/// Deletes an index if it still leads to this token, in one step.
const DELETE_IF: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/// Erases: indexes before what they lead to, so that none leads nowhere.
pub(super) async fn erase(wire: &Wire, what: &Erasure) -> Result<Receipt> {
    let records = match what {
        Erasure::Token(key) => {
            let found = read::records(wire, std::slice::from_ref(key)).await?;
            let index = found
                .into_iter()
                .flatten()
                .map(|record| record.index)
                .next();
            match index {
                Some(index) => erase_records(wire, &[(key.clone(), index)]).await?,
                None => 0,
            }
        }
        Erasure::Tenant(tenant) => erase_all(wire, |kind| kind.of_tenant(tenant)).await?,
        Erasure::Space(space) => erase_all(wire, |kind| kind.of_space(space)).await?,
        Erasure::Value(space, mac) => {
            let records = records_of(wire, space, mac).await?;
            let erased = erase_records(wire, &records).await?;
            let left = names::index(Kind::Many, space, mac);
            let expired = Keyed::new("ZREMRANGEBYSCORE", &left).arg("-inf");
            wire.write(vec![expired.arg(Timestamp::now().as_millis())])
                .await?;
            erased
        }
    };
    let at = Timestamp::now();
    Ok(Receipt { records, at })
}

/// The records that a MAC leads to, and that are of it: a token in an index may have expired and
/// been drawn again for another value.
async fn records_of(wire: &Wire, space: &Space, mac: &Mac) -> Result<Vec<(RecordKey, Index)>> {
    let one = Keyed::new("GET", &names::index(Kind::Unique, space, mac));
    let many = Keyed::new("ZRANGE", &names::index(Kind::Many, space, mac));
    let mut answers = wire.read(vec![one, many.arg(0).arg(-1)]).await?.into_iter();
    let mut tokens: Vec<Token> = answer::token(answers.next())?.into_iter().collect();
    for token in answer::list(answers.next())? {
        tokens.push(answer::token_of(token)?);
    }
    let key = |token| RecordKey {
        space: space.clone(),
        token,
    };
    let keys: Vec<_> = tokens.into_iter().map(key).collect();
    let records = read::records(wire, &keys).await?;
    let found = keys.into_iter().zip(records).filter_map(|(key, record)| {
        let index = record?.index;
        (index.mac() == Some(mac)).then_some((key, index))
    });
    Ok(found.collect())
}

async fn erase_records(wire: &Wire, records: &[(RecordKey, Index)]) -> Result<u64> {
    if records.is_empty() {
        return Ok(0);
    }
    let indexes = records.iter().filter_map(|(key, index)| {
        let token = key.token.as_str();
        Some(match index {
            Index::None => return None,
            Index::Unique(mac) => {
                let name = names::index(Kind::Unique, &key.space, mac);
                let mut command = ::redis::cmd("EVAL");
                command.arg(DELETE_IF).arg(1).arg(&name).arg(token);
                Keyed { key: name, command }
            }
            Index::Many(mac) => {
                Keyed::new("ZREM", &names::index(Kind::Many, &key.space, mac)).arg(token)
            }
        })
    });
    wire.write(indexes.collect()).await?;
    let names = records
        .iter()
        .map(|(key, _)| names::record(&key.space, &key.token));
    delete(wire, names.collect()).await
}

async fn delete(wire: &Wire, names: Vec<String>) -> Result<u64> {
    let delete = names.iter().map(|name| Keyed::new("DEL", name));
    let answers = wire.write(delete.collect()).await?.into_iter();
    answers.map(|each| answer::count(Some(each))).sum()
}

/// Erases what the globs of each kind match.
async fn erase_all(wire: &Wire, glob: impl Fn(Kind) -> String) -> Result<u64> {
    let layout = wire.layout().await?;
    let mut erased = 0;
    for kind in [Kind::Unique, Kind::Many, Kind::Record] {
        for node in layout.nodes() {
            let mut pages = Pages::new(node, glob(kind));
            while let Some(names) = pages.next().await? {
                let deleted = delete(wire, names).await?;
                erased += if kind == Kind::Record { deleted } else { 0 };
            }
        }
    }
    Ok(erased)
}

/// What each space holds.
pub(super) async fn statistics(wire: &Wire) -> Result<Vec<SpaceStatistics>> {
    let layout = wire.layout().await?;
    let mut spaces: BTreeMap<Space, (u64, u64)> = BTreeMap::new();
    for node in layout.nodes() {
        let mut pages = Pages::of_kind(node, Kind::Record);
        while let Some(names) = pages.next().await? {
            for (space, bytes) in sizes(wire, &names).await? {
                let (records, sealed) = spaces.entry(space).or_default();
                *records += 1;
                *sealed += bytes;
            }
        }
    }
    let all = spaces
        .into_iter()
        .map(|(space, (records, sealed_bytes))| SpaceStatistics {
            space,
            records,
            sealed_bytes,
        });
    Ok(all.collect())
}

/// The space of each record that is still there, and how many bytes it has sealed.
async fn sizes(wire: &Wire, names: &[String]) -> Result<Vec<(Space, u64)>> {
    let ask = names.iter().flat_map(|name| {
        let head = Keyed::new("GETRANGE", name).arg(0).arg(value::HEAD - 1);
        [Keyed::new("STRLEN", name), head]
    });
    let mut answers = wire.read(ask.collect()).await?.into_iter();
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        let length = answer::count(answers.next())?;
        let head = answer::bytes(answers.next())?.unwrap_or_default();
        match names::parse(name) {
            Some(names::Named::Record(key)) if length > 0 => {
                all.push((key.space, value::sealed_bytes(length, &head)));
            }
            _ => {}
        }
    }
    Ok(all)
}

/// Redis frees expired records by itself. What is left are their tokens in the indexes of many, and
/// the receipt counts those.
pub(super) async fn sweep(wire: &Wire) -> Result<Receipt> {
    let layout = wire.layout().await?;
    let mut records = 0;
    for node in layout.nodes() {
        let mut pages = Pages::of_kind(node, Kind::Many);
        while let Some(names) = pages.next().await? {
            let now = Timestamp::now().as_millis();
            let sweep = names
                .iter()
                .map(|name| Keyed::new("ZREMRANGEBYSCORE", name).arg("-inf").arg(now));
            let swept = wire.write(sweep.collect()).await?.into_iter();
            records += swept
                .map(|each| answer::count(Some(each)))
                .sum::<Result<u64>>()?;
        }
    }
    let at = Timestamp::now();
    Ok(Receipt { records, at })
}
