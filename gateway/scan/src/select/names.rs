//! The member names that a policy's selectors mention, found quickly by their bytes.

use crate::json::load;
use std::collections::HashMap;

/// A name's number.
pub(crate) type NameId = u32;

/// Names, numbered. Lookup hashes the length and the first and last bytes only: the set is fixed
/// by the policy, so no sender can make names collide more than the policy's own do.
#[derive(Debug, Default)]
pub(crate) struct Names {
    texts: Vec<Box<[u8]>>,
    ids: HashMap<Box<[u8]>, NameId>,
    /// Open addressing, a power of two, at most half full; `u32::MAX` is free.
    slots: Vec<u32>,
}

impl Names {
    /// The number of `name`, a new one when it is new.
    pub(crate) fn intern(&mut self, name: &str) -> NameId {
        if let Some(&id) = self.ids.get(name.as_bytes()) {
            return id;
        }
        let id = NameId::try_from(self.texts.len()).unwrap_or(NameId::MAX);
        self.texts.push(name.as_bytes().into());
        self.ids.insert(name.as_bytes().into(), id);
        id
    }

    /// Builds the table that [`Names::find`] reads; after the last `intern`.
    pub(crate) fn freeze(&mut self) {
        let size = (self.texts.len() * 2).next_power_of_two().max(4);
        self.slots = vec![u32::MAX; size];
        for (id, text) in (0..).zip(&self.texts) {
            let mut slot = hash(text);
            while let Some(place) = self.slots.get_mut(slot & (size - 1)) {
                if *place == u32::MAX {
                    *place = id;
                    break;
                }
                slot += 1;
            }
        }
    }

    /// The number of the name that is exactly `key`.
    #[inline]
    pub(crate) fn find(&self, key: &[u8]) -> Option<NameId> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = hash(key);
        loop {
            let id = *self.slots.get(slot & mask)?;
            let text = self.texts.get(id as usize)?;
            if **text == *key {
                return Some(id);
            }
            slot = slot.wrapping_add(1);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn text(&self, id: NameId) -> &[u8] {
        self.texts.get(id as usize).map_or(&[], |text| text)
    }
}

#[inline]
fn hash(key: &[u8]) -> usize {
    let word = match (load(key, 0), load(key, key.len().wrapping_sub(8))) {
        (Some(first), Some(last)) => first ^ last.rotate_left(23),
        _ => key
            .iter()
            .fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    let mixed = (word ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 40) as usize
}
