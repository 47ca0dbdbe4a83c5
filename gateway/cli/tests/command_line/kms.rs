//! local-kms in a thread of this process, and its administrator.

use std::net::SocketAddr;
use std::process::Command;

use aws_credential_types::Credentials;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::{BehaviorVersion, Region};
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use local_kms::{Config, Options, Server};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::{Folder, Ran, ran};

const CONFIG: &str = r#"
version: 1
users:
  - { name: admin, access_key_id: AKIALOCALADMIN000000, secret_access_key: admin-secret,
      policies: [ { Version: "2012-10-17", Statement: [ { Effect: Allow, Action: "*", Resource: "*" } ] } ] }
  - { name: gateway, access_key_id: AKIALOCALGATEWAY0000, secret_access_key: gateway-secret }
"#;

/// Who runs a command.
#[derive(Clone, Copy)]
pub(crate) enum User {
    /// Makes keys, and may not decrypt.
    Admin,
    /// May what key policies allow it.
    Gateway,
}

impl User {
    fn access_key(self) -> (&'static str, &'static str) {
        match self {
            Self::Admin => ("AKIALOCALADMIN000000", "admin-secret"),
            Self::Gateway => ("AKIALOCALGATEWAY0000", "gateway-secret"),
        }
    }
}

pub(crate) struct Kms {
    runtime: Runtime,
    address: SocketAddr,
    _state: TempDir,
}

impl Kms {
    pub(crate) fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("local-kms.yaml");
        std::fs::write(&file, CONFIG).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            state: state.path().join("state"),
            config: Config::load(&file).unwrap(),
            audit: Box::new(std::io::sink()),
        };
        let server = runtime.block_on(async { Server::start(options).unwrap() });
        let address = server.address();
        runtime.spawn(server.run(std::future::pending()));
        Self {
            runtime,
            address,
            _state: state,
        }
    }

    /// A new key's id. The gateway may `allowed` with it, where `condition` holds.
    pub(crate) fn key(
        &self,
        spec: KeySpec,
        usage: KeyUsageType,
        allowed: &[&str],
        condition: serde_json::Value,
    ) -> String {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": { "AWS": "arn:aws:iam::000000000000:user/admin" },
                    "NotAction": "kms:Decrypt",
                    "Resource": "*"
                },
                {
                    "Effect": "Allow",
                    "Principal": { "AWS": "arn:aws:iam::000000000000:user/gateway" },
                    "Action": allowed,
                    "Resource": "*",
                    "Condition": condition
                }
            ]
        });
        let request = self
            .client()
            .create_key()
            .key_spec(spec)
            .key_usage(usage)
            .policy(policy.to_string());
        let made = self.runtime.block_on(request.send()).unwrap();
        made.key_metadata.unwrap().key_id
    }

    /// A new alias of a key.
    pub(crate) fn alias(&self, alias: &str, key: &str) {
        let request = self.client().create_alias().alias_name(alias);
        let made = request.target_key_id(key).send();
        self.runtime.block_on(made).unwrap();
    }

    /// Points an alias to another key.
    pub(crate) fn move_alias(&self, alias: &str, key: &str) {
        let request = self.client().update_alias().alias_name(alias);
        let moved = request.target_key_id(key).send();
        self.runtime.block_on(moved).unwrap();
    }

    pub(crate) fn disable(&self, key: &str) {
        let request = self.client().disable_key().key_id(key);
        self.runtime.block_on(request.send()).unwrap();
    }

    /// A key's public half in DER.
    pub(crate) fn public_key(&self, key: &str) -> Vec<u8> {
        let request = self.client().get_public_key().key_id(key);
        let answer = self.runtime.block_on(request.send()).unwrap();
        answer.public_key.unwrap().into_inner()
    }

    fn client(&self) -> Client {
        let (id, secret) = User::Admin.access_key();
        let config = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(format!("http://{}", self.address))
            .credentials_provider(Credentials::new(id, secret, None, None, "tests"))
            .build();
        Client::from_conf(config)
    }

    /// `veilgate keys` with these arguments, as this user.
    pub(crate) fn run(&self, folder: &Folder, user: User, arguments: &[&str]) -> Ran {
        self.veilgate(folder, user, &[&["keys"], arguments].concat())
    }

    /// `veilgate` with these arguments, as this user.
    pub(crate) fn veilgate(&self, folder: &Folder, user: User, arguments: &[&str]) -> Ran {
        ran(&self.command(folder, user, arguments).output().unwrap())
    }

    /// `veilgate` with these arguments, as this user, to be run.
    pub(crate) fn command(&self, folder: &Folder, user: User, arguments: &[&str]) -> Command {
        let mut command = folder.command(arguments);
        self.environment(&mut command, user);
        command
    }

    fn environment(&self, command: &mut Command, user: User) {
        let (id, secret) = user.access_key();
        command
            .env("AWS_ENDPOINT_URL_KMS", format!("http://{}", self.address))
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret);
    }
}
