//! Is this value a token already? Only what authenticates is left alone; all else is a value.

use crate::edge::{EdgeKey, EnvelopeTagger};
use crate::local::SivOpener;
use record::{Body, Framing, Head, HeadKind, Sealed, TokenText, token};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Recognizes tokens by their edge tag (section 6), under any of the edge keys; those of kind `siv`
/// by their own tag (section 8).
pub(crate) struct Recognizer {
    framings: Vec<Framing>,
    edge_keys: Vec<Arc<EdgeKey>>,
    siv: SivOpener,
}

/// Buffers of one batch's recognition, and what was last worked out: the tokens of a chunk mostly
/// share one head.
#[derive(Default)]
pub(crate) struct Scratch {
    head_text: Vec<u8>,
    taggers: Vec<EnvelopeTagger>,
    head: Zeroizing<Vec<u8>>,
    body: Zeroizing<Vec<u8>>,
}

impl Recognizer {
    /// `framings` are those whose tokens can be told; `siv` has the keys of those without edge tag.
    pub(crate) fn new(
        framings: Vec<Framing>,
        edge_keys: Vec<Arc<EdgeKey>>,
        siv: SivOpener,
    ) -> Self {
        Self {
            framings,
            edge_keys,
            siv,
        }
    }

    /// Whether `value` is a token that a gateway made for `tenant` and one of `classes`. The key
    /// and its version do not matter: a token outlives the key that its class uses now.
    pub(crate) fn recognizes(
        &self,
        value: &[u8],
        classes: [Option<&str>; 2],
        tenant: &str,
        scratch: &mut Scratch,
    ) -> bool {
        self.framings
            .iter()
            .filter_map(|framing| TokenText::split(framing, value))
            .any(|text| {
                self.authenticates(text, classes, tenant, scratch)
                    .unwrap_or(false)
            })
    }

    fn authenticates(
        &self,
        text: TokenText<'_>,
        classes: [Option<&str>; 2],
        tenant: &str,
        scratch: &mut Scratch,
    ) -> Option<bool> {
        token::decode(text.head, &mut scratch.head).ok()?;
        let head = Head::parse(&scratch.head).ok()?;
        token::decode(text.body, &mut scratch.body).ok()?;
        let body = Body::parse(head.format(), &scratch.body).ok()?;
        if !classes.contains(&Some(body.class)) || body.tenant != tenant {
            return None;
        }
        Some(match (head.kind, body.sealed) {
            (HeadKind::Rsa, _) => self
                .edge_keys
                .iter()
                .any(|key| key.is_rsa_tag(head.bytes, body.tagged, body.edge_tag)),
            (HeadKind::Envelope(_) | HeadKind::Stored(_), Sealed::Envelope { .. })
            | (HeadKind::Views(_), Sealed::Views { .. }) => {
                if scratch.head_text != text.head {
                    scratch.taggers = self.taggers(head.bytes);
                    scratch.head_text.clear();
                    scratch.head_text.extend_from_slice(text.head);
                }
                scratch
                    .taggers
                    .iter()
                    .any(|key| key.is_tag(body.tagged, body.edge_tag))
            }
            (HeadKind::Siv, _) => self.siv.authenticates(&head.key_id(), head.bytes, &body),
            (HeadKind::Envelope(_) | HeadKind::Stored(_) | HeadKind::Views(_), _) => false,
        })
    }

    fn taggers(&self, head: &[u8]) -> Vec<EnvelopeTagger> {
        self.edge_keys
            .iter()
            .map(|key| key.envelope_tagger(head))
            .collect()
    }
}
