//! Tokens at random, for a vault. `random` fills a buffer from a generator fit for keys.

use crate::{Alphabet, Misfit, Shape};

impl Shape {
    /// Whether a token can be drawn for `value`.
    ///
    /// # Errors
    /// The client's fault: the value does not fit the shape.
    pub fn check(&self, value: &str) -> Result<(), Misfit> {
        let (value_form, _) = self.forms();
        let mut numerals = self.read(value, value_form.sum)?;
        numerals.fill(0);
        // so that the compiler does not take the writing for useless
        std::hint::black_box(&mut numerals);
        Ok(())
    }

    /// A token for `value`: uniform among all of this shape with the value's kept characters, those
    /// outside the alphabet included. `value` itself may come out, with the odds of every other.
    ///
    /// # Errors
    /// The client's fault: the value does not fit the shape.
    pub fn draw(&self, value: &str, random: impl FnMut(&mut [u8])) -> Result<String, Misfit> {
        let (value_form, token_form) = self.forms();
        let mut numerals = self.read(value, value_form.sum)?;
        let range = token_form.range(numerals.len());
        let mut source = Source::new(random);
        for numeral in numerals.get_mut(range).unwrap_or_default() {
            *numeral = source.below(self.alphabet().radix());
        }
        self.token(value, &mut numerals)
    }
}

/// `prefix` and `count` characters of `alphabet`, each uniform.
pub fn draw_prefixed(
    prefix: &str,
    alphabet: &Alphabet,
    count: usize,
    random: impl FnMut(&mut [u8]),
) -> String {
    let mut source = Source::new(random);
    let drawn = (0..count).filter_map(|_| alphabet.character(source.below(alphabet.radix())));
    prefix.chars().chain(drawn).collect()
}

/// A UUID of version 4 (RFC 9562, section 5.4), in small letters.
pub fn draw_uuid(mut random: impl FnMut(&mut [u8])) -> String {
    let mut bytes = [0; 16];
    random(&mut bytes);
    let drawn = u128::from_be_bytes(bytes);
    let version = 0xf << 76;
    let variant = 0x3 << 62;
    let uuid = drawn & !version & !variant | 0x4 << 76 | 0x2 << 62;
    let field = |shift: u32, bits: u32| (uuid >> shift) & ((1 << bits) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        field(96, 32),
        field(80, 16),
        field(64, 16),
        field(48, 16),
        field(0, 48)
    )
}

/// Uniform numerals from random bytes, by rejection.
struct Source<R> {
    random: R,
    buffer: [u8; 32],
    used: usize,
}

impl<R: FnMut(&mut [u8])> Source<R> {
    fn new(random: R) -> Self {
        let buffer = [0; 32];
        let used = buffer.len();
        Self {
            random,
            buffer,
            used,
        }
    }

    /// Uniform below `radix`, which is 2 to 65,536: draws at or above its highest multiple are made
    /// again.
    fn below(&mut self, radix: u32) -> u16 {
        let is_byte = radix <= 256;
        let span: u32 = if is_byte { 256 } else { 65_536 };
        let limit = span - span % radix;
        loop {
            let high = if is_byte { 0 } else { u32::from(self.byte()) };
            let drawn = high << 8 | u32::from(self.byte());
            if drawn < limit {
                return (drawn % radix) as u16;
            }
        }
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.buffer.len() {
            (self.random)(&mut self.buffer);
            self.used = 0;
        }
        let byte = self.buffer.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}
