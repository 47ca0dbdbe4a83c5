//! Tokens that KMS opens by themselves: `rsa`, the original AWS pattern; and what is no token,
//! which costs the same (sections 5 and 7).

use crate::edge::{self, EdgeKey};
use crate::ring::Ring;
use record::{Buffers, Encoding, HeadKind, OriginalToken, Sealed, Token, ValueType};

/// What to ask KMS about one token.
pub(crate) enum Ask {
    /// Ask these keys in turn; the first that answers has the value.
    Value {
        /// The ciphertext.
        sealed: Vec<u8>,
        /// The keys.
        keys: Vec<Attempt>,
    },
    /// The token cannot open. Ask this key to decrypt junk, so that finding out has cost what a
    /// denial costs.
    Decoy {
        /// The KMS key.
        kms_key: Box<str>,
    },
}

/// One key to try, and what the value is if it opens.
pub(crate) struct Attempt {
    pub(crate) kms_key: Box<str>,
    pub(crate) class: Box<str>,
    pub(crate) value_type: ValueType,
}

/// Settles what to ask about a text, and the framing that it is whole in.
pub(crate) fn ask(ring: &Ring, edge_keys: &[EdgeKey], framing: Option<usize>, text: &[u8]) -> Ask {
    let found = framing.and_then(|index| {
        let framing = ring.framings().get(index)?;
        match framing.encoding() {
            Encoding::Original => {
                let token = OriginalToken::from_text(framing, text).ok()?;
                Some(ask_original(ring, index, token.sealed))
            }
            Encoding::Veilgate => {
                let mut buffers = Buffers::default();
                let token = Token::from_text(framing, text, &mut buffers).ok()?;
                Some(ask_rsa(ring, edge_keys, &token))
            }
        }
    });
    found.unwrap_or_else(|| Ask::Decoy {
        kms_key: ring.decoy().into(),
    })
}

fn ask_original(ring: &Ring, framing: usize, sealed: Vec<u8>) -> Ask {
    let keys = ring.originals(framing).map(|(name, kms_key)| Attempt {
        kms_key: kms_key.into(),
        class: name.into(),
        value_type: ValueType::Text,
    });
    Ask::Value {
        sealed,
        keys: keys.collect(),
    }
}

fn ask_rsa(ring: &Ring, edge_keys: &[EdgeKey], token: &Token<'_>) -> Ask {
    let kms_key = ring.kms_key(token.head.key_name, token.head.key_version);
    let tagged = edge::tags_rsa(edge_keys, token.head.bytes, &token.body);
    match (token.head.kind, token.body.sealed, kms_key) {
        (HeadKind::Rsa, Sealed::Rsa(sealed), Some(kms_key)) if tagged => {
            let class = token.body.class.into();
            let value_type = token.body.value_type;
            let attempt = Attempt {
                kms_key: kms_key.into(),
                class,
                value_type,
            };
            Ask::Value {
                sealed: sealed.to_vec(),
                keys: vec![attempt],
            }
        }
        (_, _, kms_key) => Ask::Decoy {
            kms_key: kms_key.unwrap_or(ring.decoy()).into(),
        },
    }
}
