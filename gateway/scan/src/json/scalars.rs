//! Numbers and the three literal names.

use super::error::{Fault, JsonErrorCode};

/// Where in a number the scan is, between two bytes (RFC 8259, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberPart {
    /// After `-`: a digit must follow.
    Minus,
    /// After a leading `0`.
    Zero,
    /// Inside the digits before the point.
    Integer,
    /// After the point: a digit must follow.
    Point,
    /// Inside the digits after the point.
    Fraction,
    /// After `e`: a sign or a digit must follow.
    Exponent,
    /// After the exponent's sign: a digit must follow.
    Sign,
    /// Inside the exponent's digits.
    Power,
}

impl NumberPart {
    /// The part after a number's first byte.
    pub(crate) const fn of_first_byte(byte: u8) -> Self {
        match byte {
            b'-' => Self::Minus,
            b'0' => Self::Zero,
            _ => Self::Integer,
        }
    }

    /// True when the number may end here.
    pub(crate) const fn may_end(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Integer | Self::Fraction | Self::Power
        )
    }

    /// The part after `byte`, when it goes on the number.
    const fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus | Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }
}

/// Scans on inside a number. `Some(end)` at the first byte after it, `None` at the chunk's end.
#[inline]
pub(crate) fn scan_number(
    chunk: &[u8],
    mut at: usize,
    part: &mut NumberPart,
) -> Result<Option<usize>, Fault> {
    loop {
        if matches!(
            *part,
            NumberPart::Integer | NumberPart::Fraction | NumberPart::Power
        ) {
            at = skip_digits(chunk, at);
        }
        let Some(&byte) = chunk.get(at) else {
            return Ok(None);
        };
        match part.after(byte) {
            Some(next) => *part = next,
            // digits after a leading zero are the one ending that another token could not explain
            None if part.may_end() && !byte.is_ascii_digit() => return Ok(Some(at)),
            None => return Err(Fault::new(at, JsonErrorCode::InvalidNumber)),
        }
        at += 1;
    }
}

#[inline(always)]
fn skip_digits(chunk: &[u8], mut at: usize) -> usize {
    while chunk.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// `true`, `false` or `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Literal {
    True,
    False,
    Null,
}

impl Literal {
    /// The literal that begins with this byte.
    pub(crate) const fn of_first_byte(byte: u8) -> Option<Self> {
        match byte {
            b't' => Some(Self::True),
            b'f' => Some(Self::False),
            b'n' => Some(Self::Null),
            _ => None,
        }
    }

    pub(crate) const fn text(self) -> &'static [u8] {
        match self {
            Self::True => b"true",
            Self::False => b"false",
            Self::Null => b"null",
        }
    }
}

/// Scans on inside a literal of which `done` bytes have come. `Some(end)` after its last byte.
#[inline]
pub(crate) fn scan_literal(
    chunk: &[u8],
    mut at: usize,
    literal: Literal,
    done: &mut usize,
) -> Result<Option<usize>, Fault> {
    while let Some(expected) = literal.text().get(*done) {
        match chunk.get(at) {
            None => return Ok(None),
            Some(byte) if byte == expected => {}
            Some(_) => return Err(Fault::new(at, JsonErrorCode::UnexpectedByte)),
        }
        *done += 1;
        at += 1;
    }
    Ok(Some(at))
}
