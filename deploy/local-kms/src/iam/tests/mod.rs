//! Policy evaluation, by data.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod conditions;
mod decisions;
mod documents;
mod patterns;
mod statements;

use std::collections::BTreeMap;

use super::{Caller, CallerKind};

const ACCOUNT: &str = "000000000000";
const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/1234";
const ROLE: &str = "arn:aws:iam::000000000000:role/analyst";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/analyst/eve";
const USER: &str = "arn:aws:iam::000000000000:user/alice";

fn user() -> Caller {
    Caller {
        arn: USER.to_owned(),
        account: ACCOUNT.to_owned(),
        user_id: "AIDA1".to_owned(),
        kind: CallerKind::User {
            name: "alice".to_owned(),
        },
        tags: BTreeMap::from([("Team".to_owned(), "blue".to_owned())]),
        transitive_tags: Vec::new(),
        identity_policies: Vec::new(),
        session_policies: Vec::new(),
    }
}

fn session() -> Caller {
    Caller {
        arn: SESSION.to_owned(),
        user_id: "AROA1:eve".to_owned(),
        kind: CallerKind::Session {
            role_arn: ROLE.to_owned(),
            issued: 1,
            federated: None,
        },
        ..user()
    }
}
