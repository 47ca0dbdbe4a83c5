//! The path on machine integers, for halves below 2^96.

use crate::powers::{Power, Powers};
use crate::{Direction, Ff1, Half, mac};

/// Whether a text of `length` numerals takes this path.
pub(crate) fn fits(powers: &Powers, length: usize) -> bool {
    powers.get(length.div_ceil(2)).is_some()
}

/// Encrypts or decrypts in place. A text that does not [`fit`](fits) stays as it is.
pub(crate) fn run(ff1: &Ff1, direction: Direction, tweak: &[u8], numerals: &mut [u16]) {
    let length = numerals.len();
    let (left, right) = numerals.split_at_mut(length / 2);
    let (Some(left_power), Some(right_power)) =
        (ff1.powers.get(left.len()), ff1.powers.get(right.len()))
    else {
        return;
    };
    let width = right_power.width();
    let mac = ff1.mac(tweak, length, width);
    let unused = 8 * (mac::BLOCK - mac::number_width(width));
    let digits = Digits::new(ff1);
    let (mut a, mut b) = (digits.read(left), digits.read(right));
    for (round, half) in direction.rounds() {
        let (changed, other, power) = match half {
            Half::Left => (&mut a, b, left_power),
            Half::Right => (&mut b, a, right_power),
        };
        let number = power.reduce(mac.round_of_word(round, other) >> unused);
        *changed = match direction {
            Direction::Encrypt => add(*changed, number, power),
            Direction::Decrypt => subtract(*changed, number, power),
        };
    }
    digits.write(a, left);
    digits.write(b, right);
}

/// The sum of two numbers below `modulus`, modulo it.
fn add(one: u128, other: u128, modulus: Power) -> u128 {
    let sum = one + other;
    if sum >= modulus.value {
        sum - modulus.value
    } else {
        sum
    }
}

/// The difference of two numbers below `modulus`, modulo it.
fn subtract(one: u128, other: u128, modulus: Power) -> u128 {
    let raised = if one < other { modulus.value } else { 0 };
    one + raised - other
}

/// Numerals to numbers and back, 64 bits at a time.
struct Digits {
    radix: u32,
    /// Numerals that 64 bits hold.
    chunk: usize,
    /// The radix to that power.
    chunk_power: u128,
}

impl Digits {
    fn new(ff1: &Ff1) -> Self {
        let (chunk, chunk_power) = ff1.powers.chunk(64);
        let radix = ff1.radix;
        Self {
            radix,
            chunk,
            chunk_power,
        }
    }

    fn read(&self, numerals: &[u16]) -> u128 {
        let chunks = numerals.rchunks(self.chunk).rev();
        chunks.fold(0, |number, chunk| {
            let radix = u64::from(self.radix);
            let low = chunk
                .iter()
                .fold(0, |low, &each| low * radix + u64::from(each));
            number * self.chunk_power + u128::from(low)
        })
    }

    fn write(&self, number: u128, numerals: &mut [u16]) {
        // one chunk in nearly all cases, which spares a division of 128 bits
        if numerals.len() <= self.chunk {
            return self.write_word(number as u64, numerals);
        }
        let mut rest = number;
        for chunk in numerals.rchunks_mut(self.chunk) {
            self.write_word((rest % self.chunk_power) as u64, chunk);
            rest /= self.chunk_power;
        }
    }

    /// Common radices are constants, so that their divisions compile to multiplications.
    fn write_word(&self, number: u64, numerals: &mut [u16]) {
        match self.radix {
            10 => write_in(10, number, numerals),
            16 => write_in(16, number, numerals),
            26 => write_in(26, number, numerals),
            36 => write_in(36, number, numerals),
            52 => write_in(52, number, numerals),
            62 => write_in(62, number, numerals),
            radix => write_in(radix.into(), number, numerals),
        }
    }
}

#[inline(always)]
fn write_in(radix: u64, mut number: u64, numerals: &mut [u16]) {
    for numeral in numerals.iter_mut().rev() {
        *numeral = (number % radix) as u16;
        number /= radix;
    }
}
