//! Classes whose tokens do not describe themselves (section 9).

use policies::{Class, KeyRing, Kind};
use shape::Shape;
use std::sync::Arc;

/// A policy's class of kind `fpe`: what its tokens are opened with. It holds no key.
#[derive(Debug, Clone)]
pub struct RevealClass {
    name: Arc<str>,
    key: Box<str>,
    version: u16,
    shape: Arc<Shape>,
}

impl RevealClass {
    /// What `class` needs, its key's version settled: the one that the class is fixed to, or the
    /// newest of `ring`. `None` for other kinds than `fpe`, and where the ring has not the key.
    pub fn new(class: &Class, ring: &KeyRing) -> Option<Self> {
        let Kind::Fpe { key, shape } = &class.kind else {
            return None;
        };
        let known = ring.key(key.name.as_str())?;
        let version = key.version.unwrap_or_else(|| known.newest().version);
        known.version(version)?;
        Some(Self {
            name: class.name.as_str().into(),
            key: key.name.as_str().into(),
            version,
            shape: Arc::clone(shape),
        })
    }

    /// Its name in the policy.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn key(&self) -> (&str, u16) {
        (&self.key, self.version)
    }

    pub(crate) fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }
}
