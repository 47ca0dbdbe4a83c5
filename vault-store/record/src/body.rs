//! The body of a token: the sealed value, and what it is bound to (section 3).

use crate::reader::{Malformed, Reader, push_text};
use crate::types::{Format, ValueType};
use crate::views::SealedViews;
use crate::{EDGE_TAG_BYTES, GCM_TAG_BYTES, NONCE_BYTES, is_rsa_length};

/// A parsed body; borrows the decoded bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body<'a> {
    /// The class that the token was made for; not empty.
    pub class: &'a str,
    /// The tenant that it was made for; empty without tenants.
    pub tenant: &'a str,
    /// What the value was.
    pub value_type: ValueType,
    /// The value.
    pub sealed: Sealed<'a>,
    /// The body's bytes up to the edge tag, which the tag is computed over.
    pub tagged: &'a [u8],
    /// Tells what a gateway made (section 6). In a `siv` token the cipher's own tag has its place and
    /// its part (section 8).
    pub edge_tag: &'a [u8; EDGE_TAG_BYTES],
}

/// The sealed value, by format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed<'a> {
    /// RSAES-OAEP-SHA-256 of the value: 256, 384 or 512 bytes.
    Rsa(&'a [u8]),
    /// AES-256-GCM.
    Envelope {
        /// The nonce.
        nonce: &'a [u8; NONCE_BYTES],
        /// Ciphertext ‖ 16-byte tag.
        ciphertext: &'a [u8],
    },
    /// AES-256-SIV, without its tag: as long as the value.
    Siv(&'a [u8]),
    /// AES-256-GCM, and views in front.
    Views {
        /// The nonce of the value and of every view: each has a key of its own.
        nonce: &'a [u8; NONCE_BYTES],
        /// The views.
        views: SealedViews<'a>,
        /// The value's ciphertext ‖ 16-byte tag.
        ciphertext: &'a [u8],
    },
}

impl<'a> Body<'a> {
    /// What the value is bound to: class, tenant and type, as they are spelled (section 4, step 5). Always `Some` for a parsed body.
    pub fn binding(&self) -> Option<&'a [u8]> {
        self.tagged.get(..self.class.len() + self.tenant.len() + 3)
    }

    /// Reads a whole body of a token whose head says `format`.
    pub fn parse(format: Format, bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (tagged, edge_tag) = bytes
            .split_last_chunk::<EDGE_TAG_BYTES>()
            .ok_or(Malformed("edge tag"))?;
        let mut reader = Reader::new(tagged);
        let class = reader.name("class")?;
        let tenant = reader.text("tenant")?;
        let value_type = ValueType::try_from(reader.u8("type")?).map_err(|_| Malformed("type"))?;
        let sealed = match format {
            Format::Rsa => {
                let sealed = reader.take(reader.remaining(), "sealed")?;
                if !is_rsa_length(sealed.len()) {
                    return Err(Malformed("sealed length"));
                }
                Sealed::Rsa(sealed)
            }
            Format::Siv => Sealed::Siv(reader.take(reader.remaining(), "sealed")?),
            Format::Envelope | Format::Stored => {
                let nonce = reader.array("nonce")?;
                let ciphertext = ciphertext(&mut reader)?;
                Sealed::Envelope { nonce, ciphertext }
            }
            Format::Views => Sealed::Views {
                nonce: reader.array("nonce")?,
                views: SealedViews::parse(&mut reader)?,
                ciphertext: ciphertext(&mut reader)?,
            },
        };
        Ok(Self {
            class,
            tenant,
            value_type,
            sealed,
            tagged,
            edge_tag,
        })
    }
}

/// The rest of what is tagged: AES-GCM ciphertext and tag.
fn ciphertext<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let ciphertext = reader.take(reader.remaining(), "sealed")?;
    if ciphertext.len() < GCM_TAG_BYTES {
        return Err(Malformed("sealed length"));
    }
    Ok(ciphertext)
}

/// The beginning of every body of one class and tenant: `class ‖ tenant`, each with its length.
///
/// An envelope's value key is derived from these bytes and the type's (section 4, step 5).
pub fn build_binding(class: &str, tenant: &str) -> Result<Vec<u8>, Malformed> {
    if class.is_empty() {
        return Err(Malformed("class"));
    }
    let mut binding = Vec::with_capacity(class.len() + tenant.len() + 2);
    push_text(&mut binding, class, "class")?;
    push_text(&mut binding, tenant, "tenant")?;
    Ok(binding)
}
