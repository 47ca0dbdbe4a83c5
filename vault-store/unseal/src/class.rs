//! Classes whose tokens do not describe themselves (sections 9 and 12).

use policies::{Class, KeyRing, Kind};
use shape::Shape;
use std::sync::Arc;

/// A policy's class of kind `fpe` or `vault`: what its tokens are opened with. It holds no key.
#[derive(Debug, Clone)]
pub struct RevealClass {
    name: Arc<str>,
    way: Way,
}

/// How its tokens are opened.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// With a symmetric key.
    Fpe {
        key: Box<str>,
        version: u16,
        shape: Arc<Shape>,
    },
    /// With what the vault keeps, sealed under this public key.
    Vault {
        key: Box<str>,
        /// The names of its views, each with the public key that it is sealed under.
        views: Box<[(Box<str>, Box<str>)]>,
    },
}

impl RevealClass {
    /// What `class` needs. For `fpe` its key's version is settled: the one that the class is fixed to,
    /// or the newest of `ring`. `None` for other kinds, and where the ring has not the key.
    pub fn new(class: &Class, ring: &KeyRing) -> Option<Self> {
        let way = match &class.kind {
            Kind::Fpe { key, shape } => {
                let known = ring.key(key.name.as_str())?;
                let version = key.version.unwrap_or_else(|| known.newest().version);
                known.version(version)?;
                Way::Fpe {
                    key: key.name.as_str().into(),
                    version,
                    shape: Arc::clone(shape),
                }
            }
            Kind::Vault(vault) => {
                ring.key(vault.key.as_str())?;
                let views = class.views.iter();
                let views = views.map(|view| (view.name.as_str().into(), view.key.as_str().into()));
                Way::Vault {
                    key: vault.key.as_str().into(),
                    views: views.collect(),
                }
            }
            _ => return None,
        };
        Some(Self {
            name: class.name.as_str().into(),
            way,
        })
    }

    /// Its name in the policy.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn way(&self) -> &Way {
        &self.way
    }
}
