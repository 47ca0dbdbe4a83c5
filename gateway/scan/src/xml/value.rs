//! Values of attributes as applications see them.

use super::characters::is_space;
use crate::syntax::{Beside, Syntax};
use std::ops::Deref;
use zeroize::Zeroizing;

/// A value that is spelled as it reads, or a copy that is erased.
pub(super) enum Value<'v> {
    Spelled(&'v [u8]),
    Copied(Zeroizing<Vec<u8>>),
}

impl AsRef<[u8]> for Value<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Spelled(bytes) => bytes,
            Self::Copied(bytes) => bytes.deref(),
        }
    }
}

/// The value by XML 1.0, section 3.3.3: each white space that is spelled out is a space, a line end
/// one, and references stand for their characters.
pub(super) fn normalized(raw: &[u8]) -> Value<'_> {
    if !raw
        .iter()
        .any(|&byte| byte == b'&' || (is_space(byte) && byte != b' '))
    {
        return Value::Spelled(raw);
    }
    let mut spaced = Zeroizing::new(Vec::with_capacity(raw.len()));
    let mut before = 0;
    for &byte in raw {
        if !(byte == b'\n' && before == b'\r') {
            spaced.push(if is_space(byte) { b' ' } else { byte });
        }
        before = byte;
    }
    let value = Syntax::Xml(Beside::NOTHING).content(&spaced).into_owned();
    Value::Copied(Zeroizing::new(value))
}
