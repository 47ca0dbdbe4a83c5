//! Kinds whose token is computed from the value at once: nothing waits, and nothing is kept.

mod bucket;
mod calendar;
mod date;
mod fpe;
mod hmac;
mod keyed;
mod mask;
mod redact;
mod siv;

#[cfg(test)]
mod tests;

pub(crate) use bucket::time as shown_time;
pub(crate) use hmac::Hmac;
pub(crate) use keyed::{TenantKeys, binding};
pub(crate) use siv::Opener as SivOpener;

use crate::batch::{Tokens, ValueRef};
use crate::error::SealError;
use crate::secret_key::SecretKey;
use keyed::Keyed;
use policies::Kind;
use record::ValueType;
use std::sync::Arc;

/// Makes the tokens of one class.
pub(crate) enum Local {
    Siv(Keyed<siv::Siv>),
    Fpe(Keyed<fpe::Fpe>),
    Hmac(Keyed<hmac::Hmac>),
    Date(Keyed<date::Date>),
    Bucket(policies::Bucket),
    Mask(policies::Mask),
    Redact(redact::Redact),
}

/// Why a value has no token.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// The value does not fit its class. The sentence says why, and holds nothing of the value.
    Value(String),
    /// The cryptographic library refused.
    Cryptography,
}

impl Unfit {
    fn new(why: impl Into<String>) -> Self {
        Self::Value(why.into())
    }
}

impl From<SealError> for Unfit {
    fn from(_: SealError) -> Self {
        Self::Cryptography
    }
}

impl Local {
    /// The maker of a class of such a kind; `None` for the other kinds. `secret` is the class's
    /// symmetric key, where it has one.
    pub(crate) fn new(
        class: &str,
        kind: &Kind,
        secret: Option<Arc<SecretKey>>,
    ) -> Result<Option<Self>, SealError> {
        let local = match (kind, secret) {
            (Kind::Siv { .. }, Some(secret)) => {
                let siv = siv::Siv::new(&secret)?;
                Self::Siv(Keyed::new(siv, class, secret)?)
            }
            (Kind::Fpe { shape, .. }, Some(secret)) => {
                Self::Fpe(Keyed::new(fpe::Fpe::new(shape), class, secret)?)
            }
            (Kind::Hmac { output, .. }, Some(secret)) => {
                Self::Hmac(Keyed::new(hmac::Hmac::new(*output), class, secret)?)
            }
            (Kind::Date { shift, .. }, Some(secret)) => {
                Self::Date(Keyed::new(date::Date::new(*shift), class, secret)?)
            }
            (Kind::Bucket(bucket), _) => Self::Bucket(bucket.clone()),
            (Kind::Mask(mask), _) => Self::Mask(*mask),
            (Kind::Redact(redact), _) => Self::Redact(redact::Redact::new(class, redact)),
            _ => return Ok(None),
        };
        Ok(Some(local))
    }

    /// Adds what takes the value's place.
    ///
    /// # Errors
    /// The value does not fit; nothing has been added.
    pub(crate) fn make(
        &self,
        value: ValueRef<'_>,
        tenant: &str,
        tokens: &mut Tokens,
    ) -> Result<(), Unfit> {
        match self {
            Self::Siv(siv) => siv.make(value, tenant, tokens),
            Self::Fpe(fpe) => fpe.make(value, tenant, tokens),
            Self::Hmac(hmac) => hmac.make(value, tenant, tokens),
            Self::Date(date) => date.make(value, tenant, tokens),
            Self::Bucket(bucket) => bucket::make(bucket, value, tokens),
            Self::Mask(mask) => mask::make(mask, value, tokens),
            Self::Redact(redact) => {
                redact.make(tokens);
                Ok(())
            }
        }
    }
}

/// The value as a text; anything but a JSON string or number is none.
fn text<'a>(value: ValueRef<'a>) -> Result<&'a str, Unfit> {
    match value.value_type {
        ValueType::Text | ValueType::Number => {
            std::str::from_utf8(value.content).map_err(|_| Unfit::new("the value is not in UTF-8"))
        }
        other => Err(Unfit::new(format!(
            "the value is of JSON's type {other}, where a text or a number is asked for"
        ))),
    }
}
