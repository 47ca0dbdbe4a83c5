//! Whether bytes are UTF-8, as they stream by.

/// Checks UTF-8 (RFC 3629) over chunks.
#[derive(Debug, Default)]
pub struct Utf8Check {
    /// The beginning of a character that the last chunk ended in.
    begun: Vec<u8>,
}

impl Utf8Check {
    /// Checks some more.
    ///
    /// # Errors
    /// Where in the chunk the first character is that cannot be; below 0 when it began in an
    /// earlier chunk.
    pub fn push(&mut self, mut chunk: &[u8]) -> Result<(), i64> {
        let whole = chunk.len();
        while !self.begun.is_empty()
            && let Some((&byte, rest)) = chunk.split_first()
        {
            self.begun.push(byte);
            chunk = rest;
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => {
                    let read = whole - chunk.len();
                    return Err(read as i64 - self.begun.len() as i64);
                }
            }
        }
        let before = whole - chunk.len();
        match simdutf8::compat::from_utf8(chunk) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_none() => {
                let rest = chunk.get(error.valid_up_to()..).unwrap_or_default();
                self.begun.extend_from_slice(rest);
                Ok(())
            }
            Err(error) => Err((before + error.valid_up_to()) as i64),
        }
    }

    /// The beginning of a character that the last chunk ended in: at most three bytes.
    #[must_use]
    pub fn begun(&self) -> &[u8] {
        &self.begun
    }

    /// Whether the input may end here.
    ///
    /// # Errors
    /// How many bytes of a character it ends in.
    pub fn finish(&self) -> Result<(), usize> {
        match self.begun.len() {
            0 => Ok(()),
            begun => Err(begun),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_the_whole(bytes in prop::collection::vec(prop_oneof![0x20_u8..0x7F, 0x80_u8..=0xFF, Just(0xC3), Just(0xA9), Just(0xE2), Just(0x82), Just(0xAC), Just(0xF0), Just(0x9F)], 0..12), cut in 0_usize..12) {
            let (left, right) = bytes.split_at(cut.min(bytes.len()));
            let mut check = Utf8Check::default();
            let left_ok = check.push(left);
            let at = match left_ok {
                Err(at) => Err(at),
                Ok(()) => check.push(right).map_err(|at| at + left.len() as i64),
            };
            let at = at.and_then(|()| check.finish().map_err(|begun| (bytes.len() - begun) as i64));
            let expected = std::str::from_utf8(&bytes).map(|_| ()).map_err(|error| error.valid_up_to() as i64);
            prop_assert_eq!(at, expected);
        }
    }
}
