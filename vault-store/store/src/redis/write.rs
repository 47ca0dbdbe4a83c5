//! What the gateway writes and finds.
//!
//! A record and its index may be on two servers, so they are written one after the other: whoever
//! finds an index finds its record, because the record is durable before the index is written, and
//! lives as long. Of those who write an index at once one wins (`SET … NX GET`); the others delete
//! the records that they wrote before, and answer with the winner's token once it is durable.

use super::names::{self, Kind};
use super::wire::{Keyed, Wire};
use super::{answer, value};
use crate::{
    DataKeyId, Found, Index, Insertion, Mac, NewRecord, Renewal, Space, StoreError, Timestamp,
    Token, roles::Result,
};

/// Keeps a data key; whether it was new.
pub(super) async fn data_key(wire: &Wire, id: DataKeyId, head: &[u8]) -> Result<bool> {
    let name = names::data_key(&id);
    let set = Keyed::new("SET", &name).arg(head).arg("NX").arg("GET");
    let kept = answer::bytes(wire.write(vec![set]).await?.pop())?;
    match kept {
        None => Ok(true),
        Some(kept) if kept == head => {
            wire.settle(vec![name]).await?;
            Ok(false)
        }
        Some(_) => Err(StoreError::other_head()),
    }
}

/// The tokens of values that have one, once they are durable.
pub(super) async fn find(wire: &Wire, values: &[(Space, Mac)]) -> Result<Vec<Option<Found>>> {
    let names = values
        .iter()
        .map(|(space, mac)| names::index(Kind::Unique, space, mac));
    let names: Vec<_> = names.collect();
    let get = names.iter().map(|name| Keyed::new("GET", name));
    let mut all = Vec::with_capacity(values.len());
    for answer in wire.read(get.collect()).await? {
        all.push(answer::token(Some(answer))?.map(|token| Found {
            token,
            expires: None,
        }));
    }
    // most values are new: only the others are asked for their end
    let places = values.iter().zip(names).zip(&mut all);
    let places: Vec<_> = places.filter(|(_, place)| place.is_some()).collect();
    let ends = ends(wire, places.iter().map(|((_, name), _)| name.as_str())).await?;
    let mut relied_on = Vec::new();
    for ((((space, _), name), place), end) in places.into_iter().zip(ends) {
        // what expired meanwhile was not found
        *place = place
            .take()
            .zip(end)
            .map(|(found, expires)| Found { expires, ..found });
        if let Some(found) = place {
            relied_on.extend([name, names::record(space, &found.token)]);
        }
    }
    wire.settle(relied_on).await?;
    Ok(all)
}

/// When keys end; `None` for each that is gone.
async fn ends(
    wire: &Wire,
    names: impl Iterator<Item = &str>,
) -> Result<Vec<Option<Option<Timestamp>>>> {
    let ask: Vec<_> = names.map(|name| Keyed::new("PEXPIRETIME", name)).collect();
    if ask.is_empty() {
        return Ok(Vec::new());
    }
    let answers = wire.read(ask).await?.into_iter();
    answers.map(|each| answer::expiry(Some(each))).collect()
}

/// Keeps records; what became of each.
pub(super) async fn insert(wire: &Wire, new: &[NewRecord]) -> Result<Vec<Insertion>> {
    let kept = keep(wire, new).await?;
    let mut all = index(wire, new, &kept).await?;
    concede(wire, new, &kept, &all).await?;
    renew_hits(wire, new, &mut all).await?;
    let mut relied_on = Vec::new();
    for (new, insertion) in new.iter().zip(&all) {
        if let Insertion::Existing(found) = insertion {
            relied_on.extend(unique(new));
            relied_on.push(names::record(&new.key.space, &found.token));
        }
    }
    wire.settle(relied_on).await?;
    Ok(all)
}

fn unique(new: &NewRecord) -> Option<String> {
    match &new.record.index {
        Index::Unique(mac) => Some(names::index(Kind::Unique, &new.key.space, mac)),
        Index::None | Index::Many(_) => None,
    }
}

/// Writes the records; for each whether its token was free.
async fn keep(wire: &Wire, new: &[NewRecord]) -> Result<Vec<bool>> {
    let set = new.iter().map(|new| {
        let name = names::record(&new.key.space, &new.key.token);
        let set = Keyed::new("SET", &name).arg(value::encode(&new.record));
        until(set.arg("NX"), new.record.expires)
    });
    let answers = wire.write(set.collect()).await?.into_iter();
    answers.map(|each| answer::was_set(Some(each))).collect()
}

fn until(set: Keyed, expires: Option<Timestamp>) -> Keyed {
    match expires {
        Some(end) => set.arg("PXAT").arg(end.as_millis()),
        None => set,
    }
}

/// Writes the indexes of the records that were kept, and looks up those whose token was taken.
async fn index(wire: &Wire, new: &[NewRecord], kept: &[bool]) -> Result<Vec<Insertion>> {
    let commands = new.iter().zip(kept);
    let commands = commands.filter_map(|(new, kept)| index_command(new, *kept));
    let commands: Vec<_> = commands.collect();
    let mut answers = match commands.is_empty() {
        true => Vec::new(),
        false => wire.write(commands).await?,
    }
    .into_iter();
    let mut all = Vec::with_capacity(new.len());
    for (new, kept) in new.iter().zip(kept) {
        all.push(match (&new.record.index, kept) {
            (Index::Unique(_), kept) => match (answer::token(answers.next())?, kept) {
                (Some(token), _) => Insertion::Existing(Found {
                    token,
                    expires: None,
                }),
                (None, true) => Insertion::Inserted,
                (None, false) => Insertion::Collision,
            },
            (Index::Many(_), true) => {
                answer::count(answers.next())?;
                Insertion::Inserted
            }
            (Index::None, true) => Insertion::Inserted,
            (Index::None | Index::Many(_), false) => Insertion::Collision,
        });
    }
    tell_ends(wire, new, &mut all).await?;
    Ok(all)
}

/// Most values are new: when the tokens of the others end is asked apart.
async fn tell_ends(wire: &Wire, new: &[NewRecord], all: &mut [Insertion]) -> Result<()> {
    let existing = new.iter().zip(all).filter_map(|(new, insertion)| {
        let Insertion::Existing(found) = insertion else {
            return None;
        };
        Some((unique(new)?, found))
    });
    let existing: Vec<_> = existing.collect();
    let ends = ends(wire, existing.iter().map(|(name, _)| name.as_str())).await?;
    for ((_, found), end) in existing.into_iter().zip(ends) {
        // one that is gone ended just now
        found.expires = end.unwrap_or_else(|| Some(Timestamp::now()));
    }
    Ok(())
}

fn index_command(new: &NewRecord, kept: bool) -> Option<Keyed> {
    let token = new.key.token.as_str();
    match &new.record.index {
        Index::Unique(mac) => {
            let name = names::index(Kind::Unique, &new.key.space, mac);
            if !kept {
                return Some(Keyed::new("GET", &name));
            }
            let set = Keyed::new("SET", &name).arg(token).arg("NX").arg("GET");
            Some(until(set, new.record.expires))
        }
        Index::Many(mac) if kept => {
            Some(add_to_many(&new.key.space, mac, token, new.record.expires))
        }
        Index::None | Index::Many(_) => None,
    }
}

fn add_to_many(space: &Space, mac: &Mac, token: &str, expires: Option<Timestamp>) -> Keyed {
    let name = names::index(Kind::Many, space, mac);
    let add = Keyed::new("ZADD", &name).arg("GT");
    match expires {
        Some(end) => add.arg(end.as_millis()),
        None => add.arg("+inf"),
    }
    .arg(token)
}

/// Deletes the records that were written for values whose index somebody else won.
async fn concede(wire: &Wire, new: &[NewRecord], kept: &[bool], all: &[Insertion]) -> Result<()> {
    let lost = new.iter().zip(kept).zip(all);
    let lost = lost.filter(|((new, kept), insertion)| {
        let own = |token: &Token| *token == new.key.token;
        **kept && matches!(insertion, Insertion::Existing(found) if !own(&found.token))
    });
    let delete =
        lost.map(|((new, _), _)| Keyed::new("DEL", &names::record(&new.key.space, &new.key.token)));
    let delete: Vec<_> = delete.collect();
    if delete.is_empty() {
        return Ok(());
    }
    wire.write(delete).await.map(drop)
}

/// Extends the lives of tokens that values have.
pub(super) async fn renew(wire: &Wire, renewals: &[Renewal]) -> Result<Vec<Option<Found>>> {
    let value = |each: &Renewal| (each.space.clone(), each.mac);
    let values: Vec<_> = renewals.iter().map(value).collect();
    let mut all = find(wire, &values).await?;
    let lives = renewals.iter().zip(&mut all);
    let lives = lives.filter_map(|(renewal, found)| {
        let found = found.as_mut()?;
        Some(Life {
            record: names::record(&renewal.space, &found.token),
            index: names::index(Kind::Unique, &renewal.space, &renewal.mac),
            expires: renewal.expires,
            found,
        })
    });
    extend_lives(wire, lives.collect()).await?;
    Ok(all)
}

/// Extends the lives that callers asked to extend.
async fn renew_hits(wire: &Wire, new: &[NewRecord], all: &mut [Insertion]) -> Result<()> {
    let lives = new.iter().zip(all).filter(|(new, _)| new.renew);
    let lives = lives.filter_map(|(new, insertion)| match (unique(new), insertion) {
        (Some(index), Insertion::Existing(found)) => Some(Life {
            record: names::record(&new.key.space, &found.token),
            index,
            expires: new.record.expires,
            found,
        }),
        _ => None,
    });
    extend_lives(wire, lives.collect()).await
}

/// A life to be extended.
struct Life<'a> {
    record: String,
    index: String,
    expires: Option<Timestamp>,
    found: &'a mut Found,
}

/// The record's life before its index's, so that no index outlives its record.
async fn extend_lives(wire: &Wire, lives: Vec<Life<'_>>) -> Result<()> {
    if lives.is_empty() {
        return Ok(());
    }
    let records = lives.iter().map(|life| extend(&life.record, life.expires));
    wire.write(records.collect()).await?;
    let indexes = lives.iter().flat_map(|life| {
        let told = Keyed::new("PEXPIRETIME", &life.index);
        [extend(&life.index, life.expires), told]
    });
    let mut answers = wire.write(indexes.collect()).await?.into_iter();
    for life in lives {
        answers.next();
        if let Some(expires) = answer::expiry(answers.next())? {
            life.found.expires = expires;
        }
    }
    Ok(())
}

fn extend(name: &str, expires: Option<Timestamp>) -> Keyed {
    match expires {
        Some(end) => Keyed::new("PEXPIREAT", name).arg(end.as_millis()).arg("GT"),
        None => Keyed::new("PERSIST", name),
    }
}
