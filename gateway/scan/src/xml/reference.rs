//! References, byte by byte (XML 1.0, section 4.1): characters and the five predefined entities.

use super::characters::is_allowed;
use super::error::XmlErrorCode;

const PREDEFINED: [&[u8]; 5] = [b"lt", b"gt", b"amp", b"quot", b"apos"];

/// Longest reference, `&` and `;` included. A character needs 10 bytes; leading zeros may follow the
/// `#`, but what reads the value later looks no further.
const MAX_BYTES: u8 = 32;

/// A reference that has not ended yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    /// How many bytes have been read.
    length: u8,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// After the `&`.
    Start,
    /// After letters; bit `n` tells whether the `n`th predefined name begins with them.
    Name(u8),
    /// After `&#`.
    Hash,
    Number {
        radix: u32,
        digits: bool,
        value: u32,
    },
}

impl Reference {
    /// After the `&`.
    pub(super) const fn new() -> Self {
        Self {
            length: 1,
            state: State::Start,
        }
    }

    /// Takes the next byte; tells whether it is the last one. A fault is at this byte.
    pub(super) fn take(&mut self, byte: u8) -> Result<bool, XmlErrorCode> {
        if self.length == MAX_BYTES {
            return Err(XmlErrorCode::InvalidReference);
        }
        let place = usize::from(self.length - 1);
        self.length += 1;
        self.state = match self.state {
            State::Start if byte == b'#' => State::Hash,
            State::Start => return self.name(0b1_1111, 0, byte),
            State::Name(names) => return self.name(names, place, byte),
            State::Hash if byte == b'x' => State::Number {
                radix: 16,
                digits: false,
                value: 0,
            },
            State::Hash => return self.number(10, false, 0, byte),
            State::Number {
                radix,
                digits,
                value,
            } => return self.number(radix, digits, value, byte),
        };
        Ok(false)
    }

    fn name(&mut self, names: u8, place: usize, byte: u8) -> Result<bool, XmlErrorCode> {
        let among = |index: &usize| names & (1 << index) != 0;
        let still = PREDEFINED
            .iter()
            .enumerate()
            .filter(|(index, _)| among(index));
        if byte == b';' && place > 0 {
            let mut still = still;
            return match still.any(|(_, name)| name.len() == place) {
                true => Ok(true),
                false => Err(XmlErrorCode::UnknownEntity),
            };
        }
        let next = still
            .filter(|(_, name)| name.get(place) == Some(&byte))
            .fold(0, |next, (index, _)| next | (1 << index));
        if next != 0 {
            self.state = State::Name(next);
            return Ok(false);
        }
        let named = byte.is_ascii_alphanumeric() || b"_:-.".contains(&byte) || !byte.is_ascii();
        Err(match named {
            true => XmlErrorCode::UnknownEntity,
            false => XmlErrorCode::InvalidReference,
        })
    }

    fn number(
        &mut self,
        radix: u32,
        digits: bool,
        value: u32,
        byte: u8,
    ) -> Result<bool, XmlErrorCode> {
        if let Some(digit) = char::from(byte).to_digit(radix) {
            let value = value.saturating_mul(radix).saturating_add(digit);
            self.state = State::Number {
                radix,
                digits: true,
                value,
            };
            return Ok(false);
        }
        match byte {
            b';' if digits && is_allowed(value) => Ok(true),
            b';' if digits => Err(XmlErrorCode::InvalidCharacter),
            _ => Err(XmlErrorCode::InvalidReference),
        }
    }
}
