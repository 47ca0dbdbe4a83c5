//! Which role a token's holder is to have.

use super::claims::Claims;

/// An issuer whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// The `iss` claim, exactly.
    pub issuer: String,
    /// What the `aud` claim must be or hold, if anything.
    pub audience: Option<String>,
    /// The role to ask for.
    pub role: ChooseRole,
}

/// How an issuer's callers get their role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChooseRole {
    /// All the same; an ARN.
    Always(String),
    /// By a claim; the first that fits. A caller whom none fits is not accepted.
    ByClaim(Vec<ClaimRole>),
}

/// A role for those whose claim has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRole {
    /// The claim's name.
    pub claim: String,
    /// What it must be, or, as a list, hold.
    pub value: String,
    /// The role's ARN.
    pub role: String,
}

/// The role to ask for, if any issuer's entry fits.
pub(crate) fn choose<'a>(issuers: &'a [TrustedIssuer], claims: &Claims) -> Option<&'a str> {
    let fits = |entry: &&TrustedIssuer| {
        let audience = entry.audience.as_deref();
        entry.issuer == claims.issuer && audience.is_none_or(|audience| claims.is_for(audience))
    };
    issuers
        .iter()
        .filter(fits)
        .find_map(|entry| match &entry.role {
            ChooseRole::Always(role) => Some(role.as_str()),
            ChooseRole::ByClaim(roles) => roles
                .iter()
                .find(|each| claims.has(&each.claim, &each.value))
                .map(|each| each.role.as_str()),
        })
}
