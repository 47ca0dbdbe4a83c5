//! Why a body cannot be rewritten.

use coding::{CharsetError, CodingError};
use scan::{OwnerError, ScanError, Unfit};
use seal::SealError;

/// Why a body cannot be rewritten. None of them holds any of its bytes.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// Its format refuses it: the sender's fault.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// It is not what its content coding says: the sender's fault.
    #[error(transparent)]
    Coding(#[from] CodingError),
    /// It is not in the charset that it says: the sender's fault.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// A value cannot become a token.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The body does not say whose a value is: the sender's fault.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// What is to take a value's place cannot stand there: the policy's fault.
    #[error("what takes the place of a value of class {class} cannot be written there: {reason}")]
    Unfit {
        /// The class's name.
        class: Box<str>,
        /// Why.
        reason: Unfit,
    },
}
