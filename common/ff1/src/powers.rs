//! The powers of a radix that machine integers hold.

/// Widest half that the path on machine integers takes: with 12 bytes, one AES block is enough for
/// the round's number (d ≤ 16 in SP 800-38G, algorithm 7), and sums stay below 2^128.
pub(crate) const WIDEST: u32 = 96;

/// `radix` to the power of 0, 1, 2 and so on, up to 2^[`WIDEST`].
pub(crate) struct Powers(Vec<Power>);

/// A power of the radix, as a modulus.
#[derive(Clone, Copy)]
pub(crate) struct Power {
    pub(crate) value: u128,
    /// ⌊(2^64 − 1) / value⌋; 0 for values of 2^63 and more.
    reciprocal: u64,
}

impl Powers {
    pub(crate) fn new(radix: u32) -> Self {
        let next = |value: &u128| value.checked_mul(u128::from(radix));
        let values = std::iter::successors(Some(1_u128), next);
        let values = values.take_while(|&value| value <= 1 << WIDEST);
        Self(values.map(Power::new).collect())
    }

    pub(crate) fn get(&self, exponent: usize) -> Option<Power> {
        self.0.get(exponent).copied()
    }

    /// The exponent of the highest power that is at most 2^`bits`, and that power.
    pub(crate) fn chunk(&self, bits: u32) -> (usize, u128) {
        let fits = |power: &&Power| power.value <= 1 << bits;
        let count = self.0.iter().take_while(fits).count();
        let exponent = count.saturating_sub(1);
        (exponent, self.get(exponent).map_or(1, |power| power.value))
    }
}

impl Power {
    fn new(value: u128) -> Self {
        let small = u64::try_from(value).ok().filter(|&small| small < 1 << 63);
        let reciprocal = small.map_or(0, |small| u64::MAX / small);
        Self { value, reciprocal }
    }

    /// Bytes that hold every number below this power.
    pub(crate) fn width(self) -> usize {
        let bits = u128::BITS - (self.value - 1).leading_zeros();
        bits.div_ceil(8) as usize
    }

    /// `number` modulo this power.
    pub(crate) fn reduce(self, number: u128) -> u128 {
        match u64::try_from(number) {
            Ok(small) if self.reciprocal != 0 => u128::from(self.reduce_small(small)),
            _ => number % self.value,
        }
    }

    /// Barrett's reduction: the quotient taken from the reciprocal is right or one too low, since
    /// `number` · `reciprocal` / 2^64 is above `number` / `value` − 1.
    fn reduce_small(self, number: u64) -> u64 {
        let value = self.value as u64;
        let quotient = ((u128::from(number) * u128::from(self.reciprocal)) >> 64) as u64;
        let rest = number - quotient * value;
        if rest >= value { rest - value } else { rest }
    }
}
