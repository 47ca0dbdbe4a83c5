//! Who may do what: the evaluation of all the policies that speak of one request.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Context;
use super::document::Policy;
use super::principal::Reach;

/// Who calls, with the policies that come with the caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// `arn:aws:iam::<account>:user/<name>` or `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
    pub(crate) arn: String,
    /// Twelve digits.
    pub(crate) account: String,
    /// What `aws:userid` and `GetCallerIdentity` show.
    pub(crate) user_id: String,
    pub(crate) kind: CallerKind,
    /// `aws:PrincipalTag/*`.
    pub(crate) tags: BTreeMap<String, String>,
    /// Names of session tags that go on into the next role.
    pub(crate) transitive_tags: Vec<String>,
    /// Policies of the user or role.
    pub(crate) identity_policies: Vec<Arc<Policy>>,
    /// What the session was limited to when it was made; every one must allow.
    pub(crate) session_policies: Vec<Arc<Policy>>,
}

/// What kind of principal a caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallerKind {
    User {
        name: String,
    },
    Session {
        role_arn: String,
        issued: i64,
        federated: Option<String>,
    },
    /// Holds a verified web identity token and nothing else yet.
    WebIdentity {
        provider_arn: String,
    },
}

impl Caller {
    /// Adds the condition keys that describe the caller.
    pub(crate) fn describe(&self, context: &mut Context) {
        context.add("aws:PrincipalAccount", &self.account);
        context.add("aws:userid", &self.user_id);
        for (key, value) in &self.tags {
            context.add(&format!("aws:PrincipalTag/{key}"), value);
        }
        match &self.kind {
            CallerKind::User { name } => {
                context.add("aws:PrincipalArn", &self.arn);
                context.add("aws:username", name);
                context.add("aws:PrincipalType", "User");
            }
            CallerKind::Session {
                role_arn,
                issued,
                federated,
            } => {
                // AWS gives the role's ARN here, not the session's.
                context.add("aws:PrincipalArn", role_arn);
                context.add("aws:PrincipalType", "AssumedRole");
                context.add("aws:TokenIssueTime", issued.to_string());
                if let Some(provider) = federated {
                    context.add("aws:FederatedProvider", provider);
                }
            }
            CallerKind::WebIdentity { provider_arn } => {
                context.add("aws:FederatedProvider", provider_arn);
            }
        }
    }
}

/// One request, with the policy of the resource that it is about.
pub(crate) struct Question<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) context: &'a Context,
    /// The key policy or trust policy. Without one the caller's own policies decide alone.
    pub(crate) resource_policy: Option<&'a Policy>,
    /// How a grant speaks of the caller, if one allows the request.
    pub(crate) granted: Option<Reach>,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed(Grounds),
    ExplicitlyDenied,
    NotAllowed,
}

/// What allowed a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grounds {
    ResourcePolicy,
    IdentityPolicy,
    Grant,
}

/// Evaluates as AWS documents it for one account: a deny anywhere wins; then the resource's policy
/// may allow the caller directly, or allow the account and so leave it to the caller's policies; or
/// a grant allows. A session policy limits all that does not name the session itself.
pub(crate) fn evaluate(question: &Question<'_>) -> Decision {
    let Question {
        caller,
        action,
        resource,
        context,
        ..
    } = question;
    let says = |policy: &Policy| policy.say(caller, action, resource, context);

    let by_resource = question.resource_policy.map(says);
    let by_identity: Vec<_> = caller.identity_policies.iter().map(|p| says(p)).collect();
    let by_session: Vec<_> = caller.session_policies.iter().map(|p| says(p)).collect();

    let mut all = by_resource.iter().chain(&by_identity).chain(&by_session);
    if all.any(|said| said.denied) {
        return Decision::ExplicitlyDenied;
    }

    let in_session = by_session.iter().all(|said| said.allowed.is_some());
    let by_own_policies = in_session && by_identity.iter().any(|said| said.allowed.is_some());
    let reaches = |reach: Reach| match reach {
        Reach::Exact => true,
        Reach::Role => in_session,
        Reach::Account => false,
    };

    match by_resource {
        Some(said) if said.allowed.is_some_and(reaches) => {
            return Decision::Allowed(Grounds::ResourcePolicy);
        }
        Some(said) if said.allowed == Some(Reach::Account) && by_own_policies => {
            return Decision::Allowed(Grounds::IdentityPolicy);
        }
        None if by_own_policies => return Decision::Allowed(Grounds::IdentityPolicy),
        _ => {}
    }
    match question.granted {
        Some(reach) if reaches(reach) => Decision::Allowed(Grounds::Grant),
        _ => Decision::NotAllowed,
    }
}
