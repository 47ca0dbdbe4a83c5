//! The quickstart's own use of KMS: it makes the keys and sets their policies, as an administrator would.

use aws_sdk_kms::Client;
use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use serde_json::Value;

use crate::arguments::{CallerName, KeyName};
use crate::failure::Failure;
use crate::folder::{Folder, write};
use crate::key_policy::{callers_in, key_policy};
use crate::keys::public_pem;

/// The region that local-kms plays.
pub(crate) const REGION: &str = "us-east-1";
/// The administrator's access key. It is no secret: local-kms is for development and on loopback only.
pub(crate) const ADMIN_ACCESS_KEY_ID: &str = "AKIALOCALADMIN000000";
/// See [`ADMIN_ACCESS_KEY_ID`].
pub(crate) const ADMIN_SECRET_ACCESS_KEY: &str = "local-admin-secret";

/// A key as KMS made it.
pub(crate) struct MadeKey {
    pub(crate) name: KeyName,
    pub(crate) arn: String,
}

/// KMS, as the administrator.
pub(crate) struct Administrator {
    client: Client,
    endpoint: String,
}

impl Administrator {
    pub(crate) fn new(endpoint: String) -> Self {
        let credentials = Credentials::new(
            ADMIN_ACCESS_KEY_ID,
            ADMIN_SECRET_ACCESS_KEY,
            None,
            None,
            "quickstart",
        );
        let config = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&endpoint)
            .credentials_provider(credentials)
            .build();
        Self {
            client: Client::from_conf(config),
            endpoint,
        }
    }

    /// Finds or makes both keys, lets alice and nobody else reveal, and writes the public keys.
    pub(crate) async fn set_up(&self, folder: &Folder) -> Result<Vec<MadeKey>, Failure> {
        let mut made = Vec::new();
        for name in KeyName::ALL {
            let arn = match self.find(name).await? {
                Some(arn) => arn,
                None => self.create(name).await?,
            };
            self.put_policy(name, &[CallerName::Alice]).await?;
            self.export_public_key(name, folder).await?;
            made.push(MadeKey { name, arn });
        }
        Ok(made)
    }

    /// Who may reveal under this key.
    pub(crate) async fn callers(&self, name: KeyName) -> Result<Vec<CallerName>, Failure> {
        let arn = self.find(name).await?.ok_or_else(|| missing(name))?;
        let answer = self
            .client
            .get_key_policy()
            .key_id(arn)
            .send()
            .await
            .map_err(|error| self.failure("GetKeyPolicy", error))?;
        let policy: Value =
            serde_json::from_str(answer.policy().unwrap_or_default()).map_err(|error| {
                Failure::Kms {
                    operation: "GetKeyPolicy",
                    reason: error.to_string(),
                }
            })?;
        Ok(callers_in(&policy))
    }

    /// Sets who may reveal under this key.
    pub(crate) async fn put_policy(
        &self,
        name: KeyName,
        callers: &[CallerName],
    ) -> Result<(), Failure> {
        let arn = self.find(name).await?.ok_or_else(|| missing(name))?;
        self.client
            .put_key_policy()
            .key_id(arn)
            .policy(key_policy(callers).to_string())
            .send()
            .await
            .map_err(|error| self.failure("PutKeyPolicy", error))?;
        Ok(())
    }

    async fn find(&self, name: KeyName) -> Result<Option<String>, Failure> {
        match self.client.describe_key().key_id(name.alias()).send().await {
            Ok(answer) => Ok(answer
                .key_metadata()
                .and_then(|key| key.arn())
                .map(str::to_owned)),
            Err(SdkError::ServiceError(error)) if error.err().is_not_found_exception() => Ok(None),
            Err(error) => Err(self.failure("DescribeKey", error)),
        }
    }

    async fn create(&self, name: KeyName) -> Result<String, Failure> {
        let answer = self
            .client
            .create_key()
            .key_spec(KeySpec::Rsa2048)
            .key_usage(KeyUsageType::EncryptDecrypt)
            .description(format!("veilgate quickstart: {}", name.as_str()))
            .policy(key_policy(&[CallerName::Alice]).to_string())
            .send()
            .await
            .map_err(|error| self.failure("CreateKey", error))?;
        let arn = answer
            .key_metadata()
            .and_then(|key| key.arn())
            .unwrap_or_default()
            .to_owned();
        self.client
            .create_alias()
            .alias_name(name.alias())
            .target_key_id(
                answer
                    .key_metadata()
                    .map(|key| key.key_id())
                    .unwrap_or_default(),
            )
            .send()
            .await
            .map_err(|error| self.failure("CreateAlias", error))?;
        Ok(arn)
    }

    async fn export_public_key(&self, name: KeyName, folder: &Folder) -> Result<(), Failure> {
        let answer = self
            .client
            .get_public_key()
            .key_id(name.alias())
            .send()
            .await
            .map_err(|error| self.failure("GetPublicKey", error))?;
        let der = answer.public_key().map(AsRef::as_ref).unwrap_or_default();
        write(
            &folder.keys().join(format!("{}.1.pem", name.as_str())),
            public_pem(der),
        )
    }

    fn failure<E>(&self, operation: &'static str, error: SdkError<E>) -> Failure
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match &error {
            SdkError::DispatchFailure(_) => Failure::NotRunning {
                endpoint: self.endpoint.clone(),
            },
            SdkError::ServiceError(service) => Failure::Kms {
                operation,
                reason: format!(
                    "{}: {}",
                    service.err().code().unwrap_or("no error code"),
                    service.err().message().unwrap_or("no message")
                ),
            },
            _ => Failure::Kms {
                operation,
                reason: DisplayErrorContext(&error).to_string(),
            },
        }
    }
}

fn missing(name: KeyName) -> Failure {
    Failure::Kms {
        operation: "DescribeKey",
        reason: format!("there is no {}", name.alias()),
    }
}
