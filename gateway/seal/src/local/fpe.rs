//! Kind `fpe`: FF1 over the characters of the class's shape (section 9).

use super::Unfit;
use super::keyed::UnderKey;
use crate::batch::{Tokens, ValueRef};
use crate::error::SealError;
use crate::secret_key::SecretKey;
use record::ValueType;
use shape::Shape;
use std::sync::Arc;
use symmetric::{Purpose, derive};
use zeroize::Zeroizing;

/// A class's shape.
pub(crate) struct Fpe {
    shape: Arc<Shape>,
}

impl Fpe {
    pub(crate) fn new(shape: &Arc<Shape>) -> Self {
        Self {
            shape: Arc::clone(shape),
        }
    }
}

impl UnderKey for Fpe {
    type Key = symmetric::Fpe;

    fn derive(&self, secret: &SecretKey, binding: &[u8]) -> Result<symmetric::Fpe, SealError> {
        let key = derive(secret.bytes(), Purpose::Fpe, binding);
        let key = key.map_err(|_| SealError::Cryptography)?;
        symmetric::Fpe::new(&key, Arc::clone(&self.shape)).map_err(|_| SealError::Cryptography)
    }

    /// Only texts: a token may begin with zeros, which no JSON number does, and nothing in it could
    /// tell that its value was a number.
    fn make(
        &self,
        key: &symmetric::Fpe,
        value: ValueRef<'_>,
        tokens: &mut Tokens,
    ) -> Result<(), Unfit> {
        if value.value_type != ValueType::Text {
            return Err(Unfit::new(format!(
                "the value is of JSON's type {}, and kind `fpe` takes strings only",
                value.value_type
            )));
        }
        let token = key.encrypt(super::text(value)?);
        let token = Zeroizing::new(token.map_err(|error| Unfit::new(error.to_string()))?);
        tokens.text(&token);
        Ok(())
    }
}
