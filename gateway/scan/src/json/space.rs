//! Whitespace between tokens.

use super::strings::load;

/// The first byte at or after `at` that is not whitespace; with `lines`, a line feed is none.
#[inline(always)]
pub(crate) fn skip_space(chunk: &[u8], at: usize, lines: bool) -> usize {
    match chunk.get(at) {
        Some(byte) if *byte <= b' ' => skip_more(chunk, at, lines),
        _ => at,
    }
}

fn skip_more(chunk: &[u8], mut at: usize, lines: bool) -> usize {
    const SPACES: u64 = 0x2020_2020_2020_2020;
    loop {
        match chunk.get(at) {
            Some(b'\n') if lines => return at,
            Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            _ => return at,
        }
        // indentation: spaces come in runs
        while let Some(word) = load(chunk, at) {
            let others = word ^ SPACES;
            if others != 0 {
                at += (others.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
    }
}
