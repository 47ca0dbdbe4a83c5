//! The configuration as it stands in the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    pub(super) version: u32,
    #[serde(default = "region")]
    pub(super) region: String,
    #[serde(default = "account")]
    pub(super) account: String,
    #[serde(default)]
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) roles: Vec<Role>,
    #[serde(default)]
    pub(super) oidc_providers: Vec<Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) policies: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) trust: Value,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) policies: Vec<Value>,
    /// Seconds, 3,600 to 43,200.
    #[serde(default = "hour")]
    pub(super) max_session_duration: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) jwks_file: Option<PathBuf>,
    pub(super) jwks_url: Option<String>,
}

fn region() -> String {
    "us-east-1".to_owned()
}

fn account() -> String {
    "000000000000".to_owned()
}

fn hour() -> i64 {
    3600
}
