//! The section as YAML spells it.

use policies::units::Span;
use policies::yaml::Spanned;
use serde::Deserialize;

/// `vault:` of a configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    pub(crate) sqlite: Option<Spanned<Sqlite>>,
    pub(crate) redis: Option<Spanned<Redis>>,
    pub(crate) previous: Option<Spanned<Previous>>,
    #[serde(default)]
    pub(crate) cache: Cache,
}

/// The backend that the vault takes over from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Previous {
    pub(crate) sqlite: Option<Spanned<Sqlite>>,
    pub(crate) redis: Option<Spanned<Redis>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sqlite {
    pub(crate) file: Spanned<String>,
    pub(crate) timeout: Option<Spanned<Span>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redis {
    pub(crate) server: Option<Spanned<String>>,
    pub(crate) sentinel: Option<Spanned<Sentinel>>,
    pub(crate) cluster: Option<Spanned<Vec<Spanned<String>>>>,
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<Spanned<String>>,
    pub(crate) tls: Option<Spanned<Tls>>,
    #[serde(default)]
    pub(crate) durability: Durability,
    #[serde(default)]
    pub(crate) accept: Vec<Spanned<String>>,
    pub(crate) timeout: Option<Spanned<Span>>,
    pub(crate) connections: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sentinel {
    pub(crate) name: String,
    pub(crate) sentinels: Spanned<Vec<Spanned<String>>>,
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) roots: Option<Spanned<String>>,
    pub(crate) certificate: Option<Spanned<String>>,
    pub(crate) key: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Durability {
    pub(crate) fsync: Option<bool>,
    pub(crate) replicas: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cache {
    pub(crate) tokens: Option<Spanned<u64>>,
    pub(crate) longest: Option<Spanned<Span>>,
}
