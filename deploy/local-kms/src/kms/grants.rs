//! Grants: rights on one key for one principal, given and taken without touching its policy.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::Access;
use super::algorithm::KeySpec;
use super::blob::EncryptionContext;
use super::grant_operation::GrantOperation;
use super::input::{PageEnd, PageInput, choice, length};
use super::material::random;
use super::{Call, Empty, KmsError};
use crate::iam::{Context, Reach};
use crate::store::{Grant, GrantConstraints, Key, State, now};

const MOST_PER_KEY: usize = 50_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateGrant {
    key_id: String,
    grantee_principal: String,
    retiring_principal: Option<String>,
    operations: Vec<String>,
    constraints: Option<GrantConstraints>,
    grant_tokens: Option<Vec<String>>,
    name: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GrantMade {
    grant_token: String,
    grant_id: String,
}

/// Gives a grant. A caller who may do so by a grant alone can give no more than that grant has.
pub(super) fn create(call: &mut Call<'_>, input: CreateGrant) -> Result<GrantMade, KmsError> {
    let wanted = wanted(call, &input)?;
    let within = |grant: &Grant| covers(grant, &wanted);
    let mut access = Access::to("kms:CreateGrant")
        .or_grant(GrantOperation::CreateGrant, input.grant_tokens.as_ref())
        .grants_where(&within)
        .with("kms:GranteePrincipal", &wanted.grantee)
        .with("kms:GrantIsForAWSResource", "false")
        .with_all(
            "kms:GrantOperations",
            wanted.operations.iter().map(|o| o.name()),
        );
    if let Some(retiring) = &wanted.retiring {
        access = access.with("kms:RetiringPrincipal", retiring);
    }
    if let Some(constraints) = &wanted.constraints {
        access = access.with("kms:GrantConstraintType", constraints.kind());
    }
    let key = call.manage_key(&input.key_id, access)?;
    key.usable(&call.state().arn(&format!("key/{}", key.id)))?;
    check_operations(&key, &wanted)?;
    super::cipher::not_dry(input.dry_run)?;
    call.change_key(&key.id, |key, _| add(key, wanted))
}

/// The grant that the request asks for.
fn wanted(call: &Call<'_>, input: &CreateGrant) -> Result<Grant, KmsError> {
    if let Some(name) = &input.name {
        length("name", name.len(), 1..=256)?;
    }
    if input.operations.is_empty() {
        return Err(KmsError::outside(
            "operations",
            "Member must have length from 1",
        ));
    }
    let operation = |name: &String| {
        choice(
            "operations",
            name,
            GrantOperation::from_name,
            GrantOperation::NAMES,
        )
    };
    let mut operations = input
        .operations
        .iter()
        .map(operation)
        .collect::<Result<Vec<_>, KmsError>>()?;
    operations.sort_unstable();
    operations.dedup();
    for principal in std::iter::once(&input.grantee_principal).chain(&input.retiring_principal) {
        if !call.config.knows_arn(principal) {
            let message = format!("ARN does not refer to a valid principal: {principal}");
            return Err(KmsError::new("InvalidArnException", message));
        }
    }
    let empty = |c: &GrantConstraints| c.subset.is_none() && c.equals.is_none();
    let mut token = [0; 48];
    random(&mut token)?;
    Ok(Grant {
        id: Uuid::new_v4().simple().to_string().repeat(2),
        token: base64_simd::URL_SAFE_NO_PAD.encode_to_string(token),
        name: input.name.clone(),
        created: now(),
        grantee: input.grantee_principal.clone(),
        retiring: input.retiring_principal.clone(),
        issuing_account: call.caller.account.clone(),
        operations,
        constraints: input.constraints.clone().filter(|c| !empty(c)),
    })
}

fn check_operations(key: &Key, wanted: &Grant) -> Result<(), KmsError> {
    if let Some(unfit) = wanted
        .operations
        .iter()
        .find(|o| !o.fits(key.spec, key.usage))
    {
        return Err(KmsError::validation(format!(
            "Grant operation {} is not valid for a key of spec {} and usage {}.",
            unfit.name(),
            key.spec.name(),
            key.usage.name()
        )));
    }
    if wanted.constraints.is_some() && key.spec != KeySpec::Symmetric {
        return Err(KmsError::validation(
            "Grant constraints are valid only for symmetric encryption keys.",
        ));
    }
    Ok(())
}

/// Adds a grant. The same named grant again gives the grant that there is, so a retry is harmless.
fn add(key: &mut Key, wanted: Grant) -> Result<GrantMade, KmsError> {
    let same = |grant: &&Grant| {
        wanted.name.is_some()
            && Grant {
                id: wanted.id.clone(),
                token: wanted.token.clone(),
                created: wanted.created,
                ..Grant::clone(grant)
            } == wanted
    };
    if let Some(grant) = key.grants.iter().find(same) {
        return Ok(GrantMade {
            grant_token: grant.token.clone(),
            grant_id: grant.id.clone(),
        });
    }
    if key.grants.len() >= MOST_PER_KEY {
        let message = format!("A key cannot have more than {MOST_PER_KEY} grants.");
        return Err(KmsError::new("LimitExceededException", message));
    }
    let made = GrantMade {
        grant_token: wanted.token.clone(),
        grant_id: wanted.id.clone(),
    };
    key.grants.push(wanted);
    Ok(made)
}

/// Whether a grant has all that a new one would give: operations, and constraints as strict.
fn covers(parent: &Grant, child: &Grant) -> bool {
    let operations = child
        .operations
        .iter()
        .all(|o| parent.operations.contains(o));
    operations
        && parent
            .constraints
            .as_ref()
            .is_none_or(|limits| limits.bind(child))
}

impl GrantConstraints {
    fn kind(&self) -> &'static str {
        match self.equals {
            Some(_) => "EncryptionContextEquals",
            None => "EncryptionContextSubset",
        }
    }

    /// Whether every context that the child allows is one that these constraints allow.
    fn bind(&self, child: &Grant) -> bool {
        let Some(child) = &child.constraints else {
            return false;
        };
        let equals = self
            .equals
            .as_ref()
            .is_none_or(|pairs| child.equals.as_ref() == Some(pairs));
        let holds = |pairs: &EncryptionContext, all: &EncryptionContext| {
            pairs
                .iter()
                .all(|(name, value)| all.get(name) == Some(value))
        };
        let subset = self.subset.as_ref().is_none_or(|pairs| {
            let bound = child.equals.as_ref().or(child.subset.as_ref());
            bound.is_some_and(|all| holds(pairs, all))
        });
        equals && subset
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListGrants {
    key_id: String,
    grant_id: Option<String>,
    grantee_principal: Option<String>,
    #[serde(flatten)]
    page: PageInput,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GrantList {
    grants: Vec<GrantEntry>,
    #[serde(flatten)]
    end: PageEnd,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GrantEntry {
    key_id: String,
    grant_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    creation_date: i64,
    grantee_principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_principal: Option<String>,
    issuing_account: String,
    operations: Vec<GrantOperation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<GrantConstraints>,
}

impl GrantEntry {
    fn new(state: &State, key: &Key, grant: &Grant) -> (String, GrantEntry) {
        let entry = GrantEntry {
            key_id: state.arn(&format!("key/{}", key.id)),
            grant_id: grant.id.clone(),
            name: grant.name.clone(),
            creation_date: grant.created,
            grantee_principal: grant.grantee.clone(),
            retiring_principal: grant.retiring.clone(),
            issuing_account: format!("arn:aws:iam::{}:root", grant.issuing_account),
            operations: grant.operations.clone(),
            constraints: grant.constraints.clone(),
        };
        (grant.id.clone(), entry)
    }
}

pub(super) fn list(call: &mut Call<'_>, input: ListGrants) -> Result<GrantList, KmsError> {
    let key = call.manage_key(&input.key_id, Access::to("kms:ListGrants"))?;
    let state = call.state();
    let wanted = |grant: &&Grant| {
        input.grant_id.as_ref().is_none_or(|id| *id == grant.id)
            && input
                .grantee_principal
                .as_ref()
                .is_none_or(|arn| *arn == grant.grantee)
    };
    let entries = key
        .grants
        .iter()
        .filter(wanted)
        .map(|g| GrantEntry::new(&state, &key, g));
    let page = input.page.cut(entries, 100, 50)?;
    Ok(GrantList {
        grants: page.items,
        end: page.end,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRetirable {
    retiring_principal: String,
    #[serde(flatten)]
    page: PageInput,
}

pub(super) fn list_retirable(
    call: &mut Call<'_>,
    input: ListRetirable,
) -> Result<GrantList, KmsError> {
    call.allow_in_account("kms:ListRetirableGrants", "*", &Context::default())?;
    let state = call.state();
    let grants = state
        .keys()
        .flat_map(|key| key.grants.iter().map(move |grant| (key, grant)));
    let entries = grants
        .filter(|(_, grant)| grant.retiring.as_ref() == Some(&input.retiring_principal))
        .map(|(key, grant)| GrantEntry::new(&state, key, grant));
    let page = input.page.cut(entries, 100, 50)?;
    Ok(GrantList {
        grants: page.items,
        end: page.end,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RetireGrant {
    grant_token: Option<String>,
    key_id: Option<String>,
    grant_id: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

/// Gives a grant back: its retiring principal may, its grantee when the grant has `RetireGrant`, and
/// whom the policies allow `kms:RetireGrant`.
pub(super) fn retire(call: &mut Call<'_>, input: RetireGrant) -> Result<Empty, KmsError> {
    let (key_id, grant_id) = match (&input.grant_token, &input.key_id, &input.grant_id) {
        (Some(token), None, None) => by_token(&call.state(), token)?,
        (None, Some(key), Some(grant)) => (key.clone(), grant.clone()),
        _ => {
            return Err(KmsError::validation(
                "Give GrantToken, or KeyId and GrantId.",
            ));
        }
    };
    let named = call.find(&key_id, "kms:RetireGrant")?;
    let grant = named.key.grants.iter().find(|grant| grant.id == grant_id);
    let retirable = grant.and_then(|grant| retiring_reach(call, grant));
    call.allow_with_grant(&named, "kms:RetireGrant", Context::default(), retirable)?;
    if grant.is_none() {
        return Err(unknown_grant());
    }
    super::cipher::not_dry(input.dry_run)?;
    remove(call, &named.key.id, &grant_id)
}

fn retiring_reach(call: &Call<'_>, grant: &Grant) -> Option<Reach> {
    let retiring = grant
        .retiring
        .as_ref()
        .and_then(|principal| call.reach_of(principal));
    let own = grant.operations.contains(&GrantOperation::RetireGrant);
    let grantee = call.reach_of(&grant.grantee).filter(|_| own);
    retiring.max(grantee)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeGrant {
    key_id: String,
    grant_id: String,
    #[serde(default)]
    dry_run: bool,
}

pub(super) fn revoke(call: &mut Call<'_>, input: RevokeGrant) -> Result<Empty, KmsError> {
    let access = Access::to("kms:RevokeGrant").with("kms:GrantIsForAWSResource", "false");
    let key = call.manage_key(&input.key_id, access)?;
    super::cipher::not_dry(input.dry_run)?;
    remove(call, &key.id, &input.grant_id)
}

fn by_token(state: &State, token: &str) -> Result<(String, String), KmsError> {
    let holds = |key: &Key| {
        let grant = key.grants.iter().find(|grant| grant.token == token)?;
        Some((key.id.clone(), grant.id.clone()))
    };
    let invalid = || {
        KmsError::new(
            "InvalidGrantTokenException",
            "The grant token is not valid.",
        )
    };
    state.keys().find_map(|key| holds(key)).ok_or_else(invalid)
}

fn remove(call: &Call<'_>, key_id: &str, grant_id: &str) -> Result<Empty, KmsError> {
    call.change_key(key_id, |key, _| {
        let before = key.grants.len();
        key.grants.retain(|grant| grant.id != grant_id);
        if key.grants.len() == before {
            return Err(unknown_grant());
        }
        Ok(Empty {})
    })
}

fn unknown_grant() -> KmsError {
    KmsError::not_found("The grant does not exist.")
}
