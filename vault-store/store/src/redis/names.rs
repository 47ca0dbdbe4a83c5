//! What keys are called.
//!
//! ```text
//! vg:d:<id>                     a data key's head            string
//! vg:r:<tenant>:<class>:<token> a record                     string, see `value`
//! vg:u:<tenant>:<class>:<MAC>   the one token of a value     string
//! vg:m:<tenant>:<class>:<MAC>   the tokens of a value        sorted set; scores are expiries in ms
//! vg:f:{<key>}                  a fence, see `wire`          string
//! ```
//!
//! Ids and MACs are in hexadecimal. Names and tokens are percent-encoded (RFC 3986, section 2.1) but
//! for letters, digits and `-_.~@`, so that none holds a separator, a glob's character or the braces of
//! a hash tag.

use crate::{DataKeyId, Mac, RecordKey, Space, Token};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'@');

/// What a key's prefix says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Record,
    Unique,
    Many,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Record => "vg:r:",
            Self::Unique => "vg:u:",
            Self::Many => "vg:m:",
        }
    }

    /// A glob for all keys of a kind.
    pub(super) fn all(self) -> String {
        format!("{}*", self.prefix())
    }

    /// A glob for all keys of a kind that are a tenant's.
    pub(super) fn of_tenant(self, tenant: &str) -> String {
        let tenant = utf8_percent_encode(tenant, ENCODED);
        format!("{}{tenant}:*", self.prefix())
    }

    /// A glob for all keys of a kind that are in a space.
    pub(super) fn of_space(self, space: &Space) -> String {
        in_space(self, space) + "*"
    }
}

/// A glob for all that is exported.
pub(super) const EXPORTED: &str = "vg:[dr]:*";

pub(super) fn data_key(id: &DataKeyId) -> String {
    let mut name = "vg:d:".to_owned();
    hexadecimal(&id.0, &mut name);
    name
}

pub(super) fn record(space: &Space, token: &Token) -> String {
    let mut name = in_space(Kind::Record, space);
    name.extend(utf8_percent_encode(token.as_str(), ENCODED));
    name
}

pub(super) fn index(kind: Kind, space: &Space, mac: &Mac) -> String {
    let mut name = in_space(kind, space);
    hexadecimal(&mac.0, &mut name);
    name
}

/// A key of the same slot as `key`: its hash tag is the whole of it (Redis Cluster specification,
/// "Hash tags").
pub(super) fn fence(key: &str) -> String {
    format!("vg:f:{{{key}}}")
}

/// What a key that was listed names; `None` when veilgate did not make it.
pub(super) enum Named {
    DataKey(DataKeyId),
    Record(RecordKey),
}

pub(super) fn parse(key: &str) -> Option<Named> {
    if let Some(id) = key.strip_prefix("vg:d:") {
        let id = u128::from_str_radix(id, 16).ok()?;
        return Some(Named::DataKey(DataKeyId(id.to_be_bytes())));
    }
    let mut parts = key.strip_prefix("vg:r:")?.split(':');
    let mut next = || percent_decode_str(parts.next()?).decode_utf8().ok();
    let (tenant, class, token) = (next()?, next()?, next()?);
    let space = Space::new(&class, &tenant).ok()?;
    let token = Token::new(&token).ok()?;
    Some(Named::Record(RecordKey { space, token }))
}

fn in_space(kind: Kind, space: &Space) -> String {
    let mut name = String::with_capacity(128);
    name.push_str(kind.prefix());
    name.extend(utf8_percent_encode(space.tenant(), ENCODED));
    name.push(':');
    name.extend(utf8_percent_encode(space.class(), ENCODED));
    name.push(':');
    name
}

fn hexadecimal(bytes: &[u8], out: &mut String) {
    let digit = |nibble: u8| {
        char::from(match nibble {
            0..=9 => b'0' + nibble,
            _ => b'a' - 10 + nibble,
        })
    };
    out.extend(
        bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]),
    );
}
