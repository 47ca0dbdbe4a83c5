//! Round trips at every split, and everything that is not in a charset.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Charset, CharsetError, FromUtf8, ToUtf8};
use proptest::prelude::*;

/// The text in UTF-8, and the body made of it again.
fn both(charset: Charset, chunks: &[&[u8]]) -> Result<(Vec<u8>, Vec<u8>), CharsetError> {
    let (mut to, mut from) = (ToUtf8::new(charset), FromUtf8::new(charset));
    let (mut text, mut back) = (Vec::new(), Vec::new());
    for chunk in chunks {
        let start = text.len();
        to.push(chunk, &mut text)?;
        // what is written may be cut anywhere
        for byte in text.get(start..).unwrap().to_vec().chunks(1) {
            from.push(byte, to.mark(), &mut back)?;
        }
    }
    to.finish()?;
    from.push(&[], to.mark(), &mut back)?;
    from.finish()?;
    Ok((text, back))
}

fn everywhere(charset: Charset, body: &[u8]) -> Result<Vec<u8>, CharsetError> {
    let whole = both(charset, &[body]);
    for split in 0..=body.len() {
        let (left, right) = body.split_at(split);
        assert_eq!(both(charset, &[left, right]), whole, "at {split}");
    }
    let (text, back) = whole?;
    assert_eq!(back, body);
    Ok(text)
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units
        .flat_map(|unit| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        })
        .collect()
}

#[test]
fn single_bytes() {
    let all: Vec<u8> = (0..=255).collect();
    let text = everywhere(Charset::Latin1, &all).unwrap();
    let expected: String = (0..=255_u8).map(char::from).collect();
    assert_eq!(text, expected.as_bytes());
    let euro = everywhere(Charset::Windows1252, b"\x80 \x93x\x94 \xE9").unwrap();
    assert_eq!(euro, "€ “x” é".as_bytes());
    for byte in 0..=255_u8 {
        let undefined = [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains(&byte);
        let read = everywhere(Charset::Windows1252, &[b'a', byte]);
        assert_eq!(
            read.map_err(|error| (error.code(), error.offset)).err(),
            undefined.then_some(("charset-invalid", 1))
        );
    }
}

#[test]
fn utf16_with_and_without_a_mark() {
    let text = "a é € 😀 \u{FEFF}z";
    for little in [true, false] {
        let body = utf16(text, little);
        let named = if little {
            Charset::Utf16Le
        } else {
            Charset::Utf16Be
        };
        assert_eq!(everywhere(named, &body).unwrap(), text.as_bytes());
        let marked = [utf16("\u{FEFF}", little), body.clone()].concat();
        assert_eq!(
            everywhere(Charset::Utf16, &marked).unwrap(),
            text.as_bytes()
        );
        let error = everywhere(Charset::Utf16, &body).unwrap_err();
        assert_eq!(
            (error.code(), error.offset),
            ("charset-no-byte-order-mark", 0)
        );
    }
    assert_eq!(everywhere(Charset::Utf16, b"\xFF\xFE").unwrap(), b"");
    assert_eq!(everywhere(Charset::Utf16, b"").unwrap(), b"");
    let utf8_mark = everywhere(Charset::Utf16, b"\xEF\xBB\xBF{}").unwrap_err();
    assert_eq!(utf8_mark.code(), "charset-no-byte-order-mark");
}

#[test]
fn broken_utf16() {
    for (body, code, offset) in [
        (&b"a\0b"[..], "charset-truncated", 3),
        (b"a\0\x00\xD8", "charset-truncated", 4),
        (b"a\0\x00\xD8b\0", "charset-invalid", 2),
        (b"a\0\x00\xDC", "charset-invalid", 2),
        (b"\x00\xD8\x00\xD8\x00\xDC", "charset-invalid", 0),
    ] {
        let error = everywhere(Charset::Utf16Le, body).unwrap_err();
        assert_eq!((error.code(), error.offset), (code, offset), "{body:?}");
    }
}

#[test]
fn marks_of_other_charsets_are_refused() {
    for (charset, body) in [
        (Charset::Latin1, &b"\xFF\xFE4\x001\0"[..]),
        (Charset::Windows1252, b"\xFE\xFF\x004\x001"),
        (Charset::Windows1252, b"\xEF\xBB\xBFname"),
        (Charset::Latin1, b"\0\0\xFE\xFF\0\0\x004"),
        (Charset::Utf16Le, b"\xFE\xFF\x004"),
        (Charset::Utf16Le, b"\xEF\xBB\xBF{}\n"),
        (Charset::Utf16Le, b"\xFF\xFE\0\x004\0\0\0"),
        (Charset::Utf16Be, b"\xFF\xFE4\0"),
        (Charset::Utf16Be, b"\0\0\xFE\xFF\0\0\x004"),
        (Charset::Utf16, b"\xFF\xFE\0\x004\0\0\0"),
    ] {
        let error = everywhere(charset, body).unwrap_err();
        assert_eq!(
            (error.code(), error.offset),
            ("charset-invalid", 0),
            "{charset:?} {body:?}"
        );
    }
    // further on they are characters, and a charset's own is one as well
    for (charset, body) in [
        (Charset::Latin1, &b"a\xEF\xBB\xBF\xFF\xFE"[..]),
        (Charset::Windows1252, b"a\xFE\xFF"),
        (Charset::Utf16Le, b"\xFF\xFEa\0\xFE\xFF"),
        (Charset::Utf16Be, b"\xFE\xFF\0a\xFF\xFE"),
    ] {
        everywhere(charset, body).unwrap();
    }
}

#[test]
fn labels() {
    for (label, charset) in [
        ("UTF-8", Some(Charset::Utf8)),
        ("us-ascii", Some(Charset::Ascii)),
        ("utf-16", Some(Charset::Utf16)),
        ("UTF-16LE", Some(Charset::Utf16Le)),
        ("Latin1", Some(Charset::Latin1)),
        ("windows-1252", Some(Charset::Windows1252)),
        ("utf-7", None),
        ("utf-32", None),
        ("iso-8859-15", None),
        ("", None),
    ] {
        assert_eq!(Charset::from_label(label), charset, "{label}");
    }
}

#[test]
fn what_does_not_fit_back_is_refused() {
    let to = ToUtf8::new(Charset::Latin1);
    for text in ["€", "\u{100}"] {
        let mut from = FromUtf8::new(Charset::Latin1);
        let error = from
            .push(text.as_bytes(), to.mark(), &mut Vec::new())
            .unwrap_err();
        assert_eq!(error.code(), "charset-unencodable");
    }
}

proptest! {
    #[test]
    fn any_text_comes_back(text in "\\PC{0,40}", little in any::<bool>()) {
        let marked = utf16(&format!("\u{FEFF}{text}"), little);
        prop_assert_eq!(everywhere(Charset::Utf16, &marked).unwrap(), text.as_bytes());
    }

    #[test]
    fn any_bytes_come_back_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        for charset in [Charset::Utf16, Charset::Utf16Le, Charset::Utf16Be, Charset::Latin1, Charset::Windows1252] {
            let _ = everywhere(charset, &bytes);
        }
    }
}
