//! What a vault keeps, as bytes: `docs/vault.md` has the table. Numbers are big-endian.

use store::{DataKeyId, Index, Item, LimitError, Mac, Record, RecordKey, Space, Timestamp, Token};

const DATA_KEY: u8 = 1;
const RECORD: u8 = 2;
/// In place of a time: never.
const NEVER: u64 = u64::MAX;

/// Appends an item.
pub(super) fn append(out: &mut Vec<u8>, item: &Item) {
    match item {
        Item::DataKey(id, head) => {
            out.push(DATA_KEY);
            out.extend_from_slice(&id.0);
            append_long(out, head);
        }
        Item::Record(key, record) => {
            out.push(RECORD);
            append_short(out, key.space.class());
            append_short(out, key.space.tenant());
            append_short(out, key.token.as_str());
            out.extend_from_slice(&record.created.as_millis().to_be_bytes());
            let expires = record.expires.map_or(NEVER, Timestamp::as_millis);
            out.extend_from_slice(&expires.to_be_bytes());
            let (kind, mac) = match &record.index {
                Index::None => (0, None),
                Index::Unique(mac) => (1, Some(mac)),
                Index::Many(mac) => (2, Some(mac)),
            };
            out.push(kind);
            out.extend_from_slice(mac.map_or(&[][..], |mac| &mac.0));
            append_long(out, &record.sealed);
        }
    }
}

/// Names and tokens, which have at most 1024 bytes.
fn append_short(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Heads and sealed values, which no vault takes at 4 GiB.
fn append_long(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Bytes that are no items.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it holds what is no item of a vault")]
pub(super) struct NoItems;

impl From<LimitError> for NoItems {
    fn from(_: LimitError) -> Self {
        Self
    }
}

/// All items of a chunk.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Item>, NoItems> {
    let (mut rest, mut items) = (Rest(bytes), Vec::new());
    while !rest.0.is_empty() {
        items.push(rest.item()?);
    }
    Ok(items)
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], NoItems> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(NoItems)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NoItems> {
        self.take(N)?.try_into().map_err(|_| NoItems)
    }

    fn text(&mut self) -> Result<&'a str, NoItems> {
        let length = u16::from_be_bytes(self.array()?);
        std::str::from_utf8(self.take(length.into())?).map_err(|_| NoItems)
    }

    fn long(&mut self) -> Result<Box<[u8]>, NoItems> {
        let length = u32::from_be_bytes(self.array()?);
        let length = usize::try_from(length).map_err(|_| NoItems)?;
        Ok(self.take(length)?.into())
    }

    fn item(&mut self) -> Result<Item, NoItems> {
        match self.array()? {
            [DATA_KEY] => Ok(Item::DataKey(DataKeyId(self.array()?), self.long()?)),
            [RECORD] => {
                let (class, tenant) = (self.text()?, self.text()?);
                let key = RecordKey {
                    space: Space::new(class, tenant)?,
                    token: Token::new(self.text()?)?,
                };
                Ok(Item::Record(key, self.record()?))
            }
            _ => Err(NoItems),
        }
    }

    fn record(&mut self) -> Result<Record, NoItems> {
        let created = Timestamp::from_millis(u64::from_be_bytes(self.array()?));
        let expires = u64::from_be_bytes(self.array()?);
        let index = match self.array()? {
            [0] => Index::None,
            [1] => Index::Unique(Mac(self.array()?)),
            [2] => Index::Many(Mac(self.array()?)),
            _ => return Err(NoItems),
        };
        Ok(Record {
            sealed: self.long()?,
            created,
            expires: (expires != NEVER).then(|| Timestamp::from_millis(expires)),
            index,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn items_are_read_as_they_were_written_and_nothing_else_is() {
        let record = |index, expires: Option<u64>| {
            let key = RecordKey {
                space: Space::new("pan", "acmé").unwrap(),
                token: Token::new(&"t".repeat(1024)).unwrap(),
            };
            let record = Record {
                sealed: [5; 70_000].into(),
                created: Timestamp::from_millis(7),
                expires: expires.map(Timestamp::from_millis),
                index,
            };
            Item::Record(key, record)
        };
        let items = [
            Item::DataKey(DataKeyId([3; 16]), b"head"[..].into()),
            record(Index::None, None),
            record(Index::Unique(Mac([1; 32])), Some(9)),
            record(Index::Many(Mac([2; 32])), Some(0)),
        ];
        for item in &items {
            let mut bytes = Vec::new();
            append(&mut bytes, item);
            assert_eq!(parse(&bytes).unwrap(), std::slice::from_ref(item));
            for length in (1..bytes.len().min(1500)).chain([bytes.len() - 1]) {
                assert!(parse(&bytes[..length]).is_err(), "{length}");
            }
            bytes[0] = 3;
            assert!(parse(&bytes).is_err());
        }
        let mut all = Vec::new();
        items.iter().for_each(|item| append(&mut all, item));
        assert_eq!(parse(&all).unwrap(), items);
    }
}
