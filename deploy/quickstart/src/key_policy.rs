//! The key policies: who may reveal.
//!
//! A policy has two statements. `Administration` lets the admin manage the key, but not decrypt with
//! it. `Reveal` names the roles that may; it is left out when there is none.

use serde_json::{Value, json};

use crate::arguments::CallerName;

const ACCOUNT: &str = "000000000000";
const REVEAL: &str = "Reveal";

/// A role's ARN.
pub(crate) fn role_arn(caller: CallerName) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{}", caller.role())
}

/// The key policy under which `callers`, and nobody else, may reveal.
pub(crate) fn key_policy(callers: &[CallerName]) -> Value {
    let mut statements = vec![json!({
        "Sid": "Administration",
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:user/admin") },
        "Action": [
            "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:Disable*", "kms:Get*", "kms:List*",
            "kms:Put*", "kms:Revoke*", "kms:Update*", "kms:Delete*", "kms:TagResource",
            "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"
        ],
        "Resource": "*"
    })];
    if !callers.is_empty() {
        let roles: Vec<String> = callers.iter().copied().map(role_arn).collect();
        statements.push(json!({
            "Sid": REVEAL,
            "Effect": "Allow",
            "Principal": { "AWS": roles },
            "Action": "kms:Decrypt",
            "Resource": "*"
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Who may reveal under a policy that [`key_policy`] made.
pub(crate) fn callers_in(policy: &Value) -> Vec<CallerName> {
    let roles: Vec<&str> = policy
        .get("Statement")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|statement| statement.get("Sid").and_then(Value::as_str) == Some(REVEAL))
        .filter_map(|statement| statement.pointer("/Principal/AWS"))
        .flat_map(one_or_many)
        .collect();
    CallerName::ALL
        .into_iter()
        .filter(|caller| roles.contains(&role_arn(*caller).as_str()))
        .collect()
}

/// IAM writes one principal as text and several as a list.
fn one_or_many(principals: &Value) -> Vec<&str> {
    match principals {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_says_who_may_reveal() {
        for callers in [
            vec![],
            vec![CallerName::Alice],
            vec![CallerName::Bob],
            vec![CallerName::Alice, CallerName::Bob],
        ] {
            assert_eq!(callers_in(&key_policy(&callers)), callers);
        }
    }

    #[test]
    fn the_admin_may_not_decrypt() {
        let policy = key_policy(&[]);
        let actions = policy["Statement"][0]["Action"].to_string();
        assert!(
            !actions.contains("kms:*") && !actions.contains("Decrypt"),
            "{actions}"
        );
        assert_eq!(policy["Statement"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn one_principal_may_stand_without_a_list() {
        let policy = json!({ "Statement": [
            { "Sid": REVEAL, "Principal": { "AWS": role_arn(CallerName::Bob) } }
        ]});
        assert_eq!(callers_in(&policy), [CallerName::Bob]);
    }
}
