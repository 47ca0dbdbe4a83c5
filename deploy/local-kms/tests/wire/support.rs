//! A server in a process of its own, and clients for it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aws_credential_types::Credentials;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const ROOT: &str = "arn:aws:iam::000000000000:root";
pub(crate) const ADMIN: &str = "arn:aws:iam::000000000000:user/admin";
pub(crate) const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
pub(crate) const ANALYST: &str = "arn:aws:iam::000000000000:role/analyst";
pub(crate) const READER: &str = "arn:aws:iam::000000000000:role/reader";
pub(crate) const ISSUER: &str = "http://127.0.0.1:9100";

/// Users: admin (everything), alice (nothing), bob (kms:Decrypt by identity). Roles: analyst
/// (nothing), reader (kms:Decrypt by identity), both trusting admin and the issuer.
const CONFIG: &str = r#"
version: 1
users:
  - { name: admin, access_key_id: AKIALOCALADMIN000000, secret_access_key: admin-secret,
      policies: [ { Version: "2012-10-17", Statement: [ { Effect: Allow, Action: "*", Resource: "*" } ] } ] }
  - { name: alice, access_key_id: AKIALOCALALICE000000, secret_access_key: alice-secret, tags: { team: blue } }
  - { name: bob, access_key_id: AKIALOCALBOB00000000, secret_access_key: bob-secret,
      policies: [ { Version: "2012-10-17", Statement: [ { Effect: Allow, Action: "kms:Decrypt", Resource: "*" } ] } ] }
roles:
  - name: analyst
    tags: { team: red, level: "1" }
    trust: &trust
      Version: "2012-10-17"
      Statement:
        - { Effect: Allow, Principal: { AWS: "arn:aws:iam::000000000000:user/admin" }, Action: "sts:AssumeRole" }
        - { Effect: Allow, Principal: { AWS: "arn:aws:iam::000000000000:user/admin" }, Action: "sts:TagSession",
            Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": [team, purpose] } } }
        - Effect: Allow
          Principal: { Federated: "arn:aws:iam::000000000000:oidc-provider/127.0.0.1:9100" }
          Action: "sts:AssumeRoleWithWebIdentity"
          Condition: { StringLike: { "127.0.0.1:9100:sub": "user-*" }, StringEquals: { "127.0.0.1:9100:aud": veilgate } }
        - Effect: Allow
          Principal: { Federated: "arn:aws:iam::000000000000:oidc-provider/127.0.0.1:9100" }
          Action: "sts:TagSession"
          Condition: { StringEquals: { "aws:RequestTag/team": [blue, green] } }
  - name: reader
    trust: *trust
    policies: [ { Version: "2012-10-17", Statement: [ { Effect: Allow, Action: "kms:Decrypt", Resource: "*" } ] } ]
  - name: chained
    trust:
      Version: "2012-10-17"
      Statement:
        - { Effect: Allow, Principal: { AWS: "arn:aws:iam::000000000000:role/analyst" }, Action: ["sts:AssumeRole", "sts:TagSession"] }
oidc_providers:
  - { issuer: "http://127.0.0.1:9100", audiences: [veilgate, other], jwks_file: jwks.json }
"#;

/// The binary, running; killed when dropped.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::start_with("")
    }

    /// With more at the end of the configuration: further identity providers.
    pub(crate) fn start_with(more: &str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("local-kms.yaml"),
            format!("{CONFIG}{more}"),
        )
        .unwrap();
        let (child, url) = spawn(folder.path());
        Server { folder, child, url }
    }

    /// `kill -9`, then the same folder again.
    pub(crate) fn kill_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        (self.child, self.url) = spawn(self.folder.path());
    }

    pub(crate) fn admin(&self) -> aws_sdk_kms::Client {
        self.kms(static_user("AKIALOCALADMIN000000", "admin-secret"))
    }

    pub(crate) fn alice(&self) -> aws_sdk_kms::Client {
        self.kms(static_user("AKIALOCALALICE000000", "alice-secret"))
    }

    pub(crate) fn bob(&self) -> aws_sdk_kms::Client {
        self.kms(static_user("AKIALOCALBOB00000000", "bob-secret"))
    }

    pub(crate) fn kms(&self, credentials: Credentials) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::from_conf(
            aws_sdk_kms::Config::builder()
                .behavior_version(aws_sdk_kms::config::BehaviorVersion::latest())
                .region(aws_sdk_kms::config::Region::new("us-east-1"))
                .endpoint_url(&self.url)
                .credentials_provider(credentials)
                .build(),
        )
    }

    pub(crate) fn sts(&self, credentials: Credentials) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::Config::builder()
                .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
                .region(aws_sdk_sts::config::Region::new("us-east-1"))
                .endpoint_url(&self.url)
                .credentials_provider(credentials)
                .build(),
        )
    }

    pub(crate) fn admin_sts(&self) -> aws_sdk_sts::Client {
        self.sts(static_user("AKIALOCALADMIN000000", "admin-secret"))
    }

    /// Credentials of a role's session.
    pub(crate) async fn session(&self, role: &str, name: &str) -> Credentials {
        let answer = self
            .admin_sts()
            .assume_role()
            .role_arn(role)
            .role_session_name(name)
            .send()
            .await
            .unwrap();
        credentials(answer.credentials().unwrap())
    }

    /// A symmetric key with a policy that lets admin do everything beside.
    pub(crate) async fn key_with(&self, statements: Value) -> String {
        let key = self
            .admin()
            .create_key()
            .policy(policy(statements))
            .send()
            .await
            .unwrap();
        key.key_metadata.unwrap().arn.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_veilgate-local-kms"))
        .args(["--listen", "127.0.0.1:0", "--state"])
        .arg(folder.join("state"))
        .arg("--config")
        .arg(folder.join("local-kms.yaml"))
        .stdout(std::fs::File::create(folder.join("audit.jsonl")).unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = loop {
        let line = lines
            .next()
            .expect("the server says where it listens")
            .unwrap();
        if let Some(url) = line.strip_prefix("listening on ") {
            break url.to_owned();
        }
    };
    // Whatever it says later must not block it.
    std::thread::spawn(move || lines.for_each(drop));
    (child, url)
}

pub(crate) fn static_user(id: &str, secret: &str) -> Credentials {
    Credentials::new(id, secret, None, None, "test")
}

pub(crate) fn credentials(given: &aws_sdk_sts::types::Credentials) -> Credentials {
    let token = Some(given.session_token().to_owned());
    Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        token,
        None,
        "test",
    )
}

/// A key policy of these statements, and one that gives admin everything.
pub(crate) fn policy(statements: Value) -> String {
    let mut all = vec![json!({
        "Effect": "Allow", "Principal": { "AWS": ADMIN }, "Action": "kms:*", "Resource": "*",
    })];
    match statements {
        Value::Array(items) => all.extend(items),
        Value::Null => {}
        single => all.push(single),
    }
    json!({ "Version": "2012-10-17", "Statement": all }).to_string()
}

/// `Allow` for a principal and an action.
pub(crate) fn allow(principal: &str, action: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": action, "Resource": "*" })
}

/// The code of the error that a call must have got.
pub(crate) fn code<T: std::fmt::Debug, E: ProvideErrorMetadata, R>(
    outcome: Result<T, SdkError<E, R>>,
) -> String {
    match outcome {
        Ok(answer) => panic!("it worked: {answer:?}"),
        Err(error) => match error.as_service_error() {
            Some(service) => service.code().unwrap_or("no code").to_owned(),
            None => panic!("no answer of the service"),
        },
    }
}
