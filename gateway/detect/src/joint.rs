//! What a value touches: the rest of a longer number is no value.

use crate::phrase::{Candidate, separator_at};
use crate::text::Text;
use policies::Detector;

/// What stands on one side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Free,
    /// More digits behind a space.
    Space,
    /// More of the same word or number.
    Joined,
}

/// Whether a candidate is part of a longer number: `-`, `.` or `+` and more digits follow or go
/// before. Behind a space they do so only for what is divided by spaces itself, and not for what is
/// long and has check digits.
pub(crate) fn is_joined(text: &Text<'_>, candidate: &Candidate, detector: Detector) -> bool {
    let sides = [before(text, candidate.start), after(text, candidate.end)];
    let spaced = candidate.separator == Some(b' ')
        && !matches!(
            detector,
            Detector::PaymentCard | Detector::Iban | Detector::FrNir
        );
    sides.iter().any(|side| match side {
        Joint::Free => false,
        Joint::Space => spaced,
        Joint::Joined => true,
    })
}

fn before(text: &Text<'_>, start: usize) -> Joint {
    let is_digit = |at: Option<u8>| at.is_some_and(|byte| byte.is_ascii_digit());
    let Some(place) = start.checked_sub(1) else {
        return Joint::Free;
    };
    match text.before(start) {
        Some(b' ') if is_digit(text.before(place)) => Joint::Space,
        Some(b'.') if is_digit(text.before(place)) => Joint::Joined,
        Some(b'+') => Joint::Joined,
        Some(b'-') => {
            let floor = place.saturating_sub(12);
            let word = text.run_back(place, floor, |byte| byte.is_ascii_alphanumeric());
            has_digit(text.bytes.get(word..place))
        }
        _ => Joint::Free,
    }
}

fn after(text: &Text<'_>, end: usize) -> Joint {
    let Some((separator, next)) = separator_at(text, end) else {
        return Joint::Free;
    };
    let digit = text.get(next).is_some_and(|byte| byte.is_ascii_digit());
    match separator {
        b' ' if digit => Joint::Space,
        b'.' if digit => {
            // what a program has written as `4111111111111111.0` is whole
            let zero = text.get(next) == Some(b'0');
            let more = text.get(next + 1);
            match zero && !more.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
                true => Joint::Free,
                false => Joint::Joined,
            }
        }
        b'-' => {
            let word = text.run(next, 12, |byte| byte.is_ascii_alphanumeric());
            has_digit(text.bytes.get(next..word))
        }
        _ => Joint::Free,
    }
}

fn has_digit(word: Option<&[u8]>) -> Joint {
    match word.is_some_and(|word| word.iter().any(u8::is_ascii_digit)) {
        true => Joint::Joined,
        false => Joint::Free,
    }
}
