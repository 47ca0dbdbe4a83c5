//! `local-kms.yaml`: the account, its users, its roles and the identity providers they trust.

mod raw;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::iam::{Policy, PolicyError, PolicyKind, Principal};

/// Why a configuration is refused: the operator's fault, to be mended in the file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not YAML, or not of this shape.
    #[error("{path}: {reason}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// With line and column.
        reason: String,
    },
    /// A value that cannot be.
    #[error("{path}: {place}: {reason}")]
    Value {
        /// The file.
        path: PathBuf,
        /// As `users[0].policies[1]`.
        place: String,
        /// What is wrong with it, and what to write instead.
        reason: String,
    },
}

/// A configuration that can be served.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) users: Vec<User>,
    pub(crate) roles: Vec<Role>,
    pub(crate) providers: Vec<Provider>,
}

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: zeroize::Zeroizing<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) policies: Vec<Arc<Policy>>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "User({})", self.name)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) trust: Policy,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) policies: Vec<Arc<Policy>>,
    pub(crate) max_session_duration: i64,
}

/// An OIDC issuer that roles can trust.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    /// The issuer without its scheme: what trust policies and condition keys call it.
    pub(crate) name: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) keys: KeySource,
}

/// Where an issuer's public keys (JWKS, RFC 7517) are; looked up again for each token.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    File(PathBuf),
    Url(http::Uri),
}

const DEFAULT: &str = r#"
version: 1
users:
  - name: admin
    access_key_id: AKIALOCALADMIN000000
    secret_access_key: local-admin-secret
    policies: [ { Version: "2012-10-17", Statement: [ { Effect: Allow, Action: "*", Resource: "*" } ] } ]
"#;

impl Config {
    /// Account 000000000000 in us-east-1 with one user, `admin`, who may do everything.
    ///
    /// # Errors
    /// Never: a test reads it.
    pub fn standard() -> Result<Config, ConfigError> {
        Config::parse(Path::new("(standard)"), DEFAULT)
    }

    /// Reads a configuration file. Paths in it are relative to it.
    ///
    /// # Errors
    /// With file, place and what to write instead.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Io {
            path: path.to_owned(),
            source,
        })?;
        Config::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
        let raw: raw::Config =
            serde_saphyr::from_str(text).map_err(|error| ConfigError::Shape {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        compile(path, raw).map_err(|(place, reason)| ConfigError::Value {
            path: path.to_owned(),
            place,
            reason,
        })
    }

    pub(crate) fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.iter().find(|role| self.role_arn(role) == arn)
    }

    pub(crate) fn role_arn(&self, role: &Role) -> String {
        format!("arn:aws:iam::{}:role/{}", self.account, role.name)
    }

    pub(crate) fn user_arn(&self, user: &User) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account, user.name)
    }

    /// Whether a principal of a key policy can be: those of other accounts are taken on trust.
    pub(crate) fn knows(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Arn(arn) => self.knows_arn(arn),
            Principal::Federated(_) => false,
            Principal::Everyone | Principal::Account(_) | Principal::Service(_) => true,
        }
    }

    /// Whether an ARN is of a user, a role, a session of a role, or the account.
    pub(crate) fn knows_arn(&self, arn: &str) -> bool {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", "aws", service, "", account, resource] = parts.as_slice() else {
            return false;
        };
        let known_role = |name: &str| self.roles.iter().any(|role| role.name == name);
        let known = match (*service, resource.split_once('/')) {
            ("iam", None) => *resource == "root",
            ("iam", Some(("user", name))) => self.users.iter().any(|user| user.name == name),
            ("iam", Some(("role", name))) => known_role(name),
            ("sts", Some(("assumed-role", rest))) => rest
                .split_once('/')
                .is_some_and(|(role, _)| known_role(role)),
            _ => return false,
        };
        known || *account != self.account
    }
}

/// A place in the file, and what is wrong there.
type Fault = (String, String);

fn compile(path: &Path, raw: raw::Config) -> Result<Config, Fault> {
    check(raw.version == 1, "version", "must be 1")?;
    let digits = raw.account.len() == 12 && raw.account.bytes().all(|b| b.is_ascii_digit());
    check(digits, "account", "must be twelve digits, in quotes")?;
    let region = !raw.region.is_empty()
        && raw
            .region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    check(region, "region", "must be as us-east-1")?;
    let users = each("users", raw.users, compile_user)?;
    let roles = each("roles", raw.roles, compile_role)?;
    let providers = each("oidc_providers", raw.oidc_providers, |place, p| {
        compile_provider(path, place, p)
    })?;
    unique(
        "users",
        "access_key_id",
        users.iter().map(|u| u.access_key_id.as_str()),
    )?;
    unique("users", "name", users.iter().map(|u| u.name.as_str()))?;
    unique("roles", "name", roles.iter().map(|r| r.name.as_str()))?;
    unique(
        "oidc_providers",
        "issuer",
        providers.iter().map(|p| p.name.as_str()),
    )?;
    Ok(Config {
        region: raw.region,
        account: raw.account,
        users,
        roles,
        providers,
    })
}

fn compile_user(place: &str, raw: raw::User) -> Result<User, Fault> {
    check_name(place, &raw.name)?;
    let id = &raw.access_key_id;
    let shaped = id.starts_with("AKIA")
        && (16..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let field = format!("{place}.access_key_id");
    check(
        shaped,
        &field,
        "must be AKIA and at least 12 capital letters and digits",
    )?;
    let secret = !raw.secret_access_key.is_empty();
    check(
        secret,
        &format!("{place}.secret_access_key"),
        "must not be empty",
    )?;
    Ok(User {
        name: raw.name,
        access_key_id: raw.access_key_id,
        secret_access_key: raw.secret_access_key.into(),
        tags: raw.tags,
        policies: identity_policies(place, &raw.policies)?,
    })
}

fn compile_role(place: &str, raw: raw::Role) -> Result<Role, Fault> {
    check_name(place, &raw.name)?;
    let duration = (3600..=43_200).contains(&raw.max_session_duration);
    let field = format!("{place}.max_session_duration");
    check(duration, &field, "must be from 3600 to 43200 seconds")?;
    let trust = Policy::from_value(&raw.trust, PolicyKind::Trust)
        .map_err(|error| (format!("{place}.trust"), error.to_string()))?;
    Ok(Role {
        name: raw.name,
        trust,
        tags: raw.tags,
        policies: identity_policies(place, &raw.policies)?,
        max_session_duration: raw.max_session_duration,
    })
}

fn compile_provider(path: &Path, place: &str, raw: raw::Provider) -> Result<Provider, Fault> {
    let issuer = raw.issuer;
    let name = issuer
        .strip_prefix("https://")
        .or_else(|| issuer.strip_prefix("http://"));
    let name = name
        .map(|name| name.trim_end_matches('/').to_owned())
        .unwrap_or_default();
    check(
        !name.is_empty(),
        &format!("{place}.issuer"),
        "must be an http or https URL",
    )?;
    let audiences = format!("{place}.audiences");
    check(
        !raw.audiences.is_empty(),
        &audiences,
        "must name at least one audience",
    )?;
    let keys = match (raw.jwks_file, raw.jwks_url) {
        (Some(file), None) => {
            KeySource::File(path.parent().unwrap_or_else(|| Path::new("")).join(file))
        }
        (None, Some(url)) => {
            let uri: Option<http::Uri> = url.parse().ok();
            let uri = uri.filter(|u| u.scheme_str() == Some("http") && u.host().is_some());
            let reason = "must be an http URL (for https, save the keys and use jwks_file)";
            KeySource::Url(uri.ok_or_else(|| (format!("{place}.jwks_url"), reason.to_owned()))?)
        }
        _ => {
            return Err((
                place.to_owned(),
                "give one of jwks_file and jwks_url".to_owned(),
            ));
        }
    };
    Ok(Provider {
        issuer,
        name,
        audiences: raw.audiences,
        keys,
    })
}

fn identity_policies(place: &str, policies: &[Value]) -> Result<Vec<Arc<Policy>>, Fault> {
    let parse = |(index, value)| {
        let policy = Policy::from_value(value, PolicyKind::Identity);
        policy
            .map(Arc::new)
            .map_err(|error: PolicyError| (format!("{place}.policies[{index}]"), error.to_string()))
    };
    policies.iter().enumerate().map(parse).collect()
}

fn each<R, T>(
    name: &str,
    raw: Vec<R>,
    compile: impl Fn(&str, R) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let one = |(index, item)| compile(&format!("{name}[{index}]"), item);
    raw.into_iter().enumerate().map(one).collect()
}

fn unique<'a>(list: &str, field: &str, values: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, value) in values.enumerate() {
        let place = format!("{list}[{index}].{field}");
        check(seen.insert(value), &place, "must not stand twice")?;
    }
    Ok(())
}

fn check_name(place: &str, name: &str) -> Result<(), Fault> {
    let letter = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let fits = (1..=64).contains(&name.len()) && name.chars().all(letter);
    check(
        fits,
        &format!("{place}.name"),
        "must be 1 to 64 letters, digits and +=,.@_-",
    )
}

fn check(holds: bool, place: &str, reason: &str) -> Result<(), Fault> {
    if holds {
        Ok(())
    } else {
        Err((place.to_owned(), reason.to_owned()))
    }
}
