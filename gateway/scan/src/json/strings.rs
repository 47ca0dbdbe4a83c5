//! The inside of strings: quick over plain text, exact at every byte that is not.

use super::error::{Fault, JsonErrorCode};

/// Where in a string the scan is, between two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringPart {
    /// Between characters.
    Plain,
    /// After a backslash.
    Escape,
    /// Inside `\uXXXX`: the digits so far and their value.
    Hex { digits: u8, unit: u16 },
    /// After an escaped high surrogate: `\` must follow.
    LowBackslash,
    /// Then `u`.
    LowU,
    /// Then four digits, DC00 to DFFF.
    LowHex { digits: u8 },
    /// Inside a UTF-8 sequence: bytes that are missing, and the range of the next one.
    Utf8 { missing: u8, low: u8, high: u8 },
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES * 0x80;

/// The first byte at or after `at` that is a quote, a backslash, a control or not ASCII.
///
/// Eight bytes at a time. In each of the differences a borrow can only disturb bytes above the
/// first hit, so the lowest high bit is exact (Warren, Hacker's Delight, section 6-1).
#[inline(always)]
pub(crate) fn skip_plain(chunk: &[u8], mut at: usize) -> usize {
    while let Some(word) = load(chunk, at) {
        let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * 0x5C)).wrapping_sub(ONES);
        let control = word.wrapping_sub(ONES * 0x20);
        let special = (quote | backslash | control | word) & HIGHS;
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = chunk.get(at) {
        if byte < 0x20 || byte == b'"' || byte == b'\\' || byte >= 0x80 {
            break;
        }
        at += 1;
    }
    at
}

/// Eight bytes from `at`, the first in the lowest place.
#[inline(always)]
pub(crate) fn load(chunk: &[u8], at: usize) -> Option<u64> {
    let bytes = chunk.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}

/// Scans on inside a string. `Some(end)` after its closing quote, `None` at the chunk's end, with
/// `part` to go on from. Sets `escaped` when it meets a backslash.
pub(crate) fn scan_string(
    chunk: &[u8],
    mut at: usize,
    part: &mut StringPart,
    escaped: &mut bool,
) -> Result<Option<usize>, Fault> {
    loop {
        if *part == StringPart::Plain {
            at = skip_characters(chunk, at, escaped);
        }
        let Some(&byte) = chunk.get(at) else {
            return Ok(None);
        };
        match step(*part, byte).map_err(|code| Fault::new(at, code))? {
            Some(next) => *part = next,
            None => return Ok(Some(at + 1)),
        }
        *escaped |= byte == b'\\';
        at += 1;
    }
}

/// Skips whole characters and short escapes, up to what needs a closer look.
fn skip_characters(chunk: &[u8], mut at: usize, escaped: &mut bool) -> usize {
    loop {
        at = skip_plain(chunk, at);
        let rest = chunk.get(at..).unwrap_or_default();
        let whole = match rest {
            [
                b'\\',
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                ..,
            ] => {
                *escaped = true;
                2
            }
            [0xC2..=0xDF, 0x80..=0xBF, ..] => 2,
            [0xE1..=0xEC | 0xEE | 0xEF, 0x80..=0xBF, 0x80..=0xBF, ..]
            | [0xE0, 0xA0..=0xBF, 0x80..=0xBF, ..]
            | [0xED, 0x80..=0x9F, 0x80..=0xBF, ..] => 3,
            [0xF1..=0xF3, 0x80..=0xBF, 0x80..=0xBF, 0x80..=0xBF, ..]
            | [0xF0, 0x90..=0xBF, 0x80..=0xBF, 0x80..=0xBF, ..]
            | [0xF4, 0x80..=0x8F, 0x80..=0xBF, 0x80..=0xBF, ..] => 4,
            _ => return at,
        };
        at += whole;
    }
}

/// One byte of a string: the part that follows, or `None` when the byte closes the string.
fn step(part: StringPart, byte: u8) -> Result<Option<StringPart>, JsonErrorCode> {
    let next = match part {
        StringPart::Plain if byte == b'"' => return Ok(None),
        StringPart::Plain => plain(byte)?,
        StringPart::Escape => match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => StringPart::Plain,
            b'u' => StringPart::Hex { digits: 0, unit: 0 },
            _ => return Err(JsonErrorCode::InvalidEscape),
        },
        StringPart::Hex { digits, unit } => hex(digits, unit, byte)?,
        StringPart::LowBackslash if byte == b'\\' => StringPart::LowU,
        StringPart::LowU if byte == b'u' => StringPart::LowHex { digits: 0 },
        StringPart::LowBackslash | StringPart::LowU => return Err(JsonErrorCode::LoneSurrogate),
        StringPart::LowHex { digits } => low_hex(digits, byte)?,
        StringPart::Utf8 { missing, low, high } => {
            if byte < low || byte > high {
                return Err(JsonErrorCode::InvalidUtf8);
            }
            match missing {
                1 => StringPart::Plain,
                _ => StringPart::Utf8 {
                    missing: missing - 1,
                    low: 0x80,
                    high: 0xBF,
                },
            }
        }
    };
    Ok(Some(next))
}

/// A byte between characters; the UTF-8 ranges are RFC 3629's, section 4.
fn plain(byte: u8) -> Result<StringPart, JsonErrorCode> {
    let (missing, low, high) = match byte {
        b'\\' => return Ok(StringPart::Escape),
        0x00..=0x1F => return Err(JsonErrorCode::ControlCharacter),
        0x20..=0x7F => return Ok(StringPart::Plain),
        0xC2..=0xDF => (1, 0x80, 0xBF),
        0xE0 => (2, 0xA0, 0xBF),
        0xED => (2, 0x80, 0x9F),
        0xE1..=0xEF => (2, 0x80, 0xBF),
        0xF0 => (3, 0x90, 0xBF),
        0xF1..=0xF3 => (3, 0x80, 0xBF),
        0xF4 => (3, 0x80, 0x8F),
        _ => return Err(JsonErrorCode::InvalidUtf8),
    };
    Ok(StringPart::Utf8 { missing, low, high })
}

/// A digit of `\uXXXX`. A low surrogate that comes first is refused at the digit that makes it one.
fn hex(digits: u8, unit: u16, byte: u8) -> Result<StringPart, JsonErrorCode> {
    let unit = unit << 4 | u16::from(hex_digit(byte)?);
    match digits {
        1 if (0xDC..=0xDF).contains(&unit) => Err(JsonErrorCode::LoneSurrogate),
        3 if (0xD800..0xDC00).contains(&unit) => Ok(StringPart::LowBackslash),
        3 => Ok(StringPart::Plain),
        _ => Ok(StringPart::Hex {
            digits: digits + 1,
            unit,
        }),
    }
}

fn low_hex(digits: u8, byte: u8) -> Result<StringPart, JsonErrorCode> {
    let digit = hex_digit(byte)?;
    match digits {
        0 if digit != 0xD => Err(JsonErrorCode::LoneSurrogate),
        1 if digit < 0xC => Err(JsonErrorCode::LoneSurrogate),
        3 => Ok(StringPart::Plain),
        _ => Ok(StringPart::LowHex { digits: digits + 1 }),
    }
}

fn hex_digit(byte: u8) -> Result<u8, JsonErrorCode> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(JsonErrorCode::InvalidEscape),
    }
}
