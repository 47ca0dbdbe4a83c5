//! Addresses of networks.

use super::{Look, Spec, Tried, Verdict};
use crate::text::{Text, is_word};
use policies::Detector;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

pub(super) const SPECS: &[Spec] = &[
    Spec {
        detector: Detector::Ipv4,
        tried: Tried::Word(ipv4),
        words: &[],
    },
    Spec {
        detector: Detector::Ipv6,
        tried: Tried::Around(ipv6),
        words: &[],
    },
    Spec {
        detector: Detector::MacAddress,
        tried: Tried::Word(mac_address),
        words: &[],
    },
];

/// Four numbers; not a part of a longer dotted number, such as a version.
fn ipv4(text: &Text<'_>, start: usize, _end: usize, _floor: usize) -> Look {
    let end = text.run(start, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let mut bytes = text.bytes.get(start..end)?;
    if text.get(end).is_some_and(is_word) || !bytes.contains(&b'.') {
        return None;
    }
    while let Some(shorter) = bytes.strip_suffix(b".") {
        bytes = shorter;
    }
    let dotted = text.before(start) == Some(b'.')
        && start
            .checked_sub(1)
            .and_then(|dot| text.before(dot))
            .is_some_and(|byte| byte.is_ascii_digit());
    let address: Ipv4Addr = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    let before = text
        .slice(start.saturating_sub(16), start)
        .to_ascii_lowercase();
    let version = memchr::memmem::find(&before, b"version").is_some();
    let real = !dotted && !version && address != Ipv4Addr::UNSPECIFIED;
    real.then_some((start..start + bytes.len(), Verdict::Sure))
}

/// The longest run of hexadecimal digits and colons around a colon that is an address.
fn ipv6(text: &Text<'_>, at: usize, floor: usize) -> Option<Range<usize>> {
    let part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
    let start = text.run_back(at, floor.max(at.saturating_sub(5)), part);
    if text
        .before(start)
        .is_some_and(|byte| is_word(byte) || byte == b':')
    {
        return None;
    }
    let end = text.run(at, 46, |byte| part(byte) || byte == b'.');
    if text.get(end).is_some_and(is_word) {
        return None;
    }
    let mut bytes = text.bytes.get(start..end)?;
    loop {
        let address = std::str::from_utf8(bytes).ok()?.parse::<Ipv6Addr>();
        if let Ok(address) = address {
            let real = !address.is_unspecified() && bytes.len() > 3;
            return real.then_some(start..start + bytes.len());
        }
        // a full stop or a colon of the sentence
        bytes = bytes
            .strip_suffix(b".")
            .or_else(|| bytes.strip_suffix(b":"))?;
    }
}

/// Six pairs or three groups of four; the first may be letters alone, which begin no value by
/// themselves, so it is looked back for.
fn mac_address(text: &Text<'_>, start: usize, end: usize, floor: usize) -> Look {
    let length = end - start;
    let (groups, separators): (usize, &[u8]) = match length {
        2 => (6, b":-"),
        4 => (3, b"."),
        _ => return None,
    };
    let mut begin = start;
    for _ in 1..groups {
        let before = begin.checked_sub(length + 1);
        let Some(before) = before.filter(|before| *before >= floor) else {
            break;
        };
        let group = text.bytes.get(before..begin - 1)?;
        let divided = text
            .before(begin)
            .is_some_and(|byte| separators.contains(&byte));
        let glued = text.before(before).is_some_and(is_word);
        if !divided || glued || !group.iter().all(u8::is_ascii_hexdigit) {
            break;
        }
        begin = before;
    }
    let separator = text
        .get(begin + length)
        .filter(|byte| separators.contains(byte))?;
    let mut at = begin;
    for index in 0..groups {
        let group = text.slice(at, at + length);
        if group.len() < length || !group.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        at += length;
        if index + 1 < groups {
            if text.get(at) != Some(separator) {
                return None;
            }
            at += 1;
        }
    }
    // a longer run of groups is something else
    let divides = |byte: Option<u8>| byte == Some(separator);
    let hexadecimal = text
        .get(at + 1)
        .is_some_and(|byte| byte.is_ascii_hexdigit());
    let longer = divides(text.before(begin)) || (divides(text.get(at)) && hexadecimal);
    let zero = text
        .slice(begin, at)
        .iter()
        .all(|byte| *byte == b'0' || *byte == separator);
    let ends = !text.get(at).is_some_and(is_word) && !longer && !zero;
    ends.then_some((begin..at, Verdict::Sure))
}
