//! Key policy, identity policies, session policies and grants together.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ACCOUNT, KEY, ROLE, SESSION, USER, session, user};
use crate::iam::{
    Caller, Context, Decision, Grounds, Policy, PolicyKind, Question, Reach, evaluate,
};

use Decision::{ExplicitlyDenied, NotAllowed};

pub(super) const BY_KEY: Decision = Decision::Allowed(Grounds::ResourcePolicy);
const BY_IDENTITY: Decision = Decision::Allowed(Grounds::IdentityPolicy);
const BY_GRANT: Decision = Decision::Allowed(Grounds::Grant);

pub(super) struct Case {
    pub(super) caller: Caller,
    pub(super) key: Option<Value>,
    pub(super) identity: Option<Value>,
    pub(super) session: Option<Value>,
    pub(super) granted: Option<Reach>,
}

impl Default for Case {
    fn default() -> Self {
        Case {
            caller: session(),
            key: None,
            identity: None,
            session: None,
            granted: None,
        }
    }
}

pub(super) fn allow(principal: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "kms:Decrypt", "Resource": "*" })
}

fn deny(principal: &str) -> Value {
    json!({ "Effect": "Deny", "Principal": { "AWS": principal }, "Action": "kms:*", "Resource": "*" })
}

fn own(effect: &str, action: &str) -> Value {
    json!({ "Effect": effect, "Action": action, "Resource": "*" })
}

pub(super) fn policy(statement: Value, kind: PolicyKind) -> Policy {
    Policy::parse(
        &json!({ "Version": "2012-10-17", "Statement": statement }).to_string(),
        kind,
    )
    .unwrap()
}

pub(super) fn decide(case: Case) -> Decision {
    let Case {
        mut caller,
        key,
        identity,
        session,
        granted,
    } = case;
    let list = |statement: Option<Value>| {
        statement
            .map(|s| Arc::new(policy(s, PolicyKind::Identity)))
            .into_iter()
            .collect()
    };
    caller.identity_policies = list(identity);
    caller.session_policies = list(session);
    let mut context = Context::default();
    caller.describe(&mut context);
    context.add("kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256");
    evaluate(&Question {
        caller: &caller,
        action: "kms:Decrypt",
        resource: KEY,
        context: &context,
        resource_policy: key.map(|s| policy(s, PolicyKind::Key)).as_ref(),
        granted,
    })
}

#[test]
fn the_key_policy_is_the_root_of_authority() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let other_session = "arn:aws:sts::000000000000:assumed-role/analyst/mallory";
    let other_role = "arn:aws:iam::000000000000:role/other";
    let rows = [
        (
            "role covers its sessions",
            session(),
            allow(ROLE),
            None,
            BY_KEY,
        ),
        ("session itself", session(), allow(SESSION), None, BY_KEY),
        (
            "another session",
            session(),
            allow(other_session),
            None,
            NotAllowed,
        ),
        (
            "another role",
            session(),
            allow(other_role),
            None,
            NotAllowed,
        ),
        ("user", user(), allow(USER), None, BY_KEY),
        ("role is not a user", user(), allow(ROLE), None, NotAllowed),
        ("everyone", user(), allow("*"), None, BY_KEY),
        (
            "account alone gives nothing",
            session(),
            allow(&root),
            None,
            NotAllowed,
        ),
        (
            "account by id alone gives nothing",
            session(),
            allow(ACCOUNT),
            None,
            NotAllowed,
        ),
        (
            "account and identity",
            session(),
            allow(&root),
            Some(own("Allow", "kms:Decrypt")),
            BY_IDENTITY,
        ),
        (
            "account by id and identity",
            user(),
            allow(ACCOUNT),
            Some(own("Allow", "kms:*")),
            BY_IDENTITY,
        ),
        (
            "another account",
            user(),
            allow("111111111111"),
            Some(own("Allow", "kms:*")),
            NotAllowed,
        ),
        (
            "identity for another action",
            user(),
            allow(&root),
            Some(own("Allow", "kms:Encrypt")),
            NotAllowed,
        ),
        (
            "identity without the account",
            user(),
            allow(ROLE),
            Some(own("Allow", "*")),
            NotAllowed,
        ),
        (
            "identity denies",
            user(),
            allow(USER),
            Some(own("Deny", "kms:De*")),
            ExplicitlyDenied,
        ),
        (
            "key denies the user",
            user(),
            json!([allow("*"), deny(USER)]),
            None,
            ExplicitlyDenied,
        ),
        (
            "key denies the role",
            session(),
            json!([allow(SESSION), deny(ROLE)]),
            None,
            ExplicitlyDenied,
        ),
        (
            "key denies the session",
            session(),
            json!([allow(ROLE), deny(SESSION)]),
            None,
            ExplicitlyDenied,
        ),
        (
            "key denies another session",
            session(),
            json!([allow(ROLE), deny(other_session)]),
            None,
            BY_KEY,
        ),
        (
            "key denies the account",
            user(),
            json!([allow(USER), deny(&root)]),
            None,
            ExplicitlyDenied,
        ),
        (
            "service",
            user(),
            json!({ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "*", "Resource": "*" }),
            None,
            NotAllowed,
        ),
    ];
    for (name, caller, key, identity, expected) in rows {
        let decision = decide(Case {
            caller,
            key: Some(key),
            identity,
            ..Case::default()
        });
        assert_eq!(decision, expected, "{name}");
    }
}

#[test]
fn a_session_policy_limits_all_but_what_names_the_session() {
    let encrypt = || Some(own("Allow", "kms:Encrypt"));
    let decrypt = || Some(own("Allow", "kms:Decrypt"));
    let all = || Some(own("Allow", "*"));
    let rows = [
        ("role, inside", allow(ROLE), None, decrypt(), None, BY_KEY),
        (
            "role, outside",
            allow(ROLE),
            None,
            encrypt(),
            None,
            NotAllowed,
        ),
        (
            "everyone, outside",
            allow("*"),
            None,
            encrypt(),
            None,
            NotAllowed,
        ),
        (
            "session, outside",
            allow(SESSION),
            None,
            encrypt(),
            None,
            BY_KEY,
        ),
        (
            "session, denied",
            allow(SESSION),
            None,
            Some(own("Deny", "kms:Decrypt")),
            None,
            ExplicitlyDenied,
        ),
        (
            "identity, inside",
            allow(ACCOUNT),
            all(),
            decrypt(),
            None,
            BY_IDENTITY,
        ),
        (
            "identity, outside",
            allow(ACCOUNT),
            all(),
            encrypt(),
            None,
            NotAllowed,
        ),
        (
            "grant to the role, outside",
            allow(USER),
            None,
            encrypt(),
            Some(Reach::Role),
            NotAllowed,
        ),
        (
            "grant to the session, outside",
            allow(USER),
            None,
            encrypt(),
            Some(Reach::Exact),
            BY_GRANT,
        ),
        (
            "grant to the role, inside",
            allow(USER),
            None,
            decrypt(),
            Some(Reach::Role),
            BY_GRANT,
        ),
    ];
    for (name, key, identity, session, granted, expected) in rows {
        let case = Case {
            key: Some(key),
            identity,
            session,
            granted,
            ..Case::default()
        };
        assert_eq!(decide(case), expected, "{name}");
    }
}

#[test]
fn grants_allow_and_denies_win() {
    let granted = Some(Reach::Exact);
    let key = Some(allow(USER));
    assert_eq!(
        decide(Case {
            key: key.clone(),
            granted,
            ..Case::default()
        }),
        BY_GRANT
    );
    let denied = Some(json!([allow(USER), deny("*")]));
    assert_eq!(
        decide(Case {
            key: denied,
            granted,
            ..Case::default()
        }),
        ExplicitlyDenied
    );
    let identity = Some(own("Deny", "*"));
    assert_eq!(
        decide(Case {
            key,
            identity,
            granted,
            ..Case::default()
        }),
        ExplicitlyDenied
    );
}

#[test]
fn without_a_key_the_callers_policies_decide() {
    assert_eq!(decide(Case::default()), NotAllowed);
    assert_eq!(
        decide(Case {
            identity: Some(own("Allow", "*")),
            ..Case::default()
        }),
        BY_IDENTITY
    );
}
