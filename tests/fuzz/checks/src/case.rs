//! A fuzzed input, taken apart.

/// Inputs up to this long are also scanned byte by byte.
const BYTE_BY_BYTE: usize = 256;

/// What the first bytes of a fuzzed input choose, and the rest.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Chooses a policy.
    pub variant: usize,
    seed: u16,
    /// What is scanned.
    pub input: &'a [u8],
}

impl<'a> Case<'a> {
    /// `None` for an input that is too short to choose anything.
    #[must_use]
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let (&[variant, low, high], input) = data.split_first_chunk()?;
        Some(Self {
            variant: usize::from(variant),
            seed: u16::from_le_bytes([low, high]),
            input,
        })
    }

    /// The choice among as many.
    #[must_use]
    pub fn choose<'c, T>(&self, choices: &'c [T]) -> &'c T {
        &choices[self.variant % choices.len()]
    }

    /// Cuttings of the input: in two, into many pieces of differing lengths with empty ones among
    /// them, and, when it is short, into single bytes.
    #[must_use]
    pub fn cuttings(&self) -> Vec<Vec<&'a [u8]>> {
        let (left, right) = self
            .input
            .split_at(usize::from(self.seed) % (self.input.len() + 1));
        let mut cuttings = vec![vec![left, right], self.pieces()];
        if self.input.len() <= BYTE_BY_BYTE {
            cuttings.push(self.input.chunks(1).collect());
        }
        cuttings
    }

    fn pieces(&self) -> Vec<&'a [u8]> {
        let (mut pieces, mut rest) = (Vec::new(), self.input);
        let mut random = u32::from(self.seed) | 0x1_0000;
        while !rest.is_empty() {
            // a linear congruential generator (Numerical Recipes): any spread of lengths will do
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (kind, length) = (random >> 30, random as usize >> 16);
            let length = match kind {
                0 => length % 3,
                1 => length % 17,
                2 => length % 129,
                _ => length % 1025,
            };
            let (piece, after) = rest.split_at(length.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }
}
