//! Records made for tests, and short ways to ask.

use crate::backends::Vault;
use std::time::Duration;
use store::{
    Found, Index, Insertion, Keeper, Mac, NewRecord, Record, RecordKey, Space, Timestamp, Token,
};

pub(crate) fn space(class: &str, tenant: &str) -> Space {
    Space::new(class, tenant).unwrap()
}

pub(crate) fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

pub(crate) fn key(space: &Space, text: &str) -> RecordKey {
    RecordKey {
        space: space.clone(),
        token: token(text),
    }
}

/// Another MAC for each number.
pub(crate) fn mac(number: u64) -> Mac {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    bytes[24..].copy_from_slice(&number.to_le_bytes());
    Mac(bytes)
}

/// A record whose sealed bytes hold every byte there is.
pub(crate) fn record(space: &Space, token: &str, index: Index) -> NewRecord {
    let sealed: Vec<u8> = token.bytes().chain(0..=255).collect();
    NewRecord {
        key: key(space, token),
        record: Record {
            sealed: sealed.into(),
            created: Timestamp::now(),
            expires: None,
            index,
        },
        renew: false,
    }
}

pub(crate) fn expiring(mut record: NewRecord, at: Timestamp) -> NewRecord {
    record.record.expires = Some(at);
    record
}

pub(crate) fn found(text: &str, expires: Option<Timestamp>) -> Found {
    let token = token(text);
    Found { token, expires }
}

pub(crate) fn existing(text: &str) -> Insertion {
    Insertion::Existing(found(text, None))
}

pub(crate) fn in_an_hour() -> Timestamp {
    Timestamp::now().plus(Duration::from_secs(3600))
}

/// Waits until a time has passed.
pub(crate) async fn until(time: Timestamp) {
    while Timestamp::now() <= time {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Vault {
    /// Inserts one record with the first writer.
    pub(crate) async fn insert(&self, record: NewRecord) -> Insertion {
        let mut all = self.writer().insert(&[record]).await.unwrap();
        all.pop().unwrap()
    }

    pub(crate) async fn find(&self, space: &Space, mac: Mac) -> Option<Found> {
        // longer than the suite's caches remember
        tokio::time::sleep(Duration::from_millis(3)).await;
        let mut all = self.writer().find(&[(space.clone(), mac)]).await.unwrap();
        all.pop().unwrap()
    }

    pub(crate) async fn read(&self, space: &Space, token: &str) -> Option<Record> {
        let mut all = self.reader.records(&[key(space, token)]).await.unwrap();
        all.pop().unwrap()
    }

    /// How many records the statistics count in a space.
    pub(crate) async fn count(&self, space: &Space) -> u64 {
        let all = self.keeper.statistics().await.unwrap();
        let of = all.into_iter().find(|each| each.space == *space);
        of.map_or(0, |each| each.records)
    }
}

/// Everything that a keeper exports, by small pages, each thing once.
pub(crate) async fn export(keeper: &dyn Keeper) -> Vec<store::Item> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = keeper.export(cursor.as_ref(), 3).await.unwrap();
        for item in page.items {
            if !all.contains(&item) {
                all.push(item);
            }
        }
        match page.next {
            Some(next) => cursor = Some(store::Cursor::parse(next.as_str())),
            None => return all,
        }
    }
}
