//! The `Principal` element: whom a statement of a key policy or trust policy speaks of.

use serde_json::Value;

use super::document::PolicyError;
use super::evaluate::{Caller, CallerKind};

/// One principal that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// `*`
    Everyone,
    /// An account id, or the ARN of its root.
    Account(String),
    /// The ARN of a user, a role or an assumed-role session.
    Arn(String),
    /// An identity provider (trust policies).
    Federated(String),
    /// An AWS service. No caller here is one.
    Service(String),
}

/// How directly a principal speaks of a caller; the order is from loose to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The caller's account: allows what its identity policies allow, and nothing by itself.
    Account,
    /// The caller's role, or everyone: a session policy still limits it.
    Role,
    /// The very user or session.
    Exact,
}

impl Principal {
    /// Reads the element: `"*"`, or `{"AWS": ..., "Federated": ..., "Service": ...}`.
    ///
    /// # Errors
    /// A form that AWS refuses as well: no principal, an ARN with wildcards, an unknown type.
    pub(crate) fn parse_element(element: &Value) -> Result<Vec<Principal>, PolicyError> {
        if element.as_str() == Some("*") {
            return Ok(vec![Principal::Everyone]);
        }
        let Value::Object(types) = element else {
            return Err(invalid("Principal must be \"*\" or an object."));
        };
        let mut principals = Vec::new();
        for (name, value) in types {
            for text in strings(value)? {
                principals.push(Principal::parse(name, text)?);
            }
        }
        if principals.is_empty() {
            return Err(invalid("Policy contains a statement with no principal."));
        }
        Ok(principals)
    }

    fn parse(name: &str, text: &str) -> Result<Principal, PolicyError> {
        match name {
            "AWS" => Principal::parse_aws(text),
            "Federated" => Ok(Principal::Federated(text.to_owned())),
            "Service" => Ok(Principal::Service(text.to_owned())),
            other => Err(invalid(&format!("Unknown principal type: {other}."))),
        }
    }

    fn parse_aws(text: &str) -> Result<Principal, PolicyError> {
        if text == "*" {
            return Ok(Principal::Everyone);
        }
        if is_account(text) {
            return Ok(Principal::Account(text.to_owned()));
        }
        let refused = || {
            invalid(&format!(
                "Policy contains a statement with an invalid principal: \"{text}\"."
            ))
        };
        if text.contains(['*', '?']) {
            return Err(refused());
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [
            "arn",
            "aws",
            service @ ("iam" | "sts"),
            "",
            account,
            resource,
        ] = parts.as_slice()
        else {
            return Err(refused());
        };
        if !is_account(account) {
            return Err(refused());
        }
        match (*service, resource.split_once('/')) {
            ("iam", None) if *resource == "root" => Ok(Principal::Account((*account).to_owned())),
            ("iam", Some(("user" | "role", name))) if !name.is_empty() => {
                Ok(Principal::Arn(text.to_owned()))
            }
            ("sts", Some(("assumed-role", session))) if session.contains('/') => {
                Ok(Principal::Arn(text.to_owned()))
            }
            _ => Err(refused()),
        }
    }

    /// How the principal speaks of a caller; `None` when it does not.
    pub(crate) fn reach(&self, caller: &Caller) -> Option<Reach> {
        match (self, &caller.kind) {
            (Principal::Everyone, CallerKind::User { .. }) => Some(Reach::Exact),
            (Principal::Everyone, _) => Some(Reach::Role),
            (Principal::Account(account), CallerKind::User { .. } | CallerKind::Session { .. }) => {
                (*account == caller.account).then_some(Reach::Account)
            }
            (Principal::Arn(arn), _) if *arn == caller.arn => Some(Reach::Exact),
            (Principal::Arn(arn), CallerKind::Session { role_arn, .. }) => {
                (arn == role_arn).then_some(Reach::Role)
            }
            (Principal::Federated(provider), CallerKind::WebIdentity { provider_arn }) => {
                (provider == provider_arn).then_some(Reach::Exact)
            }
            _ => None,
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn strings(value: &Value) -> Result<Vec<&str>, PolicyError> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    items
        .iter()
        .map(|item| {
            item.as_str()
                .ok_or_else(|| invalid("A principal must be a string."))
        })
        .collect()
}

fn invalid(message: &str) -> PolicyError {
    PolicyError::new(message.to_owned())
}

impl std::fmt::Display for Principal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Principal::Everyone => formatter.write_str("*"),
            Principal::Account(text)
            | Principal::Arn(text)
            | Principal::Federated(text)
            | Principal::Service(text) => formatter.write_str(text),
        }
    }
}
