//! Addresses of networks.

use super::{Look, Spec, Tried, Verdict, mixed};
use crate::phrase::Candidate;
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
    mixed(Detector::MacAddress, 12..=12, &[], mac_address),
];

/// Four numbers; not a part of a longer dotted number, such as a version.
fn ipv4(text: &Text<'_>, start: usize, _end: usize, _floor: usize) -> Look {
    let end = text.run(start, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let mut bytes = text.bytes.get(start..end)?;
    if text.get(end).is_some_and(is_word) {
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
    let real = !dotted && address != Ipv4Addr::UNSPECIFIED;
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

fn mac_address(address: &Candidate) -> Verdict {
    let compact = address.compact();
    let hexadecimal = compact.iter().all(u8::is_ascii_hexdigit);
    let form = matches!(address.layout(), b"2:2:2:2:2:2" | b"2-2-2-2-2-2" | b"4.4.4");
    let zero = compact.iter().all(|byte| *byte == b'0');
    Verdict::sure(hexadecimal && form && !zero)
}
