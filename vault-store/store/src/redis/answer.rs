//! What commands answer, as what they mean.

use crate::{StoreError, Timestamp, Token, roles::Result};
use ::redis::Value;

/// `SET … NX`: whether the key was free.
pub(super) fn was_set(answer: Option<Value>) -> Result<bool> {
    match answer {
        Some(Value::Okay) => Ok(true),
        Some(Value::Nil) => Ok(false),
        _ => Err(unexpected()),
    }
}

/// `GET`, or `SET … GET`: what is or was there.
pub(super) fn bytes(answer: Option<Value>) -> Result<Option<Vec<u8>>> {
    match answer {
        Some(Value::BulkString(bytes)) => Ok(Some(bytes)),
        Some(Value::Nil) => Ok(None),
        _ => Err(unexpected()),
    }
}

/// The same, where a token is there.
pub(super) fn token(answer: Option<Value>) -> Result<Option<Token>> {
    bytes(answer)?.map(token_of).transpose()
}

pub(super) fn token_of(bytes: Vec<u8>) -> Result<Token> {
    let text = String::from_utf8(bytes).ok();
    let token = text.and_then(|text| Token::new(&text).ok());
    token.ok_or_else(|| StoreError::Corrupt("an index holds no token".into()))
}

/// `PEXPIRETIME`: `None` where the key is gone, `Some(None)` where it stays.
pub(super) fn expiry(answer: Option<Value>) -> Result<Option<Option<Timestamp>>> {
    match answer {
        Some(Value::Int(-2)) => Ok(None),
        Some(Value::Int(-1)) => Ok(Some(None)),
        Some(Value::Int(millis)) => {
            let millis = u64::try_from(millis).map_err(|_| unexpected())?;
            Ok(Some(Some(Timestamp::from_millis(millis))))
        }
        _ => Err(unexpected()),
    }
}

/// A count.
pub(super) fn count(answer: Option<Value>) -> Result<u64> {
    match answer {
        Some(Value::Int(count)) => Ok(count.unsigned_abs()),
        _ => Err(unexpected()),
    }
}

/// A list of byte strings.
pub(super) fn list(answer: Option<Value>) -> Result<Vec<Vec<u8>>> {
    match answer {
        Some(Value::Array(all)) => all
            .into_iter()
            .map(|each| bytes(Some(each))?.ok_or_else(unexpected))
            .collect(),
        _ => Err(unexpected()),
    }
}

pub(super) fn unexpected() -> StoreError {
    StoreError::Corrupt("Redis answered what no command of ours asks for".into())
}
