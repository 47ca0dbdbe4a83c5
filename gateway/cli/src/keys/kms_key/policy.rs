//! The key policy of a KMS key: who manages it, who may reveal, and what the gateways may.

use std::collections::BTreeMap;

use serde::Serialize;

use super::principal::Principal;
use super::purpose::Purpose;
use crate::AnyError;

/// What whoever manages a key may do with it: nothing that decrypts, signs or makes MACs, and no
/// grants, which would let others.
const MANAGE: [&str; 17] = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];
const ROTATE: [&str; 3] = [
    "kms:DisableKeyRotation",
    "kms:EnableKeyRotation",
    "kms:GetKeyRotationStatus",
];
const IMPORT: [&str; 3] = [
    "kms:DeleteImportedKeyMaterial",
    "kms:GetParametersForImport",
    "kms:ImportKeyMaterial",
];

/// Whom the key policy names.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct People {
    /// Who manages the key, and may not use it: the ARN of a user or role, or `…:root` for an
    /// account. Can be given again. You must be one of them.
    #[arg(long = "administrator", value_name = "ARN", required = true)]
    pub(super) administrators: Vec<Principal>,
    /// Who may reveal (`kms:Decrypt`). Can be given again.
    #[arg(long = "reveal", value_name = "ARN")]
    pub(super) reveal: Vec<Principal>,
    /// A gateway's role, which gets what the key's purpose asks for. Can be given again.
    #[arg(long = "gateway", value_name = "ARN")]
    pub(super) gateways: Vec<Principal>,
    /// The detokenize service's own role: it is denied `kms:Decrypt`, whatever else allows it.
    #[arg(long = "detokenize-service", value_name = "ARN")]
    pub(super) services: Vec<Principal>,
}

/// A key policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyPolicy<'a> {
    version: &'static str,
    statement: Vec<Statement<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    sid: &'static str,
    effect: &'static str,
    principal: BTreeMap<&'static str, &'a [Principal]>,
    action: Vec<&'static str>,
    resource: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition<'a>>,
}

type Condition<'a> = BTreeMap<&'static str, BTreeMap<&'static str, &'a str>>;

/// The policy of a key that is for `purpose`, of the key ring's `key`.
///
/// # Errors
/// When somebody would get what they should not have.
pub(super) fn write<'a>(
    people: &'a People,
    purpose: Purpose,
    key: &'a str,
    imported: bool,
) -> Result<KeyPolicy<'a>, AnyError> {
    check(people, purpose)?;
    let wrapping = purpose == Purpose::Wrapping;
    let context = || wrapping.then(|| equals("kms:EncryptionContext:veilgate-key", key));
    let mut manage = MANAGE.to_vec();
    if purpose.has_public_key() {
        manage.push("kms:GetPublicKey");
    }
    if wrapping && !imported {
        manage.extend(ROTATE);
    }
    if imported {
        manage.extend(IMPORT);
    }
    let administrators = people.administrators.as_slice();
    let mut statement = vec![allow("Manage", administrators, manage, None)];
    if wrapping {
        let make = vec!["kms:GenerateDataKeyWithoutPlaintext"];
        statement.push(allow("MakeWrappedKeys", administrators, make, context()));
    }
    if !people.reveal.is_empty() {
        let decrypt = vec!["kms:Decrypt"];
        statement.push(allow("Reveal", &people.reveal, decrypt, context()));
    }
    if !people.gateways.is_empty() {
        let (action, condition) = match purpose {
            Purpose::Tokens => (vec!["kms:GetPublicKey"], None),
            Purpose::Wrapping => (vec!["kms:Decrypt"], context()),
            Purpose::Signer => (vec!["kms:GetPublicKey", "kms:Sign"], None),
            Purpose::Mac => (vec!["kms:GenerateMac"], None),
        };
        statement.push(allow("Gateways", &people.gateways, action, condition));
    }
    if !people.services.is_empty() {
        let decrypt = vec!["kms:Decrypt", "kms:ReEncryptFrom"];
        let services = allow("NeverTheService", &people.services, decrypt, None);
        statement.push(Statement {
            effect: "Deny",
            ..services
        });
    }
    Ok(KeyPolicy {
        version: "2012-10-17",
        statement,
    })
}

fn allow<'a>(
    sid: &'static str,
    principals: &'a [Principal],
    action: Vec<&'static str>,
    condition: Option<Condition<'a>>,
) -> Statement<'a> {
    Statement {
        sid,
        effect: "Allow",
        principal: BTreeMap::from([("AWS", principals)]),
        action,
        resource: "*",
        condition,
    }
}

fn equals<'a>(key: &'static str, value: &'a str) -> Condition<'a> {
    BTreeMap::from([("StringEquals", BTreeMap::from([(key, value)]))])
}

/// Refuses what would give somebody more than their part.
fn check(people: &People, purpose: Purpose) -> Result<(), AnyError> {
    let users = || people.reveal.iter().chain(&people.gateways);
    let decrypts = !people.reveal.is_empty() || !people.services.is_empty();
    if decrypts && !purpose.reveals() {
        return Err("`--reveal` and `--detokenize-service` are for keys that decrypt: leave them out with `--for signer` and `--for mac`".into());
    }
    if let Some(account) = users().find(|each| each.is_account()) {
        return Err(format!(
            "`{account}` stands for all of an account, whose IAM policies would then say who may: name users and roles"
        )
        .into());
    }
    if let Some(both) = users().find(|each| people.administrators.contains(each)) {
        return Err(format!(
            "`{both}` is to manage the key, and must not use it: name another `--administrator`, or another user of the key"
        )
        .into());
    }
    if let Some(service) = users().find(|each| people.services.contains(each)) {
        return Err(format!(
            "`{service}` is the detokenize service, which asks KMS under its callers' credentials and has no rights of its own"
        )
        .into());
    }
    Ok(())
}
