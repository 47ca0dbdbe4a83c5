//! What opening a token gives.

use record::ValueType;
use std::sync::Arc;
use thiserror::Error;
use zeroize::Zeroizing;

/// An opened value. It has no `Debug`: nothing prints a value by accident.
#[derive(Clone)]
pub struct Value {
    /// The class that the token was made for. Tokens of the original AWS pattern carry none: for
    /// them it is the name of their key in the ring.
    pub class: Arc<str>,
    /// What the value was before it became a token.
    pub value_type: ValueType,
    /// The value: text as UTF-8, anything else as the JSON that it was spelled as.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// A token that does not open for this caller. It has one form: denied, unknown, altered and
/// foreign are not told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the token is not revealed")]
pub struct NotRevealed;
