//! What one statement selects, and of whom a trust policy speaks.

use serde_json::json;

use super::decisions::{BY_KEY, Case, allow, decide, policy};
use super::{ACCOUNT, KEY, ROLE, SESSION, user};
use crate::iam::Decision::NotAllowed;
use crate::iam::{Caller, CallerKind, Context, PolicyKind, Question, evaluate};

#[test]
fn statements_select_by_action_resource_and_condition() {
    let base = || allow("*");
    let rows = [
        ("any case", json!({ "Action": "KMS:decrypt" }), BY_KEY),
        ("wildcard", json!({ "Action": "kms:De?rypt*" }), BY_KEY),
        (
            "list",
            json!({ "Action": ["kms:Encrypt", "kms:Decrypt"] }),
            BY_KEY,
        ),
        (
            "another action",
            json!({ "Action": "kms:Encrypt" }),
            NotAllowed,
        ),
        (
            "not this action",
            json!({ "Action": null, "NotAction": "kms:Decrypt" }),
            NotAllowed,
        ),
        (
            "not another action",
            json!({ "Action": null, "NotAction": "kms:Encrypt" }),
            BY_KEY,
        ),
        ("this key", json!({ "Resource": KEY }), BY_KEY),
        (
            "another key",
            json!({ "Resource": "arn:aws:kms:*:*:key/9*" }),
            NotAllowed,
        ),
        (
            "not this key",
            json!({ "Resource": null, "NotResource": KEY }),
            NotAllowed,
        ),
        (
            "role's ARN",
            json!({ "Condition": { "ArnEquals": { "aws:PrincipalArn": ROLE } } }),
            BY_KEY,
        ),
        (
            "not the session's",
            json!({ "Condition": { "ArnEquals": { "aws:PrincipalArn": SESSION } } }),
            NotAllowed,
        ),
        (
            "tag",
            json!({ "Condition": { "StringEquals": { "aws:PrincipalTag/team": "blue" } } }),
            BY_KEY,
        ),
        (
            "account",
            json!({ "Condition": { "StringEquals": { "aws:PrincipalAccount": ACCOUNT } } }),
            BY_KEY,
        ),
        (
            "user id",
            json!({ "Condition": { "StringLike": { "aws:userid": "AROA*:eve" } } }),
            BY_KEY,
        ),
        (
            "algorithm",
            json!({ "Condition": { "StringEquals": { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_1" } } }),
            NotAllowed,
        ),
        (
            "absent key",
            json!({ "Condition": { "StringEquals": { "kms:ViaService": "s3" } } }),
            NotAllowed,
        ),
        (
            "two operators, one fails",
            json!({ "Condition": {
            "StringEquals": { "aws:PrincipalTag/Team": "blue" }, "Bool": { "aws:SecureTransport": "true" } } }),
            NotAllowed,
        ),
        (
            "two keys, one fails",
            json!({ "Condition": { "StringEquals": {
            "aws:PrincipalTag/Team": "blue", "aws:PrincipalTag/Level": "9" } } }),
            NotAllowed,
        ),
    ];
    for (name, change, expected) in rows {
        let mut statement = base();
        for (element, value) in change.as_object().unwrap() {
            if value.is_null() {
                statement.as_object_mut().unwrap().remove(element);
            } else {
                statement[element] = value.clone();
            }
        }
        assert_eq!(
            decide(Case {
                key: Some(statement),
                ..Case::default()
            }),
            expected,
            "{name}"
        );
    }
}

#[test]
fn trust_speaks_of_identity_providers() {
    let provider = "arn:aws:iam::000000000000:oidc-provider/issuer";
    let trust = policy(
        json!({ "Effect": "Allow", "Principal": { "Federated": provider }, "Action": "sts:AssumeRoleWithWebIdentity" }),
        PolicyKind::Trust,
    );
    let decide = |provider: &str, action: &str| {
        let kind = CallerKind::WebIdentity {
            provider_arn: provider.to_owned(),
        };
        let caller = Caller { kind, ..user() };
        let context = Context::default();
        let (resource_policy, granted) = (Some(&trust), None);
        evaluate(&Question {
            caller: &caller,
            action,
            resource: ROLE,
            context: &context,
            resource_policy,
            granted,
        })
    };
    assert_eq!(decide(provider, "sts:AssumeRoleWithWebIdentity"), BY_KEY);
    assert_eq!(decide(provider, "sts:TagSession"), NotAllowed);
    assert_eq!(
        decide(
            "arn:aws:iam::000000000000:oidc-provider/other",
            "sts:AssumeRoleWithWebIdentity"
        ),
        NotAllowed
    );
}
