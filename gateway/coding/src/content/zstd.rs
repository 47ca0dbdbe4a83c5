//! What a zstd frame says of itself (RFC 8878, section 3.1.1).

/// What a frame begins with.
pub(super) const MAGIC: &[u8; 4] = b"\x28\xB5\x2F\xFD";
/// Longest header, magic number included; more than of any other coding's streams is looked at.
pub(super) const HEAD_BYTES: usize = 18;

/// The size that a frame's header tells (section 3.1.1.1), if it does: `begun` are the frame's first
/// bytes. The library does not compare it when the last block is an empty one.
pub(super) fn declared_size(begun: &[u8]) -> Option<u64> {
    let (descriptor, rest) = begun.strip_prefix(MAGIC)?.split_first()?;
    let is_single = descriptor & 0x20 != 0;
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3))?;
    let length = match descriptor >> 6 {
        0 if is_single => 1,
        0 => return None,
        flag => 1 << flag,
    };
    let start = usize::from(!is_single) + dictionary;
    let bytes = rest.get(start..start + length)?;
    let size = bytes
        .iter()
        .rev()
        .fold(0, |size, byte| size << 8 | u64::from(*byte));
    Some(if length == 2 { size + 256 } else { size })
}
