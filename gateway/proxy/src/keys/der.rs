//! Signatures as KMS spells them.

/// ECDSA's DER form (RFC 3279, section 2.2.3), `SEQUENCE { r INTEGER, s INTEGER }`, as `r ‖ s`.
pub(super) fn fixed_from_der(der: &[u8]) -> Option<[u8; 64]> {
    let [0x30, length, rest @ ..] = der else {
        return None;
    };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    let mut fixed = [0; 64];
    let (first, second) = fixed.split_at_mut(32);
    first.copy_from_slice(&r);
    second.copy_from_slice(&s);
    rest.is_empty().then_some(fixed)
}

/// A positive INTEGER of at most 256 bits, and what follows it.
fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [0x02, length, rest @ ..] = der else {
        return None;
    };
    let (content, rest) = rest.split_at_checked(usize::from(*length))?;
    let digits = match content {
        [0, digits @ ..] if digits.first().is_some_and(|first| *first >= 0x80) => digits,
        [1..0x80, ..] | [0] => content,
        _ => return None,
    };
    let mut fixed = [0; 32];
    let start = fixed.len().checked_sub(digits.len())?;
    fixed.get_mut(start..)?.copy_from_slice(digits);
    Some((fixed, rest))
}
