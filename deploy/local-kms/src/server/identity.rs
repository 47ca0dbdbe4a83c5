//! Who signed a request.

use http::request::Parts;
use time::OffsetDateTime;

use crate::config::{Config, User};
use crate::iam::{Caller, CallerKind};
use crate::sigv4::{self, Authorization, Expected, SignatureError};
use crate::store::Store;
use crate::sts::{Sessions, unique_id};

/// Why a request proves no caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoCaller {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("The security token included in the request is invalid.")]
    Unrecognized,
    #[error("The security token included in the request is expired")]
    Expired,
}

/// Checks the signature and finds the caller that made it.
pub(super) fn authenticate(
    config: &Config,
    store: &Store,
    parts: &Parts,
    body: &[u8],
    service: &str,
) -> Result<Caller, NoCaller> {
    let authorization = Authorization::of(parts)?;
    let now = OffsetDateTime::now_utc();
    let check = |secret_access_key: &str| {
        // Clients without a regional STS endpoint sign for us-east-1.
        let regions = [config.region.as_str(), "us-east-1"];
        let regions = regions
            .get(..if service == "sts" { 2 } else { 1 })
            .unwrap_or_default();
        let expected = Expected {
            secret_access_key,
            now,
            regions,
            service,
        };
        sigv4::verify(&authorization, parts, body, &expected)
    };
    let id = authorization.access_key_id;
    let token = parts
        .headers
        .get("x-amz-security-token")
        .map(|token| token.to_str());
    match token {
        None => {
            let user = config.users.iter().find(|user| user.access_key_id == id);
            let user = user.ok_or(NoCaller::Unrecognized)?;
            check(&user.secret_access_key)?;
            Ok(user_caller(config, user))
        }
        Some(token) => {
            let sessions = Sessions::new(&store.read()).map_err(|_| NoCaller::Unrecognized)?;
            let session = token.ok().and_then(|token| sessions.open(token));
            let session = session.filter(|session| session.access_key_id == id);
            let session = session.ok_or(NoCaller::Unrecognized)?;
            check(&session.secret_access_key())?;
            if session.expires <= now.unix_timestamp() {
                return Err(NoCaller::Expired);
            }
            session.caller(config).ok_or(NoCaller::Unrecognized)
        }
    }
}

fn user_caller(config: &Config, user: &User) -> Caller {
    let arn = config.user_arn(user);
    Caller {
        account: config.account.clone(),
        user_id: unique_id("AIDA", &arn),
        arn,
        kind: CallerKind::User {
            name: user.name.clone(),
        },
        tags: user.tags.clone(),
        transitive_tags: Vec::new(),
        identity_policies: user.policies.clone(),
        session_policies: Vec::new(),
    }
}
