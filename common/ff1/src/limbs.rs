//! The path for halves of any length, on numbers of 32-bit limbs.
//!
//! The round's number is needed modulo a power of the radix only: those are its lowest numerals,
//! which are then added to a half's numerals, or taken from them, with a carry.

use crate::{Direction, Ff1, Half};
use zeroize::{Zeroize, Zeroizing};

/// Encrypts or decrypts in place.
pub(crate) fn run(ff1: &Ff1, direction: Direction, tweak: &[u8], numerals: &mut [u16]) {
    let radix = Radix::new(ff1);
    let length = numerals.len();
    let (left, right) = numerals.split_at_mut(length / 2);
    let width = radix.width(right.len());
    let mac = ff1.mac(tweak, length, width);
    for (round, half) in direction.rounds() {
        let (changed, other) = match half {
            Half::Left => (&mut *left, &*right),
            Half::Right => (&mut *right, &*left),
        };
        let number = mac.round_of_bytes(round, &radix.number(other).bytes(width));
        let mut lowest = radix.lowest(Number::of_bytes(&number), changed.len());
        match direction {
            Direction::Encrypt => radix.add(changed, &lowest),
            Direction::Decrypt => radix.subtract(changed, &lowest),
        }
        lowest.zeroize();
    }
}

struct Radix {
    radix: u32,
    /// Numerals that a limb holds: so many are converted at a time.
    chunk: usize,
    /// The radix to that power.
    chunk_power: u64,
}

impl Radix {
    fn new(ff1: &Ff1) -> Self {
        let (chunk, power) = ff1.powers.chunk(32);
        Self {
            radix: ff1.radix,
            chunk,
            chunk_power: power as u64,
        }
    }

    /// Bytes that hold every number of `length` numerals.
    fn width(&self, length: usize) -> usize {
        let highest = (self.radix - 1) as u16;
        self.number(&vec![highest; length]).width()
    }

    fn number(&self, numerals: &[u16]) -> Number {
        let mut number = Number(Zeroizing::new(Vec::with_capacity(numerals.len())));
        for chunk in numerals.rchunks(self.chunk).rev() {
            let radix = u64::from(self.radix);
            let low = chunk
                .iter()
                .fold(0, |low, &each| low * radix + u64::from(each));
            number.multiply_add(self.chunk_power, low);
        }
        number
    }

    /// The lowest `length` numerals, the least significant first.
    fn lowest(&self, mut number: Number, length: usize) -> Vec<u16> {
        let mut lowest = Vec::with_capacity(length + self.chunk);
        while lowest.len() < length {
            let mut rest = number.divide(self.chunk_power);
            for _ in 0..self.chunk {
                lowest.push((rest % u64::from(self.radix)) as u16);
                rest /= u64::from(self.radix);
            }
        }
        lowest
    }

    /// Adds the numerals of `number`; what is carried out of the first is dropped.
    fn add(&self, numerals: &mut [u16], number: &[u16]) {
        let mut carry = 0;
        for (numeral, added) in numerals.iter_mut().rev().zip(number) {
            let sum = u32::from(*numeral) + u32::from(*added) + carry;
            carry = u32::from(sum >= self.radix);
            *numeral = (sum - carry * self.radix) as u16;
        }
    }

    /// Takes away the numerals of `number`, in the same way.
    fn subtract(&self, numerals: &mut [u16], number: &[u16]) {
        let mut borrow = 0;
        for (numeral, taken) in numerals.iter_mut().rev().zip(number) {
            let taken = u32::from(*taken) + borrow;
            borrow = u32::from(u32::from(*numeral) < taken);
            *numeral = (u32::from(*numeral) + borrow * self.radix - taken) as u16;
        }
    }
}

/// A number of any length: limbs, the least significant first.
struct Number(Zeroizing<Vec<u32>>);

impl Number {
    /// `bytes` come the most significant first, in whole limbs.
    fn of_bytes(bytes: &[u8]) -> Self {
        let (limbs, _) = bytes.as_chunks::<4>();
        let limbs = limbs.iter().rev().map(|limb| u32::from_be_bytes(*limb));
        Self(Zeroizing::new(limbs.collect()))
    }

    /// The most significant first, with zeros in front up to `width`.
    fn bytes(&self, width: usize) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(width + 4));
        bytes.extend(self.0.iter().flat_map(|limb| limb.to_le_bytes()));
        bytes.resize(width, 0);
        bytes.reverse();
        bytes
    }

    /// Bytes without zeros in front.
    fn width(&self) -> usize {
        let zeros = self.0.last().map_or(0, |limb| limb.leading_zeros() / 8);
        4 * self.0.len() - zeros as usize
    }

    /// Multiplies by a number of at most 2^32 and adds one below it.
    fn multiply_add(&mut self, factor: u64, added: u64) {
        let mut carry = added;
        for limb in self.0.iter_mut() {
            let product = u64::from(*limb) * factor + carry;
            *limb = product as u32;
            carry = product >> 32;
        }
        if carry != 0 {
            self.0.push(carry as u32);
        }
    }

    /// Divides by a number of at most 2^32 and gives the rest.
    fn divide(&mut self, divisor: u64) -> u64 {
        let mut rest = 0;
        for limb in self.0.iter_mut().rev() {
            let number = rest << 32 | u64::from(*limb);
            *limb = (number / divisor) as u32;
            rest = number % divisor;
        }
        rest
    }
}
