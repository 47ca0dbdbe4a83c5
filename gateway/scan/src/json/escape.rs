//! Escapes of JSON strings, undone. Only for strings that the scanner has accepted.

use crate::syntax::Syntax;
use std::borrow::Cow;

/// The text that the inside of a valid JSON string stands for; borrowed when nothing is escaped.
pub(crate) fn unescape(inner: &[u8]) -> Cow<'_, [u8]> {
    Syntax::JsonText.content(inner)
}

/// Writes the character of the escape that `escape` begins with; gives what follows it.
/// `None` when the string ends in it.
pub(crate) fn push_escape<'a>(escape: &'a [u8], text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&[_, kind], after) = escape.split_first_chunk::<2>()?;
    let byte = match kind {
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return push_unicode(after, text),
        itself => itself,
    };
    text.push(byte);
    Some(after)
}

fn push_unicode<'a>(digits: &'a [u8], text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (unit, mut after) = hex4(digits)?;
    let mut scalar = unit;
    if (0xD800..0xDC00).contains(&unit) {
        let (low, rest) = hex4(after.strip_prefix(b"\\u")?)?;
        scalar = 0x1_0000 + ((unit - 0xD800) << 10) + (low.checked_sub(0xDC00)?);
        after = rest;
    }
    let mut utf8 = [0; 4];
    text.extend_from_slice(char::from_u32(scalar)?.encode_utf8(&mut utf8).as_bytes());
    Some(after)
}

fn hex4(digits: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, after) = digits.split_first_chunk::<4>()?;
    let unit = digits.iter().try_fold(0, |unit, &digit| {
        Some(unit * 16 + char::from(digit).to_digit(16)?)
    })?;
    Some((unit, after))
}
