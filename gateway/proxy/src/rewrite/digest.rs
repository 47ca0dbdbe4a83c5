//! Digests of the client's body: `Content-Digest` and `Repr-Digest` (RFC 9530), `Digest`
//! (RFC 3230) and `Content-MD5` (RFC 1864).
//!
//! What the client says of its body is checked before the upstream has all of it. A body that was
//! rewritten is another body: the fields are dropped, or, where it is whole, one is made again.

use aws_lc_rs::digest::{Algorithm, Context, SHA256, SHA512, digest};
use http::{HeaderMap, HeaderName, HeaderValue};
use md5::{Digest, Md5};

use crate::error::GatewayError;

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
const DIGEST: HeaderName = HeaderName::from_static("digest");
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

const FIELDS: [(HeaderName, &str); 4] = [
    (CONTENT_DIGEST, "content-digest"),
    (REPR_DIGEST, "repr-digest"),
    (DIGEST, "digest"),
    (CONTENT_MD5, "content-md5"),
];

/// What the client said of its body, and what was computed of it so far.
#[derive(Debug, Default)]
pub(super) struct Digests(Vec<Expected>);

struct Expected {
    field: &'static str,
    value: Vec<u8>,
    computed: Computed,
}

enum Computed {
    Sha(Box<Context>),
    Md5(Box<Md5>),
}

impl std::fmt::Debug for Expected {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Expected")
            .field("field", &self.field)
            .finish_non_exhaustive()
    }
}

impl Digests {
    /// Reads the fields. Algorithms that are not known (or known to be broken, but for MD5, which
    /// Content-MD5 has no other) are left out.
    pub(super) fn expected(headers: &HeaderMap) -> Result<Self, GatewayError> {
        let mut all = Vec::new();
        for (name, field) in FIELDS {
            for value in headers.get_all(&name) {
                let unreadable = GatewayError::DigestField { field };
                let text = value.to_str().map_err(|_| unreadable.clone())?;
                read_field(field, text, &mut all).ok_or(unreadable)?;
            }
        }
        Ok(Self(all))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        for expected in &mut self.0 {
            match &mut expected.computed {
                Computed::Sha(context) => context.update(bytes),
                Computed::Md5(context) => Digest::update(context.as_mut(), bytes),
            }
        }
    }

    pub(super) fn verify(&mut self) -> Result<(), GatewayError> {
        for expected in self.0.drain(..) {
            let same = match expected.computed {
                Computed::Sha(context) => context.finish().as_ref() == expected.value,
                Computed::Md5(context) => context.finalize().as_slice() == expected.value,
            };
            if !same {
                return Err(GatewayError::DigestMismatch {
                    field: expected.field,
                });
            }
        }
        Ok(())
    }
}

/// `None` when the field cannot be read.
fn read_field(field: &'static str, text: &str, all: &mut Vec<Expected>) -> Option<()> {
    if field == "content-md5" {
        let value = decode(text.trim())?;
        all.push(Expected {
            field,
            value,
            computed: Computed::Md5(Box::default()),
        });
        return Some(());
    }
    for member in text.split(',').map(str::trim) {
        let (algorithm, value) = member.split_once('=')?;
        let sha = |algorithm: &'static Algorithm| Computed::Sha(Box::new(Context::new(algorithm)));
        let computed = match algorithm.to_ascii_lowercase().as_str() {
            "sha-256" => sha(&SHA256),
            "sha-512" => sha(&SHA512),
            "md5" if field == "digest" => Computed::Md5(Box::default()),
            _ => continue,
        };
        // RFC 9530 writes byte sequences of RFC 8941, between colons.
        let value = if field == "digest" {
            value
        } else {
            value
                .strip_prefix(':')?
                .split_once(':')
                .map(|(value, _)| value)?
        };
        all.push(Expected {
            field,
            value: decode(value)?,
            computed,
        });
    }
    Some(())
}

fn decode(text: &str) -> Option<Vec<u8>> {
    base64_simd::STANDARD.decode_to_vec(text).ok()
}

/// Drops the fields: they describe the client's body, not what goes on.
pub(super) fn remove(headers: &mut HeaderMap) -> bool {
    FIELDS.into_iter().fold(false, |any, (name, _)| {
        headers.remove(name).is_some() || any
    })
}

/// Drops the fields; where there was one, makes a `Content-Digest` of the new body.
pub(super) fn replace(headers: &mut HeaderMap, body: &[u8]) {
    if remove(headers) {
        let sha = base64_simd::STANDARD.encode_to_string(digest(&SHA256, body));
        if let Ok(value) = HeaderValue::try_from(format!("sha-256=:{sha}:")) {
            headers.insert(CONTENT_DIGEST, value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(field: &'static str, value: &str, body: &[u8]) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        headers.append(field, value.parse().unwrap());
        let mut digests =
            Digests::expected(&headers).map_err(|error| crate::respond::code(&error))?;
        body.chunks(3).for_each(|chunk| digests.update(chunk));
        digests
            .verify()
            .map_err(|error| crate::respond::code(&error))
    }

    /// The examples of RFC 9530, appendix B, and RFC 3230, section 4.3.2, over the same body.
    #[test]
    fn checks_the_published_examples() {
        let body = b"{\"hello\": \"world\"}\n";
        let sha_256 = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=";
        assert_eq!(
            check("content-digest", &format!("sha-256=:{sha_256}:"), body),
            Ok(())
        );
        assert_eq!(
            check(
                "repr-digest",
                &format!("x=:AA==:, SHA-256=:{sha_256}:;p=1"),
                body
            ),
            Ok(())
        );
        assert_eq!(
            check("digest", &format!("SHA-256={sha_256},unixsum=1"), body),
            Ok(())
        );
        let altered = b"{\"hello\": \"World\"}\n";
        assert_eq!(
            check("digest", &format!("SHA-256={sha_256}"), altered),
            Err("digest-mismatch")
        );
        assert_eq!(
            check("content-digest", &format!("sha-512=:{sha_256}:"), body),
            Err("digest-mismatch")
        );
        let md5 = base64_simd::STANDARD.encode_to_string(Md5::digest(body));
        assert_eq!(check("content-md5", &md5, body), Ok(()));
        assert_eq!(
            check("digest", &format!("md5={md5}"), altered),
            Err("digest-mismatch")
        );
    }

    #[test]
    fn refuses_fields_that_cannot_be_read() {
        for (field, value) in [
            ("content-digest", "sha-256"),
            ("content-digest", "sha-256=RK/0"),
            ("content-digest", "sha-256=:!:"),
            ("content-md5", "?"),
            ("digest", "sha-256=*"),
        ] {
            assert_eq!(check(field, value, b""), Err("malformed-digest"), "{value}");
        }
    }
}
