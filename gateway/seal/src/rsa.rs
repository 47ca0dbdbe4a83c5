//! Kind `rsa`: the value itself under the class's public key (sections 5 and 7).

use crate::edge::EdgeKey;
use crate::error::SealError;
use crate::public_key::PublicKey;
use record::{Encoding, Malformed, ValueType, head, token};
use std::sync::Arc;

/// Makes the `rsa` tokens of one key.
pub(crate) struct RsaMaker {
    key: Arc<PublicKey>,
    form: Form,
}

enum Form {
    /// With class, tenant, type and edge tag.
    Veilgate {
        head: Vec<u8>,
        head_text: Vec<u8>,
        edge_key: Arc<EdgeKey>,
    },
    /// As the original AWS pattern has it: the ciphertext alone.
    Original,
}

impl RsaMaker {
    pub(crate) fn new(key: Arc<PublicKey>, edge_key: Arc<EdgeKey>) -> Result<Self, Malformed> {
        let form = match key.framing().encoding() {
            Encoding::Original => Form::Original,
            Encoding::Veilgate => {
                let head = head::build_rsa(key.id())?;
                let mut head_text = Vec::new();
                token::append_head(&mut head_text, key.framing(), &head);
                Form::Veilgate {
                    head,
                    head_text,
                    edge_key,
                }
            }
        };
        Ok(Self { key, form })
    }

    /// Longest value in bytes.
    pub(crate) fn limit(&self) -> usize {
        self.key.max_value_bytes()
    }

    /// Appends the token of `value` to `out`; `binding` is `class ‖ tenant`, `body` a buffer.
    pub(crate) fn seal(
        &self,
        binding: &[u8],
        value_type: ValueType,
        value: &[u8],
        body: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        body.clear();
        match &self.form {
            Form::Original => {
                self.key.encrypt(value, body)?;
                token::append_original(out, self.key.framing(), body);
            }
            Form::Veilgate {
                head,
                head_text,
                edge_key,
            } => {
                body.extend_from_slice(binding);
                body.push(value_type.code());
                self.key.encrypt(value, body)?;
                let tag = edge_key.rsa_tag(head, body);
                body.extend_from_slice(&tag);
                out.extend_from_slice(head_text);
                token::append_body(out, self.key.framing(), body);
            }
        }
        Ok(())
    }
}
