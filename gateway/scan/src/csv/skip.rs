//! The plain parts of a field, eight bytes at a time.

use crate::json::load;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES * 0x80;

/// The first byte at or after `at` that is the delimiter, a quote, CR or LF.
///
/// In each of the differences a borrow can only disturb bytes above the first hit, so the lowest
/// high bit is exact (Warren, Hacker's Delight, section 6-1).
#[inline(always)]
pub(super) fn skip_field(chunk: &[u8], mut at: usize, delimiter: u8) -> usize {
    let delimiters = ONES * u64::from(delimiter);
    while let Some(word) = load(chunk, at) {
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let special = zero(word ^ delimiters)
            | zero(word ^ (ONES * 0x22))
            | zero(word ^ (ONES * 0x0A))
            | zero(word ^ (ONES * 0x0D));
        let special = special & HIGHS;
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = chunk.get(at) {
        if byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r') {
            break;
        }
        at += 1;
    }
    at
}
