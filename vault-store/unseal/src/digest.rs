//! Digests under which things are remembered, so that no cache holds a token in clear.

use aws_lc_rs::digest::{Context, SHA256};

/// SHA-256 of a label and some bytes.
pub(crate) type Digest = [u8; 32];

/// The digest of `bytes` for the purpose that `label` names.
pub(crate) fn digest(label: &str, bytes: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(label.as_bytes());
    context.update(&[0]);
    context.update(bytes);
    let mut out = Digest::default();
    out.copy_from_slice(context.finish().as_ref());
    out
}
