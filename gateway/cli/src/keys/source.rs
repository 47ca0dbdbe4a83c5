//! Which key ring a command is about, and what is known beside it.

use std::path::PathBuf;
use std::sync::Arc;

use policies::{KeyRing, Policy};
use proxy::config::{self, Sealing};

use super::read_ring;
use crate::AnyError;

/// One of the two.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Source {
    /// A gateway's configuration: its key ring, its signer's private key and its policies.
    #[arg(long)]
    config: Option<PathBuf>,
    /// A key ring.
    #[arg(long)]
    ring: Option<PathBuf>,
}

/// What was read.
pub(super) enum Known {
    /// Of a gateway that seals, with its policies.
    Gateway(Box<Sealing>, Vec<Arc<Policy>>),
    Ring(KeyRing),
}

impl Source {
    pub(super) fn read(&self) -> Result<Known, AnyError> {
        if let Some(file) = &self.config {
            let loaded = config::load(file)?;
            let name = file.display();
            let sealing = loaded.sealing.ok_or_else(|| {
                format!("no route of `{name}` has a policy, so that it needs no key")
            })?;
            return Ok(Known::Gateway(Box::new(sealing), loaded.policies));
        }
        let file = self.ring.clone().unwrap_or_default();
        let ring = read_ring(&file)?;
        let ring = ring.ok_or_else(|| format!("there is no file `{}`", file.display()))?;
        Ok(Known::Ring(ring))
    }
}

impl Known {
    pub(super) fn ring(&self) -> &KeyRing {
        match self {
            Self::Gateway(sealing, _) => &sealing.ring,
            Self::Ring(ring) => ring,
        }
    }
}
