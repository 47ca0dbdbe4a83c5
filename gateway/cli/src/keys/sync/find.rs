//! What the aliases of one key say, beside what the ring says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyState, KeyUsageType};
use policies::{AliasPattern, KeyDraft, KeySort, KeySource, KeyVersion, NewVersion, TokenFormat};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};

use crate::AnyError;
use crate::keys::addition;
use crate::keys::export::pem;
use crate::keys::operator::Operator;
use crate::keys::write_new;

/// What was found of a version, or of the key. All but additions are the rest of a line.
pub(super) enum Finding {
    /// KMS has it, and the ring has not.
    Addition(Addition),
    /// Both have it, and mean the same.
    Unchanged(String),
    /// Only the ring has it.
    WithoutAlias(String),
    /// An alias that is for no version.
    LeftOut(String),
    /// What keeps the ring from being written.
    Wrong(String),
}

/// A version that the ring gets.
pub(super) struct Addition {
    pub(super) new: NewVersion,
    /// The public key's file and text, when it is not there yet.
    public_key: Option<(PathBuf, String)>,
}

/// Looks for the versions of one key.
pub(super) struct Search<'a> {
    operator: &'a Operator,
    ring: &'a Path,
    key: &'a KeyDraft,
    pattern: &'a AliasPattern,
    /// What all versions are; settled by the first.
    sort: Option<KeySort>,
    /// The KMS keys of the ring's versions and of those that are added.
    taken: Vec<(u16, String)>,
}

/// A KMS key behind an alias.
struct Target {
    arn: String,
    metadata: KeyMetadata,
}

impl Finding {
    pub(super) fn addition(&self) -> Option<&Addition> {
        match self {
            Self::Addition(addition) => Some(addition),
            _ => None,
        }
    }
}

impl Addition {
    /// The rest of its line.
    pub(super) fn line(&self) -> String {
        let NewVersion { key, version, .. } = &self.new;
        let KeyVersion {
            version: number,
            kms_key,
            ..
        } = version;
        match version.public_key() {
            Some(file) => format!(
                "key {key} version {number}: `{kms_key}`, `{}`",
                file.display()
            ),
            None => format!("key {key} version {number}: `{kms_key}`"),
        }
    }

    /// Writes the public key's file, unless it is there.
    pub(super) fn write_public_key(&self) -> Result<(), AnyError> {
        let file = self.public_key.as_ref();
        file.map_or(Ok(()), |(file, text)| write_new(file, text))
    }
}

impl<'a> Search<'a> {
    pub(super) fn new(
        operator: &'a Operator,
        ring: &'a Path,
        key: &'a KeyDraft,
        pattern: &'a AliasPattern,
    ) -> Self {
        let versions = key.versions.iter();
        let original = matches!(key.format, TokenFormat::Original { .. });
        Self {
            operator,
            ring,
            key,
            pattern,
            sort: key.sort().or(original.then_some(KeySort::Public)),
            taken: versions
                .map(|each| (each.version, each.kms_key.clone()))
                .collect(),
        }
    }

    /// The versions of the ring and of the aliases, ascending.
    pub(super) async fn find(mut self, aliases: &[(String, String)]) -> Vec<Finding> {
        let (key, mut findings) = (self.key, Vec::new());
        let mut numbers: BTreeMap<u16, Option<&str>> = BTreeMap::new();
        numbers.extend(key.versions.iter().map(|each| (each.version, None)));
        for (alias, id) in aliases {
            if let Some(number) = self.pattern.version(alias) {
                numbers.insert(number, Some(id));
            } else if self.pattern.almost(alias) {
                findings.push(Finding::LeftOut(format!(
                    "key {}: `{alias}` ends in no version's number, which is 1 to 65535 without a zero before it",
                    key.name
                )));
            }
        }
        if numbers.is_empty() {
            findings.push(Finding::Wrong(format!(
                "key {} has no version, and KMS has no alias `{}`: `veilgate keys create-kms-key --alias {}` makes a KMS key with one",
                key.name,
                self.pattern,
                self.pattern.alias(1)
            )));
        }
        for (number, id) in numbers {
            let found = match (key.version(number), id) {
                (Some(version), Some(id)) => {
                    let found = self.known(version, id).await;
                    found.map(|why| Finding::Unchanged(self.line(number, &why)))
                }
                (None, Some(id)) => self.unknown(number, id).await.map(Finding::Addition),
                (Some(version), None) => Ok(Finding::WithoutAlias(
                    self.line(number, &self.without_alias(version)),
                )),
                (None, None) => continue,
            };
            findings.push(found.unwrap_or_else(|why| Finding::Wrong(self.line(number, &why))));
        }
        findings
    }

    fn line(&self, version: u16, what: &str) -> String {
        format!("key {} version {version}: {what}", self.key.name)
    }

    fn without_alias(&self, version: &KeyVersion) -> String {
        format!(
            "`{}` stays; KMS has no alias `{}`",
            version.kms_key,
            self.pattern.alias(version.version)
        )
    }

    async fn target(&self, kms_key: &str) -> Result<Target, String> {
        let described = self.operator.describe(kms_key).await.map_err(|fault| {
            format!("KMS does not show `{kms_key}`: {fault}; it takes `kms:DescribeKey`, which the key's administrators have")
        })?;
        let arn = described.arn.clone();
        let arn = arn.ok_or_else(|| format!("KMS does not tell the ARN of `{kms_key}`"))?;
        Ok(Target {
            arn,
            metadata: described,
        })
    }

    /// A version of the ring that has an alias: the two must mean the same KMS key.
    async fn known(&self, version: &KeyVersion, id: &str) -> Result<String, String> {
        let target = self.target(id).await?;
        let (arn, named) = (&target.arn, &version.kms_key);
        let alias = self.pattern.alias(version.version);
        let is_arn = named.contains(":key/");
        let rings = if is_arn || is_same(named, arn) {
            named.clone()
        } else {
            self.target(named).await?.arn
        };
        if !is_same(&rings, arn) {
            return Err(format!(
                "the ring has `{rings}`, and `{alias}` now points to `{arn}`: tokens made before would not open. Point the alias back, and give the new KMS key an alias with a number that was never used"
            ));
        }
        let state = target.metadata.key_state();
        if state != Some(&KeyState::Enabled) {
            let state = state.map_or("unknown", KeyState::as_str);
            return Ok(format!("`{arn}`, which is in state {state}"));
        }
        if is_arn || is_same(named, arn) {
            return Ok(format!("`{arn}`"));
        }
        // a name that can be moved: only the file says what was there before
        let Some(file) = version.public_key() else {
            return Ok(format!(
                "`{arn}`; the ring says `{named}`, of which nothing tells whether it was moved: write the ARN"
            ));
        };
        self.agrees(file, &self.public_key(arn).await?, arn)?;
        Ok(format!("`{arn}`"))
    }

    /// A version that only the aliases have.
    async fn unknown(&mut self, number: u16, id: &str) -> Result<Addition, String> {
        let Target { arn, metadata } = self.target(id).await?;
        let alias = self.pattern.alias(number);
        if metadata.key_state() != Some(&KeyState::Enabled) {
            let state = metadata.key_state().map_or("unknown", KeyState::as_str);
            return Err(format!(
                "`{arn}`, which `{alias}` points to, is in state {state}: enable it, or delete the alias"
            ));
        }
        let taken = self.taken.iter().find(|(_, named)| is_same(named, &arn));
        if let Some((other, _)) = taken {
            return Err(format!(
                "`{alias}` points to `{arn}`, which is version {other} already: point it to a KMS key of its own, or delete it"
            ));
        }
        let sort = self.check_sort(&metadata).map_err(|why| {
            format!("`{arn}`, which `{alias}` points to, {why}: point the alias to another KMS key, or delete it")
        })?;
        let addition = match sort {
            KeySort::Mac => self.addition(number, &arn, KeySource::Mac, None),
            KeySort::Public | KeySort::Wrapped => {
                let der = self.public_key(&arn).await?;
                let file = self
                    .ring
                    .with_file_name(format!("{}.{number}.pem", self.key.name));
                let is_there = fs::symlink_metadata(&file).is_ok();
                if is_there {
                    self.agrees(&file, &der, &arn)?;
                }
                let text = (!is_there).then(|| pem(&der));
                self.addition(number, &arn, KeySource::Public(Some(file)), text)
            }
        };
        self.sort = Some(sort);
        self.taken.push((number, arn));
        Ok(addition)
    }

    /// What a KMS key can be a version of: the sort of those that are there.
    fn check_sort(&self, metadata: &KeyMetadata) -> Result<KeySort, String> {
        use KeySpec::{Hmac256, Rsa2048, Rsa3072, Rsa4096};
        let (usage, spec) = (metadata.key_usage(), metadata.key_spec());
        let found = match (usage, spec) {
            (Some(KeyUsageType::EncryptDecrypt), Some(Rsa2048 | Rsa3072 | Rsa4096)) => {
                Some(KeySort::Public)
            }
            (Some(KeyUsageType::GenerateVerifyMac), Some(Hmac256)) => Some(KeySort::Mac),
            _ => None,
        };
        let what = format!(
            "is of spec {} for {}",
            spec.map_or("unknown", KeySpec::as_str),
            usage.map_or("unknown", KeyUsageType::as_str)
        );
        match (found, self.sort) {
            (Some(found), None) => Ok(found),
            (Some(found), Some(wanted)) if found == wanted => Ok(found),
            (_, Some(KeySort::Mac)) => Err(format!(
                "{what}, where the key wants HMAC_256 for GENERATE_VERIFY_MAC"
            )),
            (_, Some(_)) => Err(format!(
                "{what}, where the key wants RSA_2048, RSA_3072 or RSA_4096 for ENCRYPT_DECRYPT"
            )),
            (None, None) => Err(format!(
                "{what}; versions are RSA_2048, RSA_3072 or RSA_4096 for ENCRYPT_DECRYPT, or HMAC_256 for GENERATE_VERIFY_MAC"
            )),
        }
    }

    async fn public_key(&self, arn: &str) -> Result<Vec<u8>, String> {
        self.operator.public_key(arn).await.map_err(|fault| {
            format!(
                "KMS did not give the public key of `{arn}`: {fault}; it takes `kms:GetPublicKey`"
            )
        })
    }

    /// Whether a file holds this public key.
    fn agrees(&self, file: &Path, der: &[u8], arn: &str) -> Result<(), String> {
        let name = file.display();
        let read = fs::read(file).map_err(|error| format!("`{name}` cannot be read: {error}"))?;
        match SubjectPublicKeyInfoDer::from_pem_slice(&read) {
            Ok(found) if found.as_ref() == der => Ok(()),
            Ok(_) => Err(format!(
                "`{name}` is there, and is the public key of another KMS key than `{arn}`: find out whether tokens were made with it, and move it away if not"
            )),
            Err(_) => Err(format!(
                "`{name}` is there, and holds no public key in PEM: move it away"
            )),
        }
    }

    fn addition(
        &self,
        number: u16,
        arn: &str,
        source: KeySource,
        text: Option<String>,
    ) -> Addition {
        let file = match &source {
            KeySource::Public(file) => file.clone(),
            KeySource::Mac | KeySource::Wrapped(_) => None,
        };
        let name = file.as_ref().and_then(|file| file.file_name());
        let name = name.map(|name| name.to_string_lossy().into_owned());
        let fields = match &name {
            Some(name) => vec![("kms_key", arn), ("public_key", name.as_str())],
            None => vec![("mac_key", arn)],
        };
        Addition {
            new: NewVersion {
                key: self.key.name.clone(),
                entry: addition::entry(number, &fields),
                version: KeyVersion {
                    version: number,
                    kms_key: arn.to_owned(),
                    source,
                },
            },
            public_key: file.zip(text),
        }
    }
}

/// Whether a KMS key's ARN, or its id, names the key of this ARN.
fn is_same(named: &str, arn: &str) -> bool {
    named == arn
        || arn
            .strip_suffix(named)
            .is_some_and(|rest| rest.ends_with(":key/"))
}
