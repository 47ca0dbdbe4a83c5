//! Dates that exist.

use super::{Look, Spec, Tried, Verdict, number};
use crate::text::{Text, is_word};
use policies::Detector;

pub(super) const SPECS: &[Spec] = &[Spec {
    detector: Detector::DateOfBirth,
    tried: Tried::Word(date),
    words: &[
        "dob",
        "d.o.b",
        "birth",
        "born",
        "birthday",
        "birthdate",
        "dateofbirth",
        "date_of_birth",
        "birth_date",
        "geboren",
        "geb",
        "geburtsdatum",
        "né le",
        "née le",
        "naissance",
        "nacimiento",
        "nacido",
        "nacida",
        "nascita",
        "nato il",
        "nata il",
        "nascimento",
        "geboortedatum",
        "urodzenia",
        "födelsedatum",
        "född",
        "生年月日",
    ],
}];

/// Months by their first three letters, English; other languages write the day as a number mostly.
const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
const FULL: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Whether a word is a month's English name, whole or cut to three letters (or `sept`).
pub(crate) fn is_month(word: &[u8]) -> bool {
    month(word).is_some()
}

fn month(word: &[u8]) -> Option<u32> {
    let head = word.first_chunk::<3>()?;
    if head.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let head: [u8; 3] = head.map(|byte| byte.to_ascii_lowercase());
    let index = MONTHS.iter().position(|own| **own == head)?;
    let full = FULL.get(index)?.as_bytes();
    let whole = word.eq_ignore_ascii_case(full);
    let cut = word.len() == 3 || (index == 8 && word.eq_ignore_ascii_case(b"sept"));
    (whole || cut).then_some(index as u32 + 1)
}

/// Whether the day is in the calendar (Gregorian).
pub(super) fn exists(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// The year that two digits mean of somebody alive.
pub(super) fn full_year(short: u32) -> u32 {
    if short > 30 {
        1900 + short
    } else {
        2000 + short
    }
}

fn is_year(year: u32) -> bool {
    (1880..=2100).contains(&year)
}

/// A date that begins with the word from `start` to `end`.
fn date(text: &Text<'_>, start: usize, end: usize, _floor: usize) -> Look {
    let mut parts = [(0, 0); 3];
    let mut at = start;
    for (index, part) in parts.iter_mut().enumerate() {
        let stop = match index {
            0 => end,
            _ => text.run(at, 12, is_word),
        };
        *part = (at, stop);
        at = stop;
        if index < 2 {
            at = separator(text, stop)?;
        }
    }
    let words = parts.map(|(start, end)| text.bytes.get(start..end).unwrap_or_default());
    let [first, second, third] = words;
    let third = third.strip_suffix(b"T").unwrap_or(third);
    let last = parts.last().map_or(end, |(start, _)| start + third.len());
    is_date(first, second, third).then_some((start..last, Verdict::WithContext))
}

/// What may stand between the parts of a date; gives where the next part begins.
fn separator(text: &Text<'_>, at: usize) -> Option<usize> {
    match text.get(at)? {
        b'-' | b'/' => Some(at + 1),
        b'.' | b',' if text.get(at + 1) == Some(b' ') => Some(at + 2),
        b'.' | b' ' => Some(at + 1),
        _ => None,
    }
}

fn is_date(first: &[u8], second: &[u8], third: &[u8]) -> bool {
    let digits = |word: &[u8], most: usize| {
        let fits = (1..=most).contains(&word.len()) && word.iter().all(u8::is_ascii_digit);
        fits.then(|| number(word))
    };
    let year = |word: &[u8]| match word.len() {
        4 => digits(word, 4).filter(|year| is_year(*year)),
        2 => digits(word, 2).map(full_year),
        _ => None,
    };
    let day = |word: &[u8]| {
        let plain = ["st", "nd", "rd", "th"]
            .iter()
            .find_map(|end| word.strip_suffix(end.as_bytes()));
        digits(plain.unwrap_or(word), 2)
    };
    // 12 March 1980, March 12, 1980
    if let (Some(day), Some(month), Some(year)) = (day(first), month(second), year(third)) {
        return exists(year, month, day);
    }
    if let (Some(month), Some(day), Some(year)) = (month(first), day(second), year(third)) {
        return exists(year, month, day);
    }
    // 1980-03-12
    if first.len() == 4 {
        let date = (year(first), digits(second, 2), digits(third, 2));
        return matches!(date, (Some(year), Some(month), Some(day)) if exists(year, month, day));
    }
    // 12.03.1980, 03/12/1980
    let date = (digits(first, 2), digits(second, 2), year(third));
    matches!(date, (Some(one), Some(two), Some(year)) if exists(year, two, one) || exists(year, one, two))
}
