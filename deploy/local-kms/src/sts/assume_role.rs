//! AssumeRole, and what it shares with AssumeRoleWithWebIdentity.

use std::collections::BTreeMap;

use crate::config::Role;
use crate::iam::{Caller, CallerKind, Context, Decision, Policy, PolicyKind, Question, evaluate};
use crate::store::now;

use super::reply::Xml;
use super::session::{Credentials, Grantable, Sessions, session_arn, unique_id};
use super::{Call, Form, StsError};

/// What both operations ask for.
pub(super) struct Wanted<'a> {
    pub(super) role_arn: &'a str,
    pub(super) name: &'a str,
    duration: i64,
    policies: Vec<String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) transitive: Vec<String>,
}

impl<'a> Wanted<'a> {
    pub(super) fn read(form: &'a Form) -> Result<Wanted<'a>, StsError> {
        let duration = match form.get("DurationSeconds") {
            Some(text) => text.parse().ok().filter(|d| (900..=43_200).contains(d)),
            None => Some(3600),
        };
        let duration = duration.ok_or_else(|| {
            StsError::validation("'durationSeconds' must have a value from 900 to 43200")
        })?;
        if form.get("PolicyArns.member.1.arn").is_some() {
            return Err(StsError::validation(
                "managed policies are not supported: use 'Policy'",
            ));
        }
        let policies: Vec<String> = form.get("Policy").map(str::to_owned).into_iter().collect();
        for text in &policies {
            Policy::parse(text, PolicyKind::Identity)?;
        }
        if policies.iter().map(String::len).sum::<usize>() > 2048 {
            let message = "A session policy can have up to 2,048 characters.";
            return Err(StsError::bad_request("PackedPolicyTooLarge", message));
        }
        let name = form.required("RoleSessionName")?;
        let letter = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if !(2..=64).contains(&name.len()) || !name.chars().all(letter) {
            return Err(StsError::validation(
                "Value at 'roleSessionName' failed to satisfy constraint: Member must satisfy \
                 regular expression pattern: [\\w+=,.@-]{2,64}",
            ));
        }
        let role_arn = form.required("RoleArn")?;
        let (tags, transitive) = (BTreeMap::new(), Vec::new());
        Ok(Wanted {
            role_arn,
            name,
            duration,
            policies,
            tags,
            transitive,
        })
    }

    /// Condition keys of the request.
    pub(super) fn facts(&self, base: &Context) -> Context {
        let mut facts = base.clone();
        facts.add("sts:RoleSessionName", self.name);
        for (name, value) in &self.tags {
            facts.add(&format!("aws:RequestTag/{name}"), value);
            facts.add("aws:TagKeys", name);
        }
        for name in &self.transitive {
            facts.add("sts:TransitiveTagKeys", name);
        }
        facts
    }

    /// Makes the session, once it is allowed.
    pub(super) fn grant(
        self,
        call: &Call<'_>,
        role: &Role,
        federated: Option<String>,
        chained: bool,
    ) -> Result<Credentials, StsError> {
        let longest = if chained {
            3600
        } else {
            role.max_session_duration
        };
        if self.duration > longest {
            return Err(StsError::validation(if chained {
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            } else {
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            }));
        }
        let issued = now();
        let grantable = Grantable {
            name: self.name.to_owned(),
            tags: self.tags,
            transitive: self.transitive,
            policies: self.policies,
            federated,
            issued,
            expires: issued + self.duration,
        };
        let sessions = Sessions::new(&call.store.read()).map_err(|_| StsError::internal())?;
        sessions
            .make(self.role_arn.to_owned(), grantable)
            .map_err(|_| StsError::internal())
    }
}

/// Asks a role's trust policy. A role that does not exist answers as one that does not trust.
pub(super) fn trusted_role<'a>(
    call: &Call<'a>,
    caller: &Caller,
    action: &str,
    wanted: &Wanted<'_>,
    facts: &Context,
) -> Result<&'a Role, StsError> {
    let denied = |action: &str| {
        StsError::denied(format!(
            "User: {} is not authorized to perform: {action} on resource: {}",
            caller.arn, wanted.role_arn
        ))
    };
    let role = call
        .config
        .role(wanted.role_arn)
        .ok_or_else(|| denied(action))?;
    let allowed = |action: &str| {
        let question = Question {
            caller,
            action,
            resource: wanted.role_arn,
            context: facts,
            resource_policy: Some(&role.trust),
            granted: None,
        };
        matches!(evaluate(&question), Decision::Allowed(_))
    };
    if !allowed(action) {
        return Err(denied(action));
    }
    if !wanted.tags.is_empty() && !allowed("sts:TagSession") {
        return Err(denied("sts:TagSession"));
    }
    Ok(role)
}

/// Signed: the caller's own right and the role's trust decide.
pub(super) fn assume_role(
    call: &Call<'_>,
    caller: &Caller,
    form: &Form,
) -> Result<String, StsError> {
    let mut wanted = Wanted::read(form)?;
    read_tags(form, &mut wanted)?;
    let mut facts = wanted.facts(call.context);
    if let Some(external) = form.get("ExternalId") {
        facts.add("sts:ExternalId", external);
    }
    let role = trusted_role(call, caller, "sts:AssumeRole", &wanted, &facts)?;
    inherit(caller, &mut wanted)?;
    let chained = matches!(caller.kind, CallerKind::Session { .. });
    let credentials = wanted.grant(call, role, None, chained)?;
    Ok(Xml::answer("AssumeRole", |xml| {
        write_credentials(xml, &credentials);
        write_user(xml, call, role, &credentials);
    }))
}

fn read_tags(form: &Form, wanted: &mut Wanted<'_>) -> Result<(), StsError> {
    let names: Vec<&str> = form.list("Tags", ".Key").collect();
    let values: Vec<&str> = form.list("Tags", ".Value").collect();
    if names.len() != values.len() {
        return Err(StsError::validation(
            "each of 'tags' must have Key and Value",
        ));
    }
    for (name, value) in names.into_iter().zip(values) {
        add_tag(&mut wanted.tags, name, value)?;
    }
    wanted.transitive = form
        .list("TransitiveTagKeys", "")
        .map(str::to_owned)
        .collect();
    match wanted
        .transitive
        .iter()
        .find(|name| !wanted.tags.contains_key(*name))
    {
        Some(_) => Err(StsError::validation(
            "'transitiveTagKeys' must be keys of 'tags'",
        )),
        None => Ok(()),
    }
}

/// Adds a session tag as AWS takes it; names differ in more than case.
pub(super) fn add_tag(
    tags: &mut BTreeMap<String, String>,
    name: &str,
    value: &str,
) -> Result<(), StsError> {
    let lengths = (1..=128).contains(&name.chars().count()) && value.chars().count() <= 256;
    if !lengths || name.to_ascii_lowercase().starts_with("aws:") || tags.len() >= 50 {
        return Err(StsError::validation(
            "'tags' can have 50 pairs, keys of 1 to 128 characters that do not begin with aws:, and \
             values of up to 256",
        ));
    }
    if tags.keys().any(|other| other.eq_ignore_ascii_case(name)) {
        let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(StsError::bad_request("InvalidParameterValue", message));
    }
    tags.insert(name.to_owned(), value.to_owned());
    Ok(())
}

/// Transitive tags of the calling session go on, and cannot be given another value.
fn inherit(caller: &Caller, wanted: &mut Wanted<'_>) -> Result<(), StsError> {
    for name in &caller.transitive_tags {
        let Some(value) = caller.tags.get(name) else {
            continue;
        };
        if wanted
            .tags
            .keys()
            .any(|other| other.eq_ignore_ascii_case(name))
        {
            let message = "One of the specified transitive tag keys can't be set because it \
                           conflicts with a transitive tag key from the calling session.";
            return Err(StsError::bad_request("InvalidParameterValue", message));
        }
        wanted.tags.insert(name.clone(), value.clone());
        wanted.transitive.push(name.clone());
    }
    Ok(())
}

pub(super) fn write_credentials(xml: &mut Xml, credentials: &Credentials) {
    let session = &credentials.session;
    xml.group("Credentials", |xml| {
        xml.text("AccessKeyId", &session.access_key_id);
        xml.text("SecretAccessKey", &session.secret_access_key());
        xml.text("SessionToken", &credentials.token);
        xml.time("Expiration", session.expires);
    });
}

pub(super) fn write_user(xml: &mut Xml, call: &Call<'_>, role: &Role, credentials: &Credentials) {
    let session = &credentials.session;
    let id = unique_id("AROA", &session.role_arn);
    xml.group("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &format!("{id}:{}", session.name));
        xml.text("Arn", &session_arn(call.config, role, &session.name));
    });
}
