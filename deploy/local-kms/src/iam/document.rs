//! Policy documents: JSON in, statements that can be evaluated out.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::context::Context;
use super::evaluate::Caller;
use super::pattern::{Syntax, Template};
use super::principal::{Principal, Reach};
use super::unique_json::UniqueJson;

/// Why a document is refused; the caller's fault, a retry does not help.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub(crate) struct PolicyError {
    message: String,
}

impl PolicyError {
    pub(crate) fn new(message: String) -> PolicyError {
        PolicyError { message }
    }
}

/// Where a document stands, which settles the elements that it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyKind {
    /// On a KMS key: statements name principals and resources.
    Key,
    /// On a role: statements name principals and no resources.
    Trust,
    /// On a user, a role or a session: statements name resources and no principals.
    Identity,
}

/// A policy document that can be evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug)]
struct Statement {
    effect: Effect,
    /// Empty in identity policies.
    principals: Vec<Principal>,
    actions: Selection,
    /// `None` in trust policies, which speak of their own role.
    resources: Option<Selection>,
    conditions: Vec<Condition>,
}

/// `Action`, `Resource` and their opposites.
#[derive(Clone, Debug)]
struct Selection {
    not: bool,
    patterns: Vec<Template>,
}

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) denied: bool,
    /// The closest way in which an `Allow` speaks of the caller.
    pub(crate) allowed: Option<Reach>,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// What AWS calls a malformed policy document: bad JSON, doubled, unknown or missing elements,
    /// unknown condition operators, principals that cannot be.
    pub(crate) fn parse(text: &str, kind: PolicyKind) -> Result<Policy, PolicyError> {
        let UniqueJson(value) = serde_json::from_str(text)
            .map_err(|error| malformed(&format!("Policy is not valid JSON: {error}.")))?;
        Policy::from_value(&value, kind)
    }

    /// As [`Policy::parse`], from JSON that has been read.
    ///
    /// # Errors
    /// As [`Policy::parse`].
    pub(crate) fn from_value(value: &Value, kind: PolicyKind) -> Result<Policy, PolicyError> {
        let document = object(value, "A policy")?;
        only(document, &["Version", "Id", "Statement"])?;
        let variables = match document.get("Version").map(Value::as_str) {
            Some(Some("2012-10-17")) => true,
            None | Some(Some("2008-10-17")) => false,
            Some(_) => {
                return Err(malformed(
                    "Version must be \"2012-10-17\" or \"2008-10-17\".",
                ));
            }
        };
        let statements = match document.get("Statement") {
            Some(Value::Array(items)) if !items.is_empty() => items.as_slice(),
            Some(single @ Value::Object(_)) => std::slice::from_ref(single),
            _ => return Err(malformed("A policy must have at least one Statement.")),
        };
        let statements: Result<_, _> = statements
            .iter()
            .map(|s| Statement::parse(s, kind, variables))
            .collect();
        Ok(Policy {
            statements: statements?,
        })
    }

    /// Every principal that the document names, for a check that they exist.
    pub(crate) fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.statements
            .iter()
            .flat_map(|statement| &statement.principals)
    }

    /// What the document says of a request. In identity policies every statement speaks of the caller.
    pub(crate) fn say(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> Said {
        let mut said = Said::default();
        for statement in &self.statements {
            let Some(reach) = statement.reach(caller) else {
                continue;
            };
            if !statement.applies(action, resource, context) {
                continue;
            }
            match statement.effect {
                Effect::Deny => said.denied = true,
                Effect::Allow => said.allowed = said.allowed.max(Some(reach)),
            }
        }
        said
    }
}

impl Statement {
    fn parse(value: &Value, kind: PolicyKind, variables: bool) -> Result<Statement, PolicyError> {
        let statement = object(value, "A Statement")?;
        let known = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        only(statement, &known)?;
        if statement.get("Sid").is_some_and(|sid| !sid.is_string()) {
            return Err(malformed("Sid must be a string."));
        }
        let effect = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err(malformed("Effect must be \"Allow\" or \"Deny\".")),
        };
        Ok(Statement {
            effect,
            principals: parse_principals(statement, kind)?,
            actions: Selection::parse_actions(statement)?,
            resources: Selection::parse_resources(statement, kind, variables)?,
            conditions: parse_conditions(statement, variables)?,
        })
    }

    fn reach(&self, caller: &Caller) -> Option<Reach> {
        if self.principals.is_empty() {
            return Some(Reach::Exact);
        }
        self.principals
            .iter()
            .filter_map(|principal| principal.reach(caller))
            .max()
    }

    fn applies(&self, action: &str, resource: &str, context: &Context) -> bool {
        self.actions.has_action(action)
            && self
                .resources
                .as_ref()
                .is_none_or(|r| r.has_resource(resource, context))
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(context))
    }
}

impl Selection {
    fn parse_actions(statement: &Map<String, Value>) -> Result<Selection, PolicyError> {
        let syntax = Syntax {
            wildcards: true,
            variables: false,
        };
        let selection = Selection::parse(statement, "Action", "NotAction", syntax)?
            .ok_or_else(|| malformed("A Statement must have Action or NotAction."))?;
        Ok(selection)
    }

    fn parse_resources(
        statement: &Map<String, Value>,
        kind: PolicyKind,
        variables: bool,
    ) -> Result<Option<Selection>, PolicyError> {
        let syntax = Syntax {
            wildcards: true,
            variables,
        };
        let selection = Selection::parse(statement, "Resource", "NotResource", syntax)?;
        match (kind, &selection) {
            (PolicyKind::Trust, Some(_)) => Err(malformed(
                "A trust policy must not have Resource or NotResource.",
            )),
            (PolicyKind::Key | PolicyKind::Identity, None) => {
                Err(malformed("A Statement must have Resource or NotResource."))
            }
            _ => Ok(selection),
        }
    }

    fn parse(
        statement: &Map<String, Value>,
        name: &str,
        not_name: &str,
        syntax: Syntax,
    ) -> Result<Option<Selection>, PolicyError> {
        let (not, element) = match (statement.get(name), statement.get(not_name)) {
            (None, None) => return Ok(None),
            (Some(element), None) => (false, element),
            (None, Some(element)) => (true, element),
            (Some(_), Some(_)) => {
                return Err(malformed(&format!("Use {name} or {not_name}, not both.")));
            }
        };
        let items = match element {
            Value::Array(items) if !items.is_empty() => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        let patterns = items
            .iter()
            .map(|item| {
                let text = item.as_str().filter(|text| acceptable(name, text));
                text.and_then(|text| Template::parse(text, syntax))
                    .ok_or_else(|| malformed(&format!("{name} cannot be {item}.")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Some(Selection { not, patterns }))
    }

    fn has_action(&self, action: &str) -> bool {
        let nothing = Context::default();
        let mut filled = self
            .patterns
            .iter()
            .filter_map(|pattern| pattern.fill(&nothing));
        filled.any(|pattern| pattern.matches_ignoring_case(action)) != self.not
    }

    fn has_resource(&self, resource: &str, context: &Context) -> bool {
        let mut filled = self
            .patterns
            .iter()
            .filter_map(|pattern| pattern.fill(context));
        filled.any(|pattern| pattern.matches_arn(resource)) != self.not
    }
}

/// An action is `*` or `service:name`; a resource is `*` or an ARN.
fn acceptable(name: &str, text: &str) -> bool {
    match name {
        _ if text == "*" => true,
        "Action" => text
            .split_once(':')
            .is_some_and(|(service, action)| !service.is_empty() && !action.is_empty()),
        _ => text.starts_with("arn:"),
    }
}

fn parse_principals(
    statement: &Map<String, Value>,
    kind: PolicyKind,
) -> Result<Vec<Principal>, PolicyError> {
    if statement.contains_key("NotPrincipal") {
        return Err(malformed(
            "NotPrincipal is not supported: name principals, or use conditions.",
        ));
    }
    match (kind, statement.get("Principal")) {
        (PolicyKind::Identity, None) => Ok(Vec::new()),
        (PolicyKind::Identity, Some(_)) => Err(malformed(
            "An identity policy or session policy must not have Principal.",
        )),
        (PolicyKind::Key | PolicyKind::Trust, Some(element)) => Principal::parse_element(element),
        (PolicyKind::Key | PolicyKind::Trust, None) => {
            Err(malformed("A Statement must have a Principal."))
        }
    }
}

fn parse_conditions(
    statement: &Map<String, Value>,
    variables: bool,
) -> Result<Vec<Condition>, PolicyError> {
    let mut conditions = Vec::new();
    let Some(element) = statement.get("Condition") else {
        return Ok(conditions);
    };
    for (operator, block) in object(element, "Condition")? {
        for (key, values) in object(block, "A condition operator")? {
            conditions.push(Condition::parse(operator, key, values, variables)?);
        }
    }
    Ok(conditions)
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, PolicyError> {
    value
        .as_object()
        .ok_or_else(|| malformed(&format!("{what} must be a JSON object.")))
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), PolicyError> {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(malformed(&format!("Unknown element: {name}."))),
        None => Ok(()),
    }
}

fn malformed(message: &str) -> PolicyError {
    PolicyError::new(message.to_owned())
}
