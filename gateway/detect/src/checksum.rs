//! Check digits. All take ASCII; what is no digit (or letter, where letters count) fails.

use policies::Checksum;

/// Whether `text`, with everything but letters and digits left out, passes.
#[must_use]
pub fn passes(checksum: Checksum, text: &[u8]) -> bool {
    let kept: Vec<u8> = text
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_uppercase)
        .collect();
    match checksum {
        Checksum::Luhn => luhn(&kept),
        Checksum::Verhoeff => verhoeff(&kept),
        Checksum::Iban => iban(&kept),
        Checksum::Mod97 => mod_97(kept.iter().copied()) == Some(1),
        Checksum::Mod11 => mod_11_10(&kept),
        Checksum::Aba => aba(&kept),
    }
}

/// The value of a digit.
#[inline]
pub(crate) fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// The sum of digits by weights, the first digit with the first weight; as far as both go.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> Option<u32> {
    let pairs = digits.iter().zip(weights);
    pairs
        .map(|(byte, weight)| Some(digit(*byte)? * weight))
        .sum()
}

/// The Luhn digit, the last one (ISO/IEC 7812-1, annex B).
#[must_use]
pub fn luhn(digits: &[u8]) -> bool {
    luhn_sum(digits, 0).is_some_and(|sum| sum % 10 == 0) && !digits.is_empty()
}

/// The Luhn sum with `before` added: that of a fixed prefix.
pub(crate) fn luhn_sum(digits: &[u8], before: u32) -> Option<u32> {
    let mut sum = before;
    for (index, byte) in digits.iter().rev().enumerate() {
        let value = digit(*byte)?;
        sum += match index % 2 {
            0 => value,
            _ if value > 4 => value * 2 - 9,
            _ => value * 2,
        };
    }
    Some(sum)
}

/// The Verhoeff digit, the last one (J. Verhoeff, Error Detecting Decimal Codes, 1969): products in
/// the dihedral group of order 10.
#[must_use]
pub fn verhoeff(digits: &[u8]) -> bool {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut check = 0;
    for (index, byte) in digits.iter().rev().enumerate() {
        let Some(mut value) = digit(*byte) else {
            return false;
        };
        for _ in 0..index % 8 {
            value = PERMUTATION.get(value as usize).copied().unwrap_or(0);
        }
        check = dihedral(check, value);
    }
    check == 0 && !digits.is_empty()
}

/// The product in the dihedral group of order 10: 0 to 4 turn, 5 to 9 turn and flip.
const fn dihedral(left: u32, right: u32) -> u32 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right - 5) % 5,
        (false, true) => 5 + (left - 5 + 5 - right) % 5,
        (false, false) => (left - 5 + 5 - (right - 5)) % 5,
    }
}

/// The rest of the number modulo 97; a letter counts as two digits, A as 10 (ISO 7064).
pub(crate) fn mod_97(characters: impl IntoIterator<Item = u8>) -> Option<u32> {
    let mut rest = 0;
    for byte in characters {
        rest = match byte {
            b'0'..=b'9' => rest * 10 + u32::from(byte - b'0'),
            b'A'..=b'Z' => rest * 100 + u32::from(byte - b'A') + 10,
            _ => return None,
        } % 97;
    }
    Some(rest)
}

/// An IBAN's check digits (ISO 13616-1).
#[must_use]
pub fn iban(characters: &[u8]) -> bool {
    let Some((head, rest)) = characters.split_at_checked(4) else {
        return false;
    };
    mod_97(rest.iter().chain(head).copied()) == Some(1)
}

/// ISO 7064 MOD 11,10: the last digit checks.
#[must_use]
pub fn mod_11_10(digits: &[u8]) -> bool {
    let Some((last, digits)) = digits.split_last() else {
        return false;
    };
    let mut product = 10;
    for byte in digits {
        let Some(value) = digit(*byte) else {
            return false;
        };
        let sum = (value + product) % 10;
        product = if sum == 0 { 10 } else { sum } * 2 % 11;
    }
    digit(*last) == Some((11 - product) % 10)
}

/// A US routing number's checksum (ABA Key to Routing Numbers).
#[must_use]
pub fn aba(digits: &[u8]) -> bool {
    digits.len() == 9
        && weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_some_and(|sum| sum % 10 == 0)
}
