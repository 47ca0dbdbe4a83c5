//! The round function: CBC-MAC over P and Q, and its expansion to S (SP 800-38G, algorithms 6 and 7).
//!
//! P, and the blocks of Q that hold nothing but tweak and zeros, are the same in all rounds: they are
//! encrypted once for a text.

use crate::ROUNDS;
use aes::cipher::BlockCipherEncrypt;
use zeroize::Zeroizing;

pub(crate) const BLOCK: usize = 16;

pub(crate) struct Mac<'a> {
    cipher: &'a aes::Aes256Enc,
    /// The chain after all blocks that do not change.
    chain: u128,
    /// The tweak's bytes in the first block that changes.
    head: u128,
    /// Bytes of a half, `b` in the standard.
    width: usize,
}

impl<'a> Mac<'a> {
    pub(crate) fn new(
        cipher: &'a aes::Aes256Enc,
        radix: u32,
        length: usize,
        tweak: &[u8],
        width: usize,
    ) -> Self {
        let mut mac = Self {
            cipher,
            chain: 0,
            head: 0,
            width,
        };
        mac.chain = mac.encrypt(parameters(radix, length, tweak.len()));
        // Q is tweak, zeros, a byte and a half, in whole blocks; the byte and the half end it.
        let zeros = (BLOCK - (tweak.len() + width + 1) % BLOCK) % BLOCK;
        let still = (tweak.len() + zeros) / BLOCK;
        let (whole, rest) = tweak.as_chunks::<BLOCK>();
        for block in whole.iter().take(still) {
            mac.chain = mac.encrypt(mac.chain ^ u128::from_be_bytes(*block));
        }
        let mut last = [0; BLOCK];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let mut head = u128::from_be_bytes(last);
        // with the zeros, the tweak's rest may fill a block of its own
        for _ in whole.len()..still {
            mac.chain = mac.encrypt(mac.chain ^ head);
            head = 0;
        }
        mac.head = head;
        mac
    }

    /// R for a half of at most 12 bytes, which has a single block left.
    pub(crate) fn round_of_word(&self, round: u8, half: u128) -> u128 {
        let tail = (u128::from(round) << (8 * self.width)) | half;
        self.encrypt(self.chain ^ self.head ^ tail)
    }

    /// S for a half of any length, given as its `b` bytes: `d` bytes, the most significant first.
    pub(crate) fn round_of_bytes(&self, round: u8, half: &[u8]) -> Zeroizing<Vec<u8>> {
        let tail = half.len() + 1;
        let mut blocks = Zeroizing::new(vec![0; tail.div_ceil(BLOCK) * BLOCK - tail]);
        blocks.push(round);
        blocks.extend_from_slice(half);
        let mut chain = self.chain;
        let mut head = self.head;
        for block in blocks.as_chunks::<BLOCK>().0 {
            chain = self.encrypt(chain ^ head ^ u128::from_be_bytes(*block));
            head = 0;
        }
        let wanted = number_width(self.width);
        let mut number = Zeroizing::new(Vec::with_capacity(wanted + BLOCK));
        number.extend_from_slice(&chain.to_be_bytes());
        for index in 1..wanted.div_ceil(BLOCK) {
            let next = self.encrypt(chain ^ index as u128);
            number.extend_from_slice(&next.to_be_bytes());
        }
        number.truncate(wanted);
        number
    }

    fn encrypt(&self, block: u128) -> u128 {
        let mut block = block.to_be_bytes().into();
        self.cipher.encrypt_block(&mut block);
        u128::from_be_bytes(block.into())
    }
}

/// `d` of the standard: bytes of a round's number for halves of `width` bytes.
pub(crate) fn number_width(width: usize) -> usize {
    4 * width.div_ceil(4) + 4
}

/// P: version, method, addition, radix, rounds, the shorter half's length modulo 256, the text's and
/// the tweak's length.
fn parameters(radix: u32, length: usize, tweak: usize) -> u128 {
    let mut block = 0x0001_0201_u128;
    block = block << 24 | u128::from(radix);
    block = block << 8 | u128::from(ROUNDS);
    block = block << 8 | (length / 2 % 256) as u128;
    block = block << 32 | length as u128;
    block << 32 | tweak as u128
}
