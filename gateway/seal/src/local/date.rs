//! Kind `date`: dates, all moved by the same secret number of days (section 11).

use super::calendar::WrittenDate;
use super::keyed::UnderKey;
use super::{Unfit, text};
use crate::batch::{Subject, Tokens, ValueRef};
use crate::error::SealError;
use crate::secret_key::SecretKey;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use policies::DateShift;
use record::ValueType;
use symmetric::{Purpose, derive};

/// By how much a class's dates are moved at most.
pub(crate) struct Date {
    shift: DateShift,
}

/// What says by how many days dates are moved.
pub(crate) struct Days {
    key: Key,
    most: i64,
    /// By how many, where all dates of a tenant are moved alike.
    of_tenant: i64,
}

impl Date {
    pub(crate) fn new(shift: DateShift) -> Self {
        Self { shift }
    }
}

impl UnderKey for Date {
    type Key = Days;

    fn derive(&self, secret: &SecretKey, binding: &[u8]) -> Result<Days, SealError> {
        let key = derive::<32>(secret.bytes(), Purpose::Date, binding);
        let key = key.map_err(|_| SealError::Cryptography)?;
        let key = Key::new(HMAC_SHA256, key.as_ref());
        let most = i64::from(self.shift.max_days);
        let of_tenant = days(&key, b"", most)?;
        Ok(Days {
            key,
            most,
            of_tenant,
        })
    }

    fn make(&self, days: &Days, value: ValueRef<'_>, tokens: &mut Tokens) -> Result<(), Unfit> {
        let written = WrittenDate::read(text(value)?, self.shift.order);
        let written = written.ok_or_else(|| Unfit::new("the value is not a date that is known"))?;
        let by = match value.subject {
            Subject::Any => days.of_tenant,
            Subject::Known(subject) => self::days(&days.key, subject, days.most)?,
            Subject::Unknown => {
                return Err(Unfit::new("its record does not say whose the date is"));
            }
        };
        let moved = written.moved(by);
        let moved = moved.ok_or_else(|| Unfit::new("the date would leave the years 1 to 9999"))?;
        match value.value_type {
            ValueType::Number if moved.starts_with('0') => {
                return Err(Unfit::new("the date would be no number of JSON"));
            }
            ValueType::Number => tokens.number(&moved),
            _ => tokens.text(&moved),
        }
        Ok(())
    }
}

/// By how many days the dates of a subject are moved, or of a tenant when it is empty: from −most to
/// −1, or from 1 to most, never by nothing.
fn days(key: &Key, subject: &[u8], most: i64) -> Result<i64, SealError> {
    let tag = sign(key, subject);
    let word = tag.as_ref().first_chunk().ok_or(SealError::Cryptography)?;
    let drawn = u64::from_be_bytes(*word) % (2 * most.unsigned_abs());
    let drawn = i64::try_from(drawn).map_err(|_| SealError::Cryptography)? - most;
    Ok(if drawn < 0 { drawn } else { drawn + 1 })
}
