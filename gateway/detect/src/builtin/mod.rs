//! What makes a value, by kind.

mod bank;
mod contact;
mod date;
mod europe;
mod network;
mod secret;
mod us;
mod world;

pub(crate) use contact::{is_local, local_end};
pub(crate) use date::is_month;
pub(crate) use secret::is_secret_word;

use crate::phrase::Candidate;
use crate::text::Text;
use policies::Detector;
use std::ops::{Range, RangeInclusive};

/// Longest value of any built-in detector.
pub(crate) const MAX_VALUE: usize = secret::MAX_PEM;

/// Whether something is a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    No,
    /// By its structure or checksum alone.
    Sure,
    /// When a word of the detector's stands near.
    WithContext,
}

impl Verdict {
    /// Sure in a telling form, else only with context; no when the test fails.
    fn by_form(passes: bool, telling: bool) -> Self {
        match (passes, telling) {
            (false, _) => Self::No,
            (true, true) => Self::Sure,
            (true, false) => Self::WithContext,
        }
    }

    fn sure(passes: bool) -> Self {
        Self::by_form(passes, true)
    }

    fn with_context(passes: bool) -> Self {
        Self::by_form(passes, false)
    }
}

/// What a look at a word found.
pub(crate) type Look = Option<(Range<usize>, Verdict)>;

/// Where a detector is tried.
pub(crate) enum Tried {
    /// On words joined by single separators.
    Phrase {
        /// Letters and digits in all.
        length: RangeInclusive<usize>,
        digits: bool,
        check: fn(&Candidate) -> Verdict,
    },
    /// At a word (start, end), not before a floor.
    Word(fn(&Text<'_>, usize, usize, usize) -> Look),
    /// Around `@` or `:`, not before a floor.
    Around(fn(&Text<'_>, usize, usize) -> Option<Range<usize>>),
}

/// A built-in detector.
pub(crate) struct Spec {
    pub(crate) detector: Detector,
    pub(crate) tried: Tried,
    /// Words that must stand near what is not sure.
    pub(crate) words: &'static [&'static str],
}

/// The detector's specification; there is one for each.
pub(crate) fn spec(detector: Detector) -> Option<&'static Spec> {
    let all = [
        bank::SPECS,
        contact::SPECS,
        date::SPECS,
        europe::SPECS,
        network::SPECS,
        secret::SPECS,
        us::SPECS,
        world::SPECS,
    ];
    all.into_iter()
        .flatten()
        .find(|spec| spec.detector == detector)
}

/// Whether only a value's shape speaks for it, with the words around it.
pub(crate) const fn is_weak(detector: Detector) -> bool {
    matches!(
        detector,
        Detector::AwsSecretKey
            | Detector::Bic
            | Detector::DateOfBirth
            | Detector::Passport
            | Detector::Phone
            | Detector::UsEin
    )
}

/// A detector of numbers.
const fn digits(
    detector: Detector,
    length: RangeInclusive<usize>,
    words: &'static [&'static str],
    check: fn(&Candidate) -> Verdict,
) -> Spec {
    let digits = true;
    let tried = Tried::Phrase {
        length,
        digits,
        check,
    };
    Spec {
        detector,
        tried,
        words,
    }
}

/// A detector of letters and digits.
const fn mixed(
    detector: Detector,
    length: RangeInclusive<usize>,
    words: &'static [&'static str],
    check: fn(&Candidate) -> Verdict,
) -> Spec {
    let digits = false;
    let tried = Tried::Phrase {
        length,
        digits,
        check,
    };
    Spec {
        detector,
        tried,
        words,
    }
}

/// The number that digits spell; 0 when they are none.
fn number(digits: &[u8]) -> u32 {
    let text = std::str::from_utf8(digits).unwrap_or_default();
    text.parse().unwrap_or(0)
}

/// Some of the characters, by place.
fn part(compact: &[u8], span: Range<usize>) -> &[u8] {
    compact.get(span).unwrap_or_default()
}

/// The digit at a place.
fn at(compact: &[u8], place: usize) -> u32 {
    compact
        .get(place)
        .copied()
        .and_then(crate::checksum::digit)
        .unwrap_or(99)
}

/// Whether all characters are digits.
fn all_digits(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(u8::is_ascii_digit)
}

/// Whether all characters are letters.
fn all_letters(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(u8::is_ascii_alphabetic)
}

/// Whether all digits are the same one: what people type to fill a form.
fn is_repeated(digits: &[u8]) -> bool {
    digits
        .windows(2)
        .all(|pair| matches!(pair, [left, right] if left == right))
}
