//! AssumeRoleWithWebIdentity: an OIDC token for a role's credentials.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::iam::{Caller, CallerKind, Context};

use super::assume_role::{Wanted, add_tag, trusted_role, write_credentials, write_user};
use super::jwks::{Claims, verify};
use super::reply::Xml;
use super::session::session_arn;
use super::{Call, Form, StsError};

/// The claim in which an issuer puts session tags ("Passing session tags using
/// AssumeRoleWithWebIdentity", IAM user guide).
const TAGS_CLAIM: &str = "https://aws.amazon.com/tags";

/// Unsigned: the token is the proof, and the role's trust policy decides.
pub(super) fn assume_role_with_web_identity(
    call: &Call<'_>,
    form: &Form,
) -> Result<(String, String), StsError> {
    let mut wanted = Wanted::read(form)?;
    let claims = verify(&call.config.providers, form.required("WebIdentityToken")?)?;
    read_tags(&claims, &mut wanted)?;

    let provider_arn = format!(
        "arn:aws:iam::{}:oidc-provider/{}",
        call.config.account, claims.provider.name
    );
    let caller = bearer(call, &claims, &provider_arn);
    let mut facts = wanted.facts(call.context);
    caller.describe(&mut facts);
    describe(&claims, &mut facts);
    let role = trusted_role(
        call,
        &caller,
        "sts:AssumeRoleWithWebIdentity",
        &wanted,
        &facts,
    )?;

    let arn = session_arn(call.config, role, wanted.name);
    let credentials = wanted.grant(call, role, Some(provider_arn.clone()), false)?;
    let answer = Xml::answer("AssumeRoleWithWebIdentity", |xml| {
        write_credentials(xml, &credentials);
        write_user(xml, call, role, &credentials);
        xml.text("Provider", &provider_arn);
        xml.text("SubjectFromWebIdentityToken", &claims.subject);
        xml.text("Audience", &claims.audience);
    });
    Ok((answer, arn))
}

/// Whoever holds the token, before any role.
fn bearer(call: &Call<'_>, claims: &Claims<'_>, provider_arn: &str) -> Caller {
    Caller {
        arn: format!("{}:{}", claims.provider.name, claims.subject),
        account: call.config.account.clone(),
        user_id: format!("{}:{}:{}", provider_arn, claims.audience, claims.subject),
        kind: CallerKind::WebIdentity {
            provider_arn: provider_arn.to_owned(),
        },
        tags: BTreeMap::new(),
        transitive_tags: Vec::new(),
        identity_policies: Vec::new(),
        session_policies: Vec::new(),
    }
}

/// `<issuer>:sub`, `:aud`, `:oaud`, `:amr`. With `azp` in the token, that is `aud`, and `oaud` the
/// token's own `aud`.
fn describe(claims: &Claims<'_>, facts: &mut Context) {
    let issuer = &claims.provider.name;
    facts.add(&format!("{issuer}:sub"), &claims.subject);
    facts.add(&format!("{issuer}:aud"), &claims.audience);
    for audience in &claims.token_audiences {
        facts.add(&format!("{issuer}:oaud"), audience);
    }
    let methods = claims.all.get("amr").and_then(Value::as_array);
    for method in methods.into_iter().flatten().filter_map(Value::as_str) {
        facts.add(&format!("{issuer}:amr"), method);
    }
}

/// `{"principal_tags": {name: [value]}, "transitive_tag_keys": [name]}`.
fn read_tags(claims: &Claims<'_>, wanted: &mut Wanted<'_>) -> Result<(), StsError> {
    let Some(claim) = claims.all.get(TAGS_CLAIM) else {
        return Ok(());
    };
    let malformed = || {
        StsError::invalid_token(format!(
            "The claim {TAGS_CLAIM} must be {{\"principal_tags\": {{name: [value]}}, \
             \"transitive_tag_keys\": [name]}}"
        ))
    };
    let tags = claim
        .get("principal_tags")
        .and_then(Value::as_object)
        .ok_or_else(malformed)?;
    for (name, values) in tags {
        let value = match values.as_array().map(Vec::as_slice) {
            Some([Value::String(value)]) => value,
            _ => return Err(malformed()),
        };
        add_tag(&mut wanted.tags, name, value)?;
    }
    let transitive = match claim.get("transitive_tag_keys") {
        Some(names) => names.as_array().ok_or_else(malformed)?.as_slice(),
        None => &[],
    };
    for name in transitive {
        let name = name
            .as_str()
            .filter(|n| wanted.tags.contains_key(*n))
            .ok_or_else(malformed)?;
        wanted.transitive.push(name.to_owned());
    }
    Ok(())
}
