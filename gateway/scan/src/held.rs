//! Bytes that wait for the rest of their value. They may be sensitive: erased when done with.

use zeroize::{Zeroize, Zeroizing};

/// A buffer that leaves no copy behind, neither when it grows nor when it is cleared.
#[derive(Default)]
pub(crate) struct HeldBytes {
    bytes: Zeroizing<Vec<u8>>,
}

impl HeldBytes {
    pub(crate) fn extend(&mut self, more: &[u8]) {
        let length = self.bytes.len() + more.len();
        if length > self.bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.next_power_of_two()));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(more);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// Erases the first `length` bytes.
    pub(crate) fn drop_front(&mut self, length: usize) {
        let length = length.min(self.bytes.len());
        let kept = self.bytes.len() - length;
        self.bytes.copy_within(length.., 0);
        if let Some(rest) = self.bytes.get_mut(kept..) {
            rest.zeroize();
        }
        self.bytes.truncate(kept);
    }

    /// Erases all: as many bytes as are held. Spare room never keeps any, and may be much larger;
    /// scanners clear after every value.
    pub(crate) fn clear(&mut self) {
        self.bytes.as_mut_slice().zeroize();
        self.bytes.clear();
    }
}
