//! Names of classes and keys.

use std::fmt;

/// Longest name, in bytes. Tokens hold names behind one length byte; log lines hold them whole.
const MAX_NAME_BYTES: usize = 64;

/// What a name may be, for messages.
pub(crate) const NAME_RULE: &str =
    "1 to 64 ASCII letters, digits, `-`, `_` or `.`, beginning with a letter or a digit";

/// Whether `text` can name a class, a key or a signer.
pub(crate) fn is_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.len() <= MAX_NAME_BYTES
        && text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(inside)
}

/// Longest name of a tenant, in bytes.
const MAX_TENANT_BYTES: usize = 128;

/// Whether a text can name a tenant: 1 to 128 ASCII letters, digits and `-`, `_`, `.`, `:`, `@`.
pub fn is_tenant(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte);
    (1..=MAX_TENANT_BYTES).contains(&text.len()) && text.bytes().all(inside)
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// `None` when `text` is not a name: 1 to 64 ASCII letters, digits, `-`, `_` or `.`,
            /// beginning with a letter or a digit.
            pub fn new(text: &str) -> Option<Self> {
                is_name(text).then(|| Self(text.to_owned()))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

name! {
    /// The name of a class: `pan`, `ssn`.
    ClassName
}

name! {
    /// The name of a key or of a signer in the key ring.
    KeyName
}
