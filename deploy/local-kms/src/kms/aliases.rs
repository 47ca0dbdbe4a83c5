//! Aliases: other names for keys.

use serde::{Deserialize, Serialize};

use super::access::Access;
use super::input::{PageEnd, PageInput};
use super::{Call, Empty, KmsError};
use crate::iam::Context;
use crate::store::{Alias, now};

const MOST_PER_KEY: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AliasInput {
    alias_name: String,
    target_key_id: String,
}

/// Needs the right on the alias, by the caller's policies, and on the key.
pub(super) fn create(call: &mut Call<'_>, input: AliasInput) -> Result<Empty, KmsError> {
    check_name(&input.alias_name)?;
    allow_alias(call, "kms:CreateAlias", &input.alias_name)?;
    let key = call.manage_key(&input.target_key_id, Access::to("kms:CreateAlias"))?;
    key.alive(&call.state().arn(&format!("key/{}", key.id)))?;
    let name = input.alias_name;
    call.store.change(|state| {
        if state.aliases.contains_key(&name) {
            let message = format!("An alias with the name {} already exists", state.arn(&name));
            return Err(KmsError::new("AlreadyExistsException", message));
        }
        if state
            .aliases
            .values()
            .filter(|a| a.key_id == key.id)
            .count()
            >= MOST_PER_KEY
        {
            let message = format!("A key cannot have more than {MOST_PER_KEY} aliases.");
            return Err(KmsError::new("LimitExceededException", message));
        }
        let alias = Alias {
            key_id: key.id.clone(),
            created: now(),
            updated: now(),
        };
        state.aliases.insert(name, alias);
        Ok(Empty {})
    })
}

/// Moves an alias to another key of the same kind and usage; needs the right on both keys.
pub(super) fn update(call: &mut Call<'_>, input: AliasInput) -> Result<Empty, KmsError> {
    check_name(&input.alias_name)?;
    allow_alias(call, "kms:UpdateAlias", &input.alias_name)?;
    let old = call.open_key(&input.alias_name, Access::to("kms:UpdateAlias"))?;
    let new = call.manage_key(&input.target_key_id, Access::to("kms:UpdateAlias"))?;
    new.alive(&call.state().arn(&format!("key/{}", new.id)))?;
    if old.usage != new.usage || old.spec.asymmetric() != new.spec.asymmetric() {
        return Err(KmsError::validation(
            "Aliases can move only between keys of the same type and usage.",
        ));
    }
    call.store.change(|state| {
        let missing = || missing(&input.alias_name);
        let alias = state
            .aliases
            .get_mut(&input.alias_name)
            .ok_or_else(missing)?;
        (alias.key_id, alias.updated) = (new.id.clone(), now());
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteAlias {
    alias_name: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: DeleteAlias) -> Result<Empty, KmsError> {
    check_name(&input.alias_name)?;
    allow_alias(call, "kms:DeleteAlias", &input.alias_name)?;
    call.open_key(&input.alias_name, Access::to("kms:DeleteAlias"))?;
    call.store.change(|state| {
        state
            .aliases
            .remove(&input.alias_name)
            .ok_or_else(|| missing(&input.alias_name))?;
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAliases {
    key_id: Option<String>,
    #[serde(flatten)]
    page: PageInput,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AliasList {
    aliases: Vec<AliasListEntry>,
    #[serde(flatten)]
    end: PageEnd,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasListEntry {
    alias_name: String,
    alias_arn: String,
    target_key_id: String,
    creation_date: i64,
    last_updated_date: i64,
}

pub(super) fn list(call: &mut Call<'_>, input: ListAliases) -> Result<AliasList, KmsError> {
    call.allow_in_account("kms:ListAliases", "*", &Context::default())?;
    let only = match &input.key_id {
        Some(id) => Some(call.find(id, "kms:ListAliases")?.key.id.clone()),
        None => None,
    };
    let state = call.state();
    let wanted = |alias: &Alias| only.as_ref().is_none_or(|id| *id == alias.key_id);
    let entries = state
        .aliases
        .iter()
        .filter(|(_, alias)| wanted(alias))
        .map(|(name, alias)| {
            let entry = AliasListEntry {
                alias_name: name.clone(),
                alias_arn: state.arn(name),
                target_key_id: alias.key_id.clone(),
                creation_date: alias.created,
                last_updated_date: alias.updated,
            };
            (name.clone(), entry)
        });
    let page = input.page.cut(entries, 100, 50)?;
    Ok(AliasList {
        aliases: page.items,
        end: page.end,
    })
}

fn allow_alias(call: &Call<'_>, action: &'static str, name: &str) -> Result<(), KmsError> {
    let arn = call.state().arn(name);
    call.allow_in_account(action, &arn, &Context::default())
        .map(|_| ())
}

fn check_name(name: &str) -> Result<(), KmsError> {
    let Some(rest) = name.strip_prefix("alias/") else {
        return Err(KmsError::validation(
            "Alias must start with the prefix \"alias/\".",
        ));
    };
    let letter = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    if rest.is_empty() || name.len() > 256 || !rest.chars().all(letter) {
        return Err(KmsError::validation(
            "An alias has letters, digits, /, _ and - after \"alias/\", up to 256 in all.",
        ));
    }
    if rest.starts_with("aws/") {
        return Err(KmsError::new(
            "InvalidAliasNameException",
            "Aliases that begin with alias/aws/ are AWS's own.",
        ));
    }
    Ok(())
}

fn missing(name: &str) -> KmsError {
    KmsError::not_found(format!("Alias '{name}' does not exist"))
}
