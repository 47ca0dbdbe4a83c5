//! Redis's errors as ours. A server's error text may repeat arguments, which hold tokens: only its
//! code, the first word, is passed on.

use crate::StoreError;
use ::redis::{ErrorKind, RedisError, ServerError};
use std::time::Duration;

/// What the transport, or the client, said.
pub(super) fn transport(error: &RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::AuthenticationFailed => StoreError::Settings(
            "Redis refuses this user or password: correct it, or the server's ACL".into(),
        ),
        ErrorKind::InvalidClientConfig => {
            StoreError::Settings("Redis's address or TLS certificates cannot be used".into())
        }
        _ => match error.code() {
            Some(code) => code_of(code, error.detail().unwrap_or_default()),
            None => StoreError::unavailable(format!("Redis: {}", error.category())),
        },
    }
}

/// What a server answered to one command.
pub(super) fn server(error: &ServerError) -> StoreError {
    code_of(error.code(), error.details().unwrap_or_default())
}

/// Whether the cluster says that the key is, or is about to be, elsewhere.
pub(super) fn is_elsewhere(error: &ServerError) -> bool {
    matches!(error.code(), "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN")
}

fn code_of(code: &str, details: &str) -> StoreError {
    match code {
        "OOM" => StoreError::Full("Redis has reached maxmemory".into()),
        "MISCONF" => StoreError::Full(
            "Redis cannot save to its disk (MISCONF), which most often is full".into(),
        ),
        "READONLY" => StoreError::ReadOnly("this Redis server is a replica".into()),
        "NOPERM" => StoreError::Settings(
            "Redis's ACL refuses this user a command or a key: grant what the documentation lists"
                .into(),
        ),
        "NOAUTH" | "WRONGPASS" => StoreError::Settings("Redis asks for a user and password".into()),
        "WRONGTYPE" => StoreError::Corrupt("a key is not of the type that veilgate writes".into()),
        "NOREPLICAS" | "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "MOVED" | "ASK"
        | "BUSY" | "UNBLOCKED" => StoreError::Unavailable {
            reason: format!("Redis answered {code}").into(),
            retry_after: Duration::from_secs(1),
        },
        "ERR" if details.starts_with("unknown command") => StoreError::Settings(
            "Redis does not know a command: version 7 or later is needed, and WAITAOF from 7.2"
                .into(),
        ),
        "ERR" if details.contains("appendonly is disabled") => StoreError::Settings(
            "durability is fsync, and Redis has `appendonly no`: set it to yes".into(),
        ),
        code => StoreError::unavailable(format!("Redis answered {code}")),
    }
}
