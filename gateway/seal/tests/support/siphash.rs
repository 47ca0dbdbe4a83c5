//! SipHash-2-4 with a 128-bit tag, written from the paper (Aumasson and Bernstein, 2012) and not from
//! the crate that the sealer uses: slow, obvious, and in agreement with it or a test fails.

pub fn siphash(key: [u8; 16], message: &[u8]) -> [u8; 16] {
    let (k0, k1) = (word(&key[..8]), word(&key[8..]));
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut padded = message.to_vec();
    padded.resize(message.len() / 8 * 8 + 7, 0);
    padded.push(message.len().to_le_bytes()[0]);
    for block in padded.chunks(8) {
        v[3] ^= word(block);
        rounds(&mut v, 2);
        v[0] ^= word(block);
    }
    let mut tag = [0; 16];
    for (half, mark) in tag.chunks_mut(8).zip([0xee, 0xdd]) {
        let at = if mark == 0xee { 2 } else { 1 };
        v[at] ^= mark;
        rounds(&mut v, 4);
        half.copy_from_slice(&(v[0] ^ v[1] ^ v[2] ^ v[3]).to_le_bytes());
    }
    tag
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap())
}

fn rounds(v: &mut [u64; 4], count: usize) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32).wrapping_add(v[3]);
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
    }
}
