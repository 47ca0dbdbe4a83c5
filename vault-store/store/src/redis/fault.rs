//! Redis's errors as ours. A server's error text may repeat arguments, which hold tokens: only its
//! code, the first word, is passed on.

use super::settings::Address;
use crate::StoreError;
use ::redis::{ErrorKind, RedisError, ServerError};
use rustls::{AlertDescription, CertificateError};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What the transport, or the client, said.
pub(super) fn transport(error: &RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::AuthenticationFailed => StoreError::Settings(
            "Redis refuses this user or password: correct it, or the server's ACL".into(),
        ),
        ErrorKind::InvalidClientConfig => StoreError::Settings(
            "Redis's address or TLS certificates cannot be used: correct them".into(),
        ),
        _ => match (error.code(), io_error(error)) {
            (Some(code), _) => code_of(code, error.detail().unwrap_or_default()),
            (None, Some(io)) => StoreError::unavailable(format!("Redis: {}", io.kind())),
            (None, None) => StoreError::unavailable(format!("Redis: {}", error.category())),
        },
    }
}

/// The same while a connection is opened, when TLS is what most often is wrong.
pub(super) fn connecting(error: &RedisError, tls: bool) -> StoreError {
    let io = io_error(error);
    let of_tls = io.and_then(|io| io.get_ref()?.downcast_ref::<rustls::Error>());
    if let Some(error) = of_tls {
        return tls_error(error);
    }
    let closed = io.is_some_and(|io| {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let kind = io.kind();
        [
            BrokenPipe,
            ConnectionAborted,
            ConnectionReset,
            UnexpectedEof,
        ]
        .contains(&kind)
    });
    match (tls, error.kind()) {
        (true, _) if closed => StoreError::unavailable(
            "Redis closed a new connection: where it asks for client certificates, set `certificate` and `key` of `tls`; where the port is not one for TLS, name that one",
        ),
        (true, _) if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) => {
            StoreError::unavailable(
                "Redis did not answer a TLS handshake in time: where the port is not one for TLS, name that one, or remove `tls`",
            )
        }
        (false, _) if closed => StoreError::unavailable(
            "Redis closed a new connection: where the port is one for TLS, set `tls`",
        ),
        (false, ErrorKind::Parse) => StoreError::Settings(
            "this port does not speak plain Redis: where it is one for TLS, set `tls`".into(),
        ),
        _ => transport(error),
    }
}

fn tls_error(error: &rustls::Error) -> StoreError {
    use AlertDescription as Alert;
    use CertificateError as Refused;
    let why = match error {
        rustls::Error::InvalidCertificate(refused) => match refused {
            Refused::NotValidForName | Refused::NotValidForNameContext { .. } => {
                "the server's certificate is for other names: write a name or address that is in it, have it issued for this one, or have sentinels or cluster announce what is in it"
            }
            Refused::UnknownIssuer | Refused::BadSignature => {
                "nobody whom we trust has signed the server's certificate: name the file of who has as `roots` of `tls`"
            }
            Refused::Expired
            | Refused::ExpiredContext { .. }
            | Refused::NotValidYet
            | Refused::NotValidYetContext { .. } => {
                "the server's certificate is not valid at this time: renew it, or set the clock right"
            }
            _ => "the server's certificate cannot be used: have it issued anew, as X.509 version 3",
        },
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate
            | Alert::AccessDenied,
        ) => {
            "the server does not take our client certificate, or asks for one: set `certificate` and `key` of `tls` to one that its `tls-ca-cert-file` has signed"
        }
        rustls::Error::AlertReceived(Alert::HandshakeFailure | Alert::ProtocolVersion) => {
            "the server takes no TLS that we speak: allow it TLS 1.2 or 1.3"
        }
        rustls::Error::InvalidMessage(_) => {
            "this port does not speak TLS: name the server's TLS port, or remove `tls`"
        }
        _ => return StoreError::unavailable("the TLS handshake failed"),
    };
    StoreError::Settings(why.into())
}

/// The system's error inside, where there is one.
fn io_error(error: &RedisError) -> Option<&io::Error> {
    // what the crate gives as source is the pointer, not what it points to
    let inner = error
        .source()?
        .downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    inner.downcast_ref()
}

/// What a server answered to one command.
pub(super) fn server(error: &ServerError) -> StoreError {
    code_of(error.code(), error.details().unwrap_or_default())
}

/// Whether the cluster says that the key is, or is about to be, elsewhere.
pub(super) fn is_elsewhere(error: &ServerError) -> bool {
    matches!(error.code(), "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN")
}

/// The same error, with the server that it is about.
pub(super) fn at(address: &Address, error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable {
            reason,
            retry_after,
        } => StoreError::Unavailable {
            reason: format!("{address}: {reason}").into(),
            retry_after,
        },
        StoreError::Settings(why) => StoreError::Settings(format!("{address}: {why}").into()),
        other => other,
    }
}

/// A refusal of a server that was taken once: whoever set it otherwise can set it right, and the
/// vault goes on by itself.
pub(super) fn until_mended(refused: StoreError) -> StoreError {
    match refused {
        StoreError::Settings(why) => StoreError::unavailable(why),
        other => other,
    }
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
        "NOAUTH" | "WRONGPASS" => StoreError::Settings(
            "Redis asks for a user and password: set `user` and `password_file`".into(),
        ),
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
