//! What the operator asks of KMS: keys, aliases and imports. The gateway asks for none of it.

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::{Blob, DateTime};
use aws_sdk_kms::types::{
    AlgorithmSpec, ExpirationModelType, KeyMetadata, KeySpec, KeyUsageType, OriginType,
    WrappingKeySpec,
};
use proxy::keys::KmsFault;

/// As many as KMS gives at a time.
const ALIASES_IN_A_PAGE: i32 = 100;

/// KMS, under the operator's credentials.
pub(super) struct Operator {
    client: Client,
}

/// What KMS gives for an import.
pub(super) struct ImportParameters {
    pub(super) token: Blob,
    /// SubjectPublicKeyInfo in DER.
    pub(super) public_key: Vec<u8>,
}

impl Operator {
    /// Endpoint, region and credentials come from AWS's standard variables and files.
    pub(super) async fn new() -> Self {
        let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        Self {
            client: Client::new(&config),
        }
    }

    /// A new key; its ARN. KMS checks that whoever asks is not locked out.
    pub(super) async fn create_key(
        &self,
        usage: KeyUsageType,
        spec: KeySpec,
        origin: OriginType,
        policy: &str,
        description: &str,
    ) -> Result<String, KmsFault> {
        let request = self.client.create_key().key_usage(usage).key_spec(spec);
        let request = request.origin(origin).policy(policy);
        let made = request.description(description).send().await;
        let made = made.map_err(|error| KmsFault::of(&error))?;
        let arn = made.key_metadata.and_then(|made| made.arn);
        arn.ok_or_else(KmsFault::empty)
    }

    pub(super) async fn create_alias(&self, alias: &str, key: &str) -> Result<(), KmsFault> {
        let request = self.client.create_alias().alias_name(alias);
        let made = request.target_key_id(key).send().await;
        made.map(drop).map_err(|error| KmsFault::of(&error))
    }

    /// The aliases of the account in the region that name a key: each name (`alias/…`), with the
    /// key's id.
    pub(super) async fn aliases(&self) -> Result<Vec<(String, String)>, KmsFault> {
        let request = self.client.list_aliases().limit(ALIASES_IN_A_PAGE);
        let mut pages = request.into_paginator().send();
        let mut aliases = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| KmsFault::of(&error))?;
            let named = page.aliases.unwrap_or_default().into_iter();
            aliases.extend(named.filter_map(|each| Some((each.alias_name?, each.target_key_id?))));
        }
        Ok(aliases)
    }

    /// Whether an alias is there, as far as one may see.
    pub(super) async fn has_alias(&self, alias: &str) -> bool {
        self.describe(alias).await.is_ok()
    }

    /// What KMS says of a key: id, ARN or alias.
    pub(super) async fn describe(&self, key: &str) -> Result<KeyMetadata, KmsFault> {
        let described = self.client.describe_key().key_id(key).send().await;
        let described = described.map_err(|error| KmsFault::of(&error))?;
        described.key_metadata.ok_or_else(KmsFault::empty)
    }

    /// The public key, SubjectPublicKeyInfo in DER.
    pub(super) async fn public_key(&self, key: &str) -> Result<Vec<u8>, KmsFault> {
        let given = self.client.get_public_key().key_id(key).send().await;
        let given = given.map_err(|error| KmsFault::of(&error))?;
        let key = given.public_key.ok_or_else(KmsFault::empty)?;
        Ok(key.into_inner())
    }

    pub(super) async fn import_parameters(
        &self,
        key: &str,
        algorithm: AlgorithmSpec,
    ) -> Result<ImportParameters, KmsFault> {
        let request = self.client.get_parameters_for_import().key_id(key);
        let request = request.wrapping_algorithm(algorithm);
        let given = request.wrapping_key_spec(WrappingKeySpec::Rsa4096).send();
        let given = given.await.map_err(|error| KmsFault::of(&error))?;
        match (given.import_token, given.public_key) {
            (Some(token), Some(public_key)) => Ok(ImportParameters {
                token,
                public_key: public_key.into_inner(),
            }),
            _ => Err(KmsFault::empty()),
        }
    }

    /// Brings wrapped material; `valid_to` in seconds since 1970.
    pub(super) async fn import(
        &self,
        key: &str,
        token: Blob,
        wrapped: Vec<u8>,
        valid_to: Option<i64>,
    ) -> Result<(), KmsFault> {
        let model = match valid_to {
            Some(_) => ExpirationModelType::KeyMaterialExpires,
            None => ExpirationModelType::KeyMaterialDoesNotExpire,
        };
        let request = self.client.import_key_material().key_id(key);
        let request = request.import_token(token).expiration_model(model);
        let request = request.set_valid_to(valid_to.map(DateTime::from_secs));
        let imported = request.encrypted_key_material(Blob::new(wrapped)).send();
        let imported = imported.await.map(drop);
        imported.map_err(|error| KmsFault::of(&error))
    }
}
