//! The configuration of the three services, written to be read: it is the shortest that works.
//!
//! Paths in it are relative to `config/`, where the services are started.

use std::fmt::Write as _;

use serde_json::json;

use crate::arguments::CallerName;
use crate::callers::{AUDIENCE, ISSUER, PROVIDER};
use crate::failure::Failure;
use crate::folder::{Folder, Ports, Service, write};
use crate::key_policy::{key_policy, role_arn};
use crate::kms::{ADMIN_ACCESS_KEY_ID, ADMIN_SECRET_ACCESS_KEY, MadeKey, REGION};

/// Within this many seconds a right that was taken away, or given, takes effect.
pub(crate) const REVOKED_WITHIN_SECONDS: u64 = 10;

const POLICY: &str = r#"# What is sensitive, and under which key.
version: 1
classes:
  card:    { kind: envelope, key: payments }   # any size; one KMS call opens all values of an epoch
  balance: { kind: envelope, key: payments }
  person:  { kind: envelope, key: identity }
  ssn:     { kind: rsa, key: identity }        # up to 190 bytes; one KMS call opens one value
rules:
  - { name: card-number, select: "$..card.number", class: card }
  - { name: balance, select: "$..balance", class: balance }       # a number comes back as a number
  - { name: address, select: "$..address", class: person }        # a whole object is one value
  - { name: email, select: "$..email", class: person }
  - { name: order, select: "$.customer.name", class: person }
  - { name: order-ssn, select: "$.customer.ssn", class: ssn }
  - { name: list, select: ["$[*].name", "$[*].ssn"], class: person }
"#;

/// Writes what local-kms needs before it can start.
pub(crate) fn write_local_kms(folder: &Folder) -> Result<(), Failure> {
    let roles: String = CallerName::ALL.into_iter().map(role).collect();
    let text = format!(
        r#"# AWS KMS and STS on loopback, for development.
version: 1
region: {REGION}
account: "000000000000"
users:
  - name: admin
    access_key_id: {ADMIN_ACCESS_KEY_ID}
    secret_access_key: {ADMIN_SECRET_ACCESS_KEY}
    policies:
      - {{ Version: "2012-10-17", Statement: [ {{ Effect: Allow, Action: "kms:*", Resource: "*" }} ] }}
roles:
{roles}oidc_providers:
  - {{ issuer: "{ISSUER}", audiences: [{AUDIENCE}], jwks_file: jwks.json }}
"#
    );
    write(&folder.config().join("local-kms.yaml"), text)
}

/// A role that one caller, and no other, may take. It has no right of its own: the key policies decide.
fn role(caller: CallerName) -> String {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:aws:iam::000000000000:oidc-provider/{PROVIDER}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{PROVIDER}:aud"): AUDIENCE,
                format!("{PROVIDER}:sub"): caller.as_str(),
            }}
        }]
    });
    format!(
        "  - name: {}\n    trust: {trust}\n    policies: []\n",
        caller.role()
    )
}

/// Writes what the gateway and the detokenize service need, once the keys are there.
pub(crate) fn write_services(
    folder: &Folder,
    ports: Ports,
    keys: &[MadeKey],
) -> Result<(), Failure> {
    let config = folder.config();
    write(&config.join("policy.yaml"), POLICY)?;
    write(&config.join("keys.yaml"), key_ring(keys))?;
    write(&config.join("gateway.yaml"), gateway(ports))?;
    write(&config.join("detokenize.yaml"), detokenize(ports))
}

fn key_ring(keys: &[MadeKey]) -> String {
    let mut text = String::from(
        "# The key ring: public facts only. The private keys never leave KMS.\nversion: 1\nkeys:\n",
    );
    for key in keys {
        let name = key.name.as_str();
        let _ = writeln!(
            text,
            "  {name}:\n    versions:\n      - {{ version: 1, kms_key: \"{}\", public_key: ../keys/{name}.1.pem }}",
            key.arn
        );
    }
    text.push_str(
        "signers:\n  edge:\n    versions:\n      - { version: 1, public_key: ../keys/signer.1.pem }\n",
    );
    text
}

fn gateway(ports: Ports) -> String {
    format!(
        r#"version: 1
listen: {}
keys: keys.yaml
edge_keys: [../keys/edge.key]
signer: {{ name: edge, version: 1, private_key: ../keys/signer.1.key }}
upstreams:
  application: {{ url: {} }}
routes:
  - match: {{ path: /* }}
    upstream: application
    policy: policy.yaml
"#,
        ports.address(Service::Gateway),
        ports.url(Service::Application),
    )
}

fn detokenize(ports: Ports) -> String {
    let roles: String = CallerName::ALL
        .into_iter()
        .map(|caller| {
            let (group, arn) = (caller.role(), role_arn(caller));
            format!("      - {{ claim: groups, value: {group}, role: \"{arn}\" }}\n")
        })
        .collect();
    format!(
        r#"version: 1
listen: {}
keys: keys.yaml
edge_keys: [../keys/edge.key]
callers:
  - issuer: {ISSUER}
    audience: {AUDIENCE}
    roles:
{roles}cache: {{ credentials: 5m, data_keys: {REVOKED_WITHIN_SECONDS}s, refusals: {REVOKED_WITHIN_SECONDS}s }}
audit: ../logs/audit.jsonl
"#,
        ports.address(Service::Detokenize),
    )
}

/// For the AWS command line: its environment, and key policies to put.
pub(crate) fn write_for_aws_cli(folder: &Folder, ports: Ports) -> Result<(), Failure> {
    let environment = format!(
        "export AWS_ENDPOINT_URL={} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION} AWS_ACCESS_KEY_ID={ADMIN_ACCESS_KEY_ID} \
         AWS_SECRET_ACCESS_KEY={ADMIN_SECRET_ACCESS_KEY}\n",
        ports.url(Service::LocalKms)
    );
    write(&folder.root().join("aws.env"), environment)?;
    for (file, callers) in [
        ("alice-may-reveal.json", &[CallerName::Alice] as &[_]),
        ("nobody-may-reveal.json", &[]),
    ] {
        let text = format!("{:#}\n", key_policy(callers));
        write(&folder.key_policies().join(file), text)?;
    }
    Ok(())
}
