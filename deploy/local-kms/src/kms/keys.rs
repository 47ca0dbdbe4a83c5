//! Making keys, describing them, and their public halves.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::Access;
use super::algorithm::{ExpirationModel, KeySpec, KeyUsage, Origin};
use super::blob::Blob;
use super::grant_operation::GrantOperation;
use super::input::{PageEnd, PageInput, choice, length};
use super::material::Material;
use super::tags::{Tag, checked_tags};
use super::{Call, KmsError};
use crate::iam::Context;
use crate::store::{External, Key, State, now};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateKey {
    policy: Option<String>,
    description: Option<String>,
    key_usage: Option<String>,
    customer_master_key_spec: Option<String>,
    key_spec: Option<String>,
    origin: Option<String>,
    multi_region: Option<bool>,
    tags: Option<Vec<Tag>>,
    #[serde(default)]
    bypass_policy_lockout_safety_check: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    key_metadata: KeyMetadata,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    account: String,
    key_id: String,
    arn: String,
    creation_date: i64,
    enabled: bool,
    description: String,
    key_usage: &'static str,
    key_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_model: Option<&'static str>,
    origin: &'static str,
    key_manager: &'static str,
    customer_master_key_spec: &'static str,
    key_spec: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    encryption_algorithms: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signing_algorithms: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mac_algorithms: Vec<&'static str>,
    multi_region: bool,
}

/// Makes a key. Like all lists and makers it is allowed by the caller's own policies.
pub(super) fn create(call: &mut Call<'_>, input: CreateKey) -> Result<Described, KmsError> {
    let (spec, usage) = spec_and_usage(&input)?;
    let origin = origin(&input)?;
    let description = input.description.unwrap_or_default();
    length("description", description.len(), 0..=8192)?;
    let tags = checked_tags(input.tags.unwrap_or_default())?;
    let bypass = input.bypass_policy_lockout_safety_check;
    allow_create(call, (spec, usage, origin), &tags, bypass)?;

    let state = call.state();
    let text = input
        .policy
        .unwrap_or_else(|| default_policy(&state.account));
    let key = Key {
        id: Uuid::new_v4().to_string(),
        spec,
        usage,
        description,
        created: now(),
        enabled: true,
        delete_at: None,
        policy: call.checked_policy(text)?,
        tags,
        grants: Vec::new(),
        external: (origin == Origin::External).then(External::default),
        material: Arc::new(match origin {
            Origin::Kms => Material::generate(spec)?,
            Origin::External => Material::awaited(spec),
        }),
    };
    if !bypass {
        call.check_lockout(&key)?;
    }
    call.notes.key_arn = Some(state.arn(&format!("key/{}", key.id)));
    let described = metadata(&state, &key);
    call.store.change(|state| {
        state.insert(key);
        Ok::<_, KmsError>(())
    })?;
    Ok(described)
}

fn spec_and_usage(input: &CreateKey) -> Result<(KeySpec, KeyUsage), KmsError> {
    let spec = input
        .key_spec
        .as_deref()
        .or(input.customer_master_key_spec.as_deref());
    let spec = choice(
        "keySpec",
        spec.unwrap_or("SYMMETRIC_DEFAULT"),
        KeySpec::from_name,
        KeySpec::NAMES,
    )?;
    let usage = input.key_usage.as_deref().unwrap_or("ENCRYPT_DECRYPT");
    let usage = choice("keyUsage", usage, KeyUsage::from_name, KeyUsage::NAMES)?;
    if !spec.usages().contains(&usage) {
        return Err(KmsError::validation(format!(
            "The KeyUsage {} is not compatible with the KeySpec {}.",
            usage.name(),
            spec.name()
        )));
    }
    Ok((spec, usage))
}

fn origin(input: &CreateKey) -> Result<Origin, KmsError> {
    let unsupported = |message| KmsError::new("UnsupportedOperationException", message);
    if input.multi_region == Some(true) {
        let message = "veilgate-local-kms makes single-region keys only.";
        return Err(unsupported(message));
    }
    let name = input.origin.as_deref().unwrap_or("AWS_KMS");
    if ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"].contains(&name) {
        return Err(unsupported("veilgate-local-kms has no custom key stores."));
    }
    choice("origin", name, Origin::from_name, Origin::NAMES)
}

fn allow_create(
    call: &Call<'_>,
    (spec, usage, origin): (KeySpec, KeyUsage, Origin),
    tags: &BTreeMap<String, String>,
    bypass: bool,
) -> Result<(), KmsError> {
    let mut facts = Context::default();
    facts.add("kms:KeySpec", spec.name());
    facts.add("kms:CustomerMasterKeySpec", spec.name());
    facts.add("kms:KeyUsage", usage.name());
    facts.add("kms:CustomerMasterKeyUsage", usage.name());
    facts.add("kms:KeyOrigin", origin.name());
    facts.add("kms:MultiRegion", "false");
    facts.add("kms:BypassPolicyLockoutSafetyCheck", bypass.to_string());
    for (name, value) in tags {
        facts.add(&format!("aws:RequestTag/{name}"), value);
        facts.add("aws:TagKeys", name);
    }
    call.allow_in_account("kms:CreateKey", "*", &facts)?;
    if !tags.is_empty() {
        call.allow_in_account("kms:TagResource", "*", &facts)?;
    }
    Ok(())
}

/// What AWS gives a key that is made without a policy: the account's identity policies decide.
fn default_policy(account: &str) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": "kms:*",
            "Resource": "*"
        }]
    })
    .to_string()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyInput {
    pub(super) key_id: String,
    grant_tokens: Option<Vec<String>>,
}

pub(super) fn describe(call: &mut Call<'_>, input: KeyInput) -> Result<Described, KmsError> {
    let access = Access::to("kms:DescribeKey")
        .or_grant(GrantOperation::DescribeKey, input.grant_tokens.as_ref());
    let key = call.open_key(&input.key_id, access)?;
    Ok(metadata(&call.state(), &key))
}

fn metadata(state: &State, key: &Key) -> Described {
    let encrypts = key.usage == KeyUsage::EncryptDecrypt;
    let signs = key.usage == KeyUsage::SignVerify;
    let encryption = key.spec.encryption_algorithms().iter().filter(|_| encrypts);
    let signing = key.spec.signing_algorithms().iter().filter(|_| signs);
    let mac = (key.usage == KeyUsage::Mac).then_some("HMAC_SHA_256");
    Described {
        key_metadata: KeyMetadata {
            account: state.account.clone(),
            key_id: key.id.clone(),
            arn: state.arn(&format!("key/{}", key.id)),
            creation_date: key.created,
            enabled: key.state() == "Enabled",
            description: key.description.clone(),
            key_usage: key.usage.name(),
            key_state: key.state(),
            deletion_date: key.delete_at,
            valid_to: valid_to(key),
            expiration_model: expiration_model(key),
            origin: key.origin().name(),
            key_manager: "CUSTOMER",
            customer_master_key_spec: key.spec.name(),
            key_spec: key.spec.name(),
            encryption_algorithms: encryption.map(|algorithm| algorithm.name()).collect(),
            signing_algorithms: signing.map(|algorithm| algorithm.name()).collect(),
            mac_algorithms: mac.into_iter().collect(),
            multi_region: false,
        },
    }
}

/// When the material that a key has expires.
fn valid_to(key: &Key) -> Option<i64> {
    let external = key.external.as_ref().filter(|_| !key.awaits_material())?;
    external.valid_to
}

fn expiration_model(key: &Key) -> Option<&'static str> {
    let external = key.external.as_ref().filter(|_| !key.awaits_material())?;
    let model = match external.valid_to {
        Some(_) => ExpirationModel::Expires,
        None => ExpirationModel::DoesNotExpire,
    };
    Some(model.name())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyList {
    keys: Vec<KeyListEntry>,
    #[serde(flatten)]
    end: PageEnd,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyListEntry {
    key_id: String,
    key_arn: String,
}

pub(super) fn list(call: &mut Call<'_>, page: PageInput) -> Result<KeyList, KmsError> {
    call.allow_in_account("kms:ListKeys", "*", &Context::default())?;
    let state = call.state();
    let entry = |key: &Arc<Key>| KeyListEntry {
        key_id: key.id.clone(),
        key_arn: state.arn(&format!("key/{}", key.id)),
    };
    let page = page.cut(
        state.keys().map(|key| (key.id.clone(), entry(key))),
        1000,
        100,
    )?;
    Ok(KeyList {
        keys: page.items,
        end: page.end,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PublicKey {
    key_id: String,
    public_key: Blob,
    customer_master_key_spec: &'static str,
    key_spec: &'static str,
    key_usage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_algorithms: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_algorithms: Option<Vec<&'static str>>,
}

/// The public half, as DER SubjectPublicKeyInfo (RFC 5280).
pub(super) fn public_key(call: &mut Call<'_>, input: KeyInput) -> Result<PublicKey, KmsError> {
    let access = Access::to("kms:GetPublicKey")
        .or_grant(GrantOperation::GetPublicKey, input.grant_tokens.as_ref());
    let key = call.open_key(&input.key_id, access)?;
    let arn = call.state().arn(&format!("key/{}", key.id));
    key.usable(&arn)?;
    let Some(public) = key.material.public_key() else {
        return Err(KmsError::new(
            "UnsupportedOperationException",
            format!("{arn} is a symmetric key: it has no public key."),
        ));
    };
    let encryption = key
        .spec
        .encryption_algorithms()
        .iter()
        .map(|a| a.name())
        .collect();
    let signing = key
        .spec
        .signing_algorithms()
        .iter()
        .map(|a| a.name())
        .collect();
    Ok(PublicKey {
        key_id: arn,
        public_key: Blob(public.to_vec()),
        customer_master_key_spec: key.spec.name(),
        key_spec: key.spec.name(),
        key_usage: key.usage.name(),
        encryption_algorithms: (key.usage == KeyUsage::EncryptDecrypt).then_some(encryption),
        signing_algorithms: (key.usage == KeyUsage::SignVerify).then_some(signing),
    })
}
