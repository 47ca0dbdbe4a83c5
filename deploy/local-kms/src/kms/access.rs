//! Finding the key that a request names, and deciding whether the caller may.

use std::sync::Arc;

use crate::iam::{Context, Decision, Grounds, Policy, Question, Reach, evaluate};
use crate::store::{Grant, Key, State};

use super::blob::EncryptionContext;
use super::grant_operation::GrantOperation;
use super::{Call, KmsError};

/// A key and the way in which the request named it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) key: Arc<Key>,
    /// With `alias/`, when it was named by an alias.
    alias: Option<String>,
}

/// What is to be allowed.
pub(super) struct Access<'a> {
    action: &'static str,
    facts: Context,
    grant: Option<GrantOperation>,
    grant_tokens: &'a [String],
    encryption_context: Option<&'a EncryptionContext>,
    /// Further demands on a grant that allows it.
    grant_filter: Option<&'a dyn Fn(&Grant) -> bool>,
}

impl<'a> Access<'a> {
    /// Access to an action, as `kms:Decrypt`, by policies alone.
    pub(super) fn to(action: &'static str) -> Access<'a> {
        Access {
            action,
            facts: Context::default(),
            grant: None,
            grant_tokens: &[],
            encryption_context: None,
            grant_filter: None,
        }
    }

    /// Grants with the operation allow it too.
    pub(super) fn or_grant(
        mut self,
        operation: GrantOperation,
        grant_tokens: Option<&'a Vec<String>>,
    ) -> Access<'a> {
        self.grant = Some(operation);
        self.grant_tokens = grant_tokens.map_or(&[], Vec::as_slice);
        self
    }

    pub(super) fn grants_where(mut self, filter: &'a dyn Fn(&Grant) -> bool) -> Access<'a> {
        self.grant_filter = Some(filter);
        self
    }

    /// A condition key of this request.
    pub(super) fn with(mut self, key: &str, value: impl Into<String>) -> Access<'a> {
        self.facts.add(key, value);
        self
    }

    pub(super) fn with_all<'b>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = &'b str>,
    ) -> Access<'a> {
        for value in values {
            self.facts.add(key, value);
        }
        self
    }

    /// The encryption context: `kms:EncryptionContext:<name>` and `kms:EncryptionContextKeys`.
    pub(super) fn in_context(mut self, context: &'a EncryptionContext) -> Access<'a> {
        for (name, value) in context {
            self.facts
                .add(&format!("kms:EncryptionContext:{name}"), value);
            self.facts.add("kms:EncryptionContextKeys", name);
        }
        self.encryption_context = Some(context);
        self
    }
}

impl Call<'_> {
    /// Finds a key by id, ARN, alias or alias ARN, and asks whether the caller may.
    pub(super) fn open_key(&mut self, id: &str, access: Access<'_>) -> Result<Arc<Key>, KmsError> {
        let named = self.find(id, access.action)?;
        self.allow(&named, access)?;
        Ok(named.key)
    }

    /// As [`Call::open_key`], for operations that take no alias.
    pub(super) fn manage_key(
        &mut self,
        id: &str,
        access: Access<'_>,
    ) -> Result<Arc<Key>, KmsError> {
        let by_alias = id.starts_with("alias/") || id.contains(":alias/");
        if by_alias {
            return Err(KmsError::not_found(format!(
                "Invalid keyId '{id}': this operation takes a key id or a key ARN."
            )));
        }
        self.open_key(id, access)
    }

    /// Finds a key. Who may not use keys in general learns of a missing one only that it is denied.
    pub(super) fn find(&mut self, id: &str, action: &'static str) -> Result<Named, KmsError> {
        let state = self.state();
        if id.is_empty() || id.len() > 2048 {
            return Err(KmsError::outside(
                "keyId",
                "Member must have length from 1 to 2048",
            ));
        }
        let resource = resource_of(&state, id)?;
        if let Some(named) = look_up(&state, &resource) {
            self.notes.key_arn = Some(state.arn(&format!("key/{}", named.key.id)));
            return Ok(named);
        }
        let arn = state.arn(&resource);
        self.notes.key_arn = Some(arn.clone());
        self.allow_in_account(action, &arn, &Context::default())?;
        let what = if resource.starts_with("alias/") {
            "Alias"
        } else {
            "Key"
        };
        Err(KmsError::not_found(format!(
            "{what} '{arn}' does not exist"
        )))
    }

    /// Asks the key policy, the caller's policies and the key's grants.
    pub(super) fn allow(&self, named: &Named, access: Access<'_>) -> Result<Grounds, KmsError> {
        let state = self.state();
        check_grant_tokens(&state, access.grant_tokens)?;
        let grant = access.grant.and_then(|operation| {
            let fits = |grant: &&Grant| {
                grant.operations.contains(&operation)
                    && grant.meets(access.encryption_context)
                    && access.grant_filter.is_none_or(|filter| filter(grant))
            };
            let grants = named.key.grants.iter().filter(fits);
            grants
                .filter_map(|grant| self.reach_of(&grant.grantee))
                .max()
        });
        self.allow_with_grant(named, access.action, access.facts, grant)
    }

    /// Asks the policies, with a grant that has been looked at already.
    pub(super) fn allow_with_grant(
        &self,
        named: &Named,
        action: &str,
        facts: Context,
        granted: Option<Reach>,
    ) -> Result<Grounds, KmsError> {
        let state = self.state();
        let arn = state.arn(&format!("key/{}", named.key.id));
        let mut context = self.context.clone();
        context.extend(&facts);
        describe_key(&mut context, &state, &named.key);
        if let Some(alias) = &named.alias {
            context.add("kms:RequestAlias", alias);
        }
        let policy = Some(named.key.policy.compiled.as_ref());
        self.decide(action, &arn, &context, policy, granted)
    }

    /// Asks the caller's own policies, where there is no key: `CreateKey`, lists, aliases.
    pub(super) fn allow_in_account(
        &self,
        action: &str,
        resource: &str,
        facts: &Context,
    ) -> Result<Grounds, KmsError> {
        let mut context = self.context.clone();
        context.extend(facts);
        context.add("kms:CallerAccount", &self.caller.account);
        self.decide(action, resource, &context, None, None)
    }

    fn decide(
        &self,
        action: &str,
        resource: &str,
        context: &Context,
        resource_policy: Option<&Policy>,
        granted: Option<Reach>,
    ) -> Result<Grounds, KmsError> {
        let caller = self.caller;
        let question = Question {
            caller,
            action,
            resource,
            context,
            resource_policy,
            granted,
        };
        let because = match (evaluate(&question), resource_policy) {
            (Decision::Allowed(grounds), _) => return Ok(grounds),
            (Decision::ExplicitlyDenied, _) => "with an explicit deny".to_owned(),
            (Decision::NotAllowed, Some(_)) => {
                format!("because no resource-based policy allows the {action} action")
            }
            (Decision::NotAllowed, None) => {
                format!("because no identity-based policy allows the {action} action")
            }
        };
        Err(KmsError::new(
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: {action} on resource: {resource} {because}",
                caller.arn
            ),
        ))
    }

    /// How a principal of a grant speaks of the caller.
    pub(super) fn reach_of(&self, principal: &str) -> Option<Reach> {
        use crate::iam::CallerKind;
        if principal == self.caller.arn {
            return Some(Reach::Exact);
        }
        match &self.caller.kind {
            CallerKind::Session { role_arn, .. } if principal == role_arn => Some(Reach::Role),
            _ => None,
        }
    }
}

/// The condition keys that describe a key.
pub(super) fn describe_key(context: &mut Context, state: &State, key: &Key) {
    context.add("kms:CallerAccount", &state.account);
    context.add("aws:ResourceAccount", &state.account);
    context.add("kms:KeySpec", key.spec.name());
    context.add("kms:CustomerMasterKeySpec", key.spec.name());
    context.add("kms:KeyUsage", key.usage.name());
    context.add("kms:CustomerMasterKeyUsage", key.usage.name());
    context.add("kms:KeyOrigin", key.origin().name());
    context.add("kms:MultiRegion", "false");
    for (name, value) in &key.tags {
        context.add(&format!("aws:ResourceTag/{name}"), value);
    }
    for (name, _) in state
        .aliases
        .iter()
        .filter(|(_, alias)| alias.key_id == key.id)
    {
        context.add("kms:ResourceAliases", name);
    }
}

/// `key/<id>` or `alias/<name>` of what a request names.
fn resource_of(state: &State, id: &str) -> Result<String, KmsError> {
    if !id.starts_with("arn:") {
        let bare = !id.starts_with("alias/");
        return Ok(if bare {
            format!("key/{id}")
        } else {
            id.to_owned()
        });
    }
    let parts: Vec<&str> = id.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", "aws", "kms", region, account, resource]
            if resource.starts_with("key/") || resource.starts_with("alias/") =>
        {
            if *region == state.region && *account == state.account {
                Ok((*resource).to_owned())
            } else {
                Err(KmsError::not_found(format!("Invalid keyId '{id}'")))
            }
        }
        _ => Err(KmsError::new(
            "InvalidArnException",
            format!("Invalid ARN '{id}'"),
        )),
    }
}

fn look_up(state: &State, resource: &str) -> Option<Named> {
    if let Some(id) = resource.strip_prefix("key/") {
        return state.key(id).map(|key| Named {
            key: Arc::clone(key),
            alias: None,
        });
    }
    let key = state.key(&state.aliases.get(resource)?.key_id)?;
    Some(Named {
        key: Arc::clone(key),
        alias: Some(resource.to_owned()),
    })
}

/// Grants take effect at once here, so a token only has to be one that was given.
fn check_grant_tokens(state: &State, tokens: &[String]) -> Result<(), KmsError> {
    if tokens.len() > 10 {
        return Err(KmsError::outside(
            "grantTokens",
            "Member must have length from 0 to 10",
        ));
    }
    let known = |token: &String| {
        state
            .keys()
            .any(|k| k.grants.iter().any(|g| g.token == *token))
    };
    if tokens.iter().all(known) {
        return Ok(());
    }
    Err(KmsError::new(
        "InvalidGrantTokenException",
        "A grant token is not valid.",
    ))
}

impl Grant {
    /// Whether the constraints allow an encryption context. They bind only operations that have one.
    fn meets(&self, context: Option<&EncryptionContext>) -> bool {
        let (Some(constraints), Some(context)) = (&self.constraints, context) else {
            return true;
        };
        let equal = constraints
            .equals
            .as_ref()
            .is_none_or(|equals| equals == context);
        let subset = constraints.subset.as_ref().is_none_or(|subset| {
            subset
                .iter()
                .all(|(name, value)| context.get(name) == Some(value))
        });
        equal && subset
    }
}

impl Key {
    /// Refuses keys that are disabled or waiting for deletion.
    pub(super) fn usable(&self, arn: &str) -> Result<(), KmsError> {
        self.alive(arn)?;
        if self.awaits_material() {
            return Err(KmsError::new(
                "KMSInvalidStateException",
                format!("{arn} is pending import."),
            ));
        }
        if self.enabled {
            return Ok(());
        }
        Err(KmsError::new(
            "DisabledException",
            format!("{arn} is disabled."),
        ))
    }

    /// Refuses keys that are waiting for deletion.
    pub(super) fn alive(&self, arn: &str) -> Result<(), KmsError> {
        if self.delete_at.is_none() {
            return Ok(());
        }
        Err(KmsError::new(
            "KMSInvalidStateException",
            format!("{arn} is pending deletion."),
        ))
    }
}
