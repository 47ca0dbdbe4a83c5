//! Charsets of one byte a character.

use super::Charset;

/// What Windows-1252 has from 0x80 to 0x9F, where ISO-8859-1 has control characters (Microsoft,
/// CP1252 to Unicode table); a space where it has nothing.
const WINDOWS: &str = "\u{20AC} \u{201A}\u{0192}\u{201E}\u{2026}\u{2020}\u{2021}\u{02C6}\u{2030}\u{0160}\u{2039}\u{0152} \u{017D}  \u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\u{02DC}\u{2122}\u{0161}\u{203A}\u{0153} \u{017E}\u{0178}";

/// Appends the text of `bytes` to `out`; fails with the place of a byte that means nothing.
pub(super) fn to_utf8(charset: Charset, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), usize> {
    let mut utf8 = [0; 4];
    for (at, &byte) in bytes.iter().enumerate() {
        if byte.is_ascii() {
            out.push(byte);
            continue;
        }
        let character = to_char(charset, byte).ok_or(at)?;
        out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
    }
    Ok(())
}

fn to_char(charset: Charset, byte: u8) -> Option<char> {
    if charset == Charset::Windows1252 && (0x80..0xA0).contains(&byte) {
        return WINDOWS
            .chars()
            .nth(usize::from(byte - 0x80))
            .filter(|each| *each != ' ');
    }
    Some(char::from(byte))
}

/// The byte of a character; `None` when the charset has none.
pub(super) fn from_char(charset: Charset, character: char) -> Option<u8> {
    let number = u32::from(character);
    if number < 0x80 {
        return u8::try_from(number).ok();
    }
    if charset == Charset::Windows1252 {
        let place = WINDOWS.chars().position(|each| each == character);
        if let Some(place) = place {
            return u8::try_from(place + 0x80).ok();
        }
        return u8::try_from(number).ok().filter(|byte| *byte >= 0xA0);
    }
    u8::try_from(number).ok()
}
