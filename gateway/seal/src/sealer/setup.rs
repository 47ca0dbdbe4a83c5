//! Joins a policy's classes with their keys, once, so that sealing finds nothing to refuse.

use super::{Maker, SealClass, Sealer};
use crate::edge::EdgeKey;
use crate::epoch::Provenance;
use crate::epoch::keeper::EpochKeeper;
use crate::error::SetupError;
use crate::material::{Clock, EpochLimits, Material};
use crate::public_key::PublicKey;
use crate::recognize::Recognizer;
use crate::rsa::RsaMaker;
use policies::{Class, Kind, Policy, TooLong};
use record::{Encoding, Framing, MAX_NAME_BYTES, body, payload};
use std::sync::Arc;

pub(super) fn join(
    policy: &Policy,
    material: Material,
    clock: &Arc<dyn Clock>,
) -> Result<Sealer, SetupError> {
    let edge_keys: Vec<Arc<EdgeKey>> = material.edge_keys.into_iter().map(Arc::new).collect();
    let edge_key = Arc::clone(edge_keys.first().ok_or(SetupError::NoEdgeKey)?);
    check_name("signer", &material.signer_id.name)?;
    let keys: Vec<Arc<PublicKey>> = material.keys.into_iter().map(Arc::new).collect();
    for key in &keys {
        check_name("key", &key.id().name)?;
    }
    let framings = framings(&keys);
    let mut join = Join {
        keys,
        keepers: Vec::new(),
        provenance: Arc::new(Provenance {
            signer: material.signer,
            signer_id: material.signer_id,
            edge_key,
        }),
        epochs: material.epochs,
        clock: Arc::clone(clock),
        classes: policy.classes().len(),
    };
    let classes = policy
        .classes()
        .iter()
        .map(|class| join.class(policy, class));
    let classes = classes.collect::<Result<Vec<_>, _>>()?;
    let bindings = classes.iter().map(|class| {
        body::build_binding(&class.name, "").map_err(|_| SetupError::Name {
            what: "class",
            name: class.name.clone(),
        })
    });
    Ok(Sealer {
        bindings: bindings.collect::<Result<_, _>>()?,
        classes,
        keepers: join.keepers,
        recognizer: Recognizer::new(framings, edge_keys),
    })
}

/// The distinct framings whose tokens have edge tags.
fn framings(keys: &[Arc<PublicKey>]) -> Vec<Framing> {
    let mut framings = Vec::new();
    for key in keys {
        let framing = key.framing();
        if framing.encoding() == Encoding::Veilgate && !framings.contains(framing) {
            framings.push(framing.clone());
        }
    }
    framings
}

struct Join {
    keys: Vec<Arc<PublicKey>>,
    keepers: Vec<EpochKeeper>,
    provenance: Arc<Provenance>,
    epochs: EpochLimits,
    clock: Arc<dyn Clock>,
    classes: usize,
}

impl Join {
    fn class(&mut self, policy: &Policy, class: &Class) -> Result<SealClass, SetupError> {
        let name = class.name.as_str();
        check_name("class", name)?;
        let key = self.newest(class)?;
        let maker = match class.kind {
            Kind::Rsa => Maker::Rsa(
                RsaMaker::new(Arc::clone(&key), Arc::clone(&self.provenance.edge_key)).map_err(
                    |_| SetupError::Name {
                        what: "key",
                        name: key.id().name.clone(),
                    },
                )?,
            ),
            Kind::Envelope => Maker::Envelope(self.keeper(name, &key)?),
        };
        let too_long = match class.too_long {
            TooLong::Reject => None,
            TooLong::Use(other) => Some(other),
        };
        if let Some(other) = too_long.map(|other| policy.class(other))
            && other.kind != Kind::Envelope
        {
            return Err(SetupError::TooLongClass {
                class: name.into(),
                other: other.name.as_str().into(),
            });
        }
        Ok(SealClass {
            name: name.into(),
            maker,
            too_long: too_long.map(|other| other.index()),
        })
    }

    /// The newest version of the class's key.
    fn newest(&self, class: &Class) -> Result<Arc<PublicKey>, SetupError> {
        let versions = self
            .keys
            .iter()
            .filter(|key| *key.id().name == *class.key.as_str());
        versions
            .max_by_key(|key| key.id().version)
            .cloned()
            .ok_or_else(|| SetupError::NoKey {
                class: class.name.as_str().into(),
                key: class.key.as_str().into(),
            })
    }

    /// The keeper of the key's epochs, which all its classes share.
    fn keeper(&mut self, class: &str, key: &Arc<PublicKey>) -> Result<usize, SetupError> {
        if key.framing().encoding() == Encoding::Original {
            return Err(SetupError::EnvelopeOriginal {
                class: class.into(),
                key: key.id().name.clone(),
            });
        }
        let length = self.provenance.signer_id.name.len();
        let limit = key.max_value_bytes().saturating_sub(payload::length(0));
        if length > limit {
            return Err(SetupError::SignerName {
                length,
                limit,
                key: key.id().name.clone(),
            });
        }
        if let Some(place) = self
            .keepers
            .iter()
            .position(|keeper| keeper.key().id() == key.id())
        {
            return Ok(place);
        }
        self.keepers.push(EpochKeeper::new(
            Arc::clone(key),
            Arc::clone(&self.provenance),
            self.epochs,
            Arc::clone(&self.clock),
            self.classes,
        ));
        Ok(self.keepers.len() - 1)
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), SetupError> {
    if (1..=MAX_NAME_BYTES).contains(&name.len()) {
        Ok(())
    } else {
        Err(SetupError::Name {
            what,
            name: name.into(),
        })
    }
}
