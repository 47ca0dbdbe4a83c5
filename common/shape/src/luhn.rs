//! The Luhn formula (ISO/IEC 7812-1, annex B), on numerals of the digits.
//!
//! From the right, every second digit is doubled, 9 is taken from what exceeds 9, and all are added
//! up. A number passes when the sum is a multiple of ten. Doubling in this way gives each of the ten
//! digits once, so that at every place exactly one digit leads to a given sum modulo ten.

/// Whether the digits of `text` pass the Luhn formula; all other characters are skipped. A text
/// without a digit does not pass.
pub fn passes_luhn(text: &str) -> bool {
    let digits = text.chars().filter_map(|each| each.to_digit(10));
    let digits: Vec<u16> = digits.map(|digit| digit as u16).collect();
    !digits.is_empty() && sum(&digits) == 0
}

/// The sum modulo 10.
pub(crate) fn sum(digits: &[u16]) -> u16 {
    let from_right = digits.iter().rev().enumerate();
    let weighted = from_right.map(|(place, &digit)| u64::from(weighted(place, digit)));
    (weighted.sum::<u64>() % 10) as u16
}

/// Sets the digit at `index` so that the sum modulo 10 is `target`.
pub(crate) fn complete(digits: &mut [u16], index: usize, target: u16) {
    let place = digits.len().saturating_sub(index + 1);
    let Some(digit) = digits.get_mut(index) else {
        return;
    };
    *digit = 0;
    let missing = (target + 10 - sum(digits)) % 10;
    let found = (0..10).find(|&digit| weighted(place, digit) == missing);
    if let (Some(digit), Some(found)) = (digits.get_mut(index), found) {
        *digit = found;
    }
}

/// `place` counts from the right, from 0.
fn weighted(place: usize, digit: u16) -> u16 {
    match digit * 2 {
        _ if place.is_multiple_of(2) => digit,
        doubled if doubled > 9 => doubled - 9,
        doubled => doubled,
    }
}
