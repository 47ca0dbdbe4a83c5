//! Key policies.

use serde::{Deserialize, Serialize};

use super::access::{Access, describe_key};
use super::input::{PageEnd, PageInput, length};
use super::{Call, Empty, KmsError};
use crate::iam::{Decision, Question, evaluate};
use crate::store::{Key, KeyPolicy};

const NAME: &str = "default";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutPolicy {
    key_id: String,
    policy_name: Option<String>,
    policy: String,
    #[serde(default)]
    bypass_policy_lockout_safety_check: bool,
}

/// Puts a key policy; it decides from the next request on.
pub(super) fn put(call: &mut Call<'_>, input: PutPolicy) -> Result<Empty, KmsError> {
    check_name(input.policy_name.as_deref())?;
    let bypass = input.bypass_policy_lockout_safety_check;
    let access = Access::to("kms:PutKeyPolicy")
        .with("kms:BypassPolicyLockoutSafetyCheck", bypass.to_string());
    let key = call.manage_key(&input.key_id, access)?;
    let policy = call.checked_policy(input.policy)?;
    if !bypass {
        call.check_lockout(&Key {
            policy: policy.clone(),
            ..Key::clone(&key)
        })?;
    }
    call.change_key(&key.id, |key, _| {
        key.policy = policy;
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetPolicy {
    key_id: String,
    policy_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyText {
    policy: String,
    policy_name: &'static str,
}

pub(super) fn get(call: &mut Call<'_>, input: GetPolicy) -> Result<PolicyText, KmsError> {
    check_name(input.policy_name.as_deref())?;
    let key = call.manage_key(&input.key_id, Access::to("kms:GetKeyPolicy"))?;
    Ok(PolicyText {
        policy: key.policy.text.clone(),
        policy_name: NAME,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPolicies {
    key_id: String,
    #[serde(flatten)]
    page: PageInput,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyNames {
    policy_names: Vec<&'static str>,
    #[serde(flatten)]
    end: PageEnd,
}

pub(super) fn list(call: &mut Call<'_>, input: ListPolicies) -> Result<PolicyNames, KmsError> {
    call.manage_key(&input.key_id, Access::to("kms:ListKeyPolicies"))?;
    let page = input.page.cut([(NAME.to_owned(), NAME)], 1000, 100)?;
    Ok(PolicyNames {
        policy_names: page.items,
        end: page.end,
    })
}

fn check_name(name: Option<&str>) -> Result<(), KmsError> {
    match name {
        None | Some(NAME) => Ok(()),
        Some(other) => Err(KmsError::not_found(format!(
            "No such policy exists: {other} (use \"{NAME}\")"
        ))),
    }
}

impl Call<'_> {
    /// Reads a key policy, and refuses one that names a user or role that there is not.
    pub(super) fn checked_policy(&self, text: String) -> Result<KeyPolicy, KmsError> {
        length("policy", text.len(), 1..=32_768)?;
        let policy = KeyPolicy::try_from(text)?;
        let unknown = policy
            .compiled
            .principals()
            .find(|principal| !self.config.knows(principal));
        match unknown.cloned() {
            None => Ok(policy),
            Some(unknown) => Err(KmsError::new(
                "MalformedPolicyDocumentException",
                format!(
                    "Policy contains a statement with an invalid principal: {unknown} is not in the configuration."
                ),
            )),
        }
    }

    /// The lockout safety check: whoever puts a policy must be able to put the next one.
    pub(super) fn check_lockout(&self, key: &Key) -> Result<(), KmsError> {
        let state = self.state();
        let mut context = self.context.clone();
        describe_key(&mut context, &state, key);
        let question = Question {
            caller: self.caller,
            action: "kms:PutKeyPolicy",
            resource: &state.arn(&format!("key/{}", key.id)),
            context: &context,
            resource_policy: Some(&key.policy.compiled),
            granted: None,
        };
        match evaluate(&question) {
            Decision::Allowed(_) => Ok(()),
            Decision::ExplicitlyDenied | Decision::NotAllowed => Err(KmsError::new(
                "MalformedPolicyDocumentException",
                "The new key policy will not allow you to update the key policy in the future.",
            )),
        }
    }
}
