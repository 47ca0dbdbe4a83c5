#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use policies::Code;
use unseal::ChooseRole;

const RING: &str = r#"version: 1
keys:
  payments: { versions: [ { version: 1, kms_key: "alias/payments" } ] }
signers:
  edge: { versions: [ { version: 1, public_key: signer.1.pem } ] }
"#;

const POLICY: &str = r#"version: 1
classes: { pan: { kind: envelope, key: payments } }
rules: [ { select: $.pan, class: pan } ]
"#;

const LEAST: &str = r#"version: 1
listen: 127.0.0.1:0
keys: keys.yaml
edge_keys: [edge.key]
callers:
  - issuer: http://127.0.0.1:9100
    role: arn:aws:iam::000000000000:role/analyst
"#;

fn folder(yaml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("keys.yaml", RING);
    write("edge.key", &"0f".repeat(32));
    write("short.key", "0f");
    write("cards.yaml", POLICY);
    write("keyless.yaml", &POLICY.replace("payments", "cards"));
    write("broken.yaml", "version: 1\n");
    write("detokenize.yaml", yaml);
    folder
}

fn read(yaml: &str) -> Result<Config, Diagnostics> {
    Config::read(&folder(yaml).path().join("detokenize.yaml"))
}

/// The code of the only diagnostic, and what it points at.
fn refused(yaml: &str) -> (Code, String) {
    let found = read(yaml).err().unwrap();
    assert_eq!(found.as_slice().len(), 1, "{found}");
    let only = &found.as_slice()[0];
    (only.code, only.offending().to_owned())
}

#[test]
fn the_least_configuration_has_defaults() {
    let config = read(LEAST).unwrap();
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.audit, AuditTarget::Stdout);
    assert_eq!(config.cache.of_caller.data_keys, Duration::from_secs(60));
    assert_eq!(config.cache.credentials, Duration::from_secs(300));
    assert_eq!(config.edge_keys.len(), 1);
    assert!(config.admin.is_none());
    assert!(config.policies.is_empty());
}

#[test]
fn every_setting_is_read() {
    let callers = r#"  - issuer: https://i
    audience: veilgate
    roles: [ { claim: groups, value: support, role: "arn:aws:iam::1:role/s" } ]
"#;
    let more = r#"admin: "[::1]:8091"
policies: { cards: cards.yaml, again: cards.yaml }
cache: { credentials: 10m, data_keys: 5s, refusals: 1s, callers: 5, entries: 6 }
audit: audit.jsonl
audit_sync: true
limits:
  connections: 1
  requests: 2
  body: 10GiB
  small_body: 32KiB
  token: 1MiB
  batch_body: 1MiB
  batch_tokens: 7
  kms_calls: 8
  header_timeout: 9s
  body_idle_timeout: 10s
  drain: 11s
"#;
    let folder = folder(&format!("{LEAST}{callers}{more}"));
    let config = Config::read(&folder.path().join("detokenize.yaml")).unwrap();
    assert_eq!(config.policies.len(), 2);
    assert_eq!(config.callers.len(), 2);
    assert_eq!(config.callers[1].audience.as_deref(), Some("veilgate"));
    assert!(matches!(&config.callers[1].role, ChooseRole::ByClaim(roles) if roles.len() == 1));
    let path = folder.path().join("audit.jsonl");
    assert_eq!(config.audit, AuditTarget::File { path, sync: true });
    let of_caller = CacheSettings {
        data_keys: Duration::from_secs(5),
        refusals: Duration::from_secs(1),
        entries: 6,
    };
    let credentials = Duration::from_secs(600);
    assert_eq!(
        config.cache,
        Cache {
            credentials,
            callers: 5,
            of_caller
        }
    );
    let limits = Limits {
        connections: 1,
        requests: 2,
        body: 10 << 30,
        small_body: 32 << 10,
        token: 1 << 20,
        batch_body: 1 << 20,
        batch_tokens: 7,
        kms_calls: 8,
        header_timeout: Duration::from_secs(9),
        body_idle_timeout: Duration::from_secs(10),
        drain: Duration::from_secs(11),
    };
    assert_eq!(config.limits, limits);
}

#[test]
fn faults_are_pointed_at() {
    let change = |from: &str, to: &str| {
        assert!(LEAST.contains(from));
        refused(&LEAST.replace(from, to))
    };
    let role = "arn:aws:iam::000000000000:role/analyst";
    for (found, code, offending) in [
        (change("127.0.0.1:0", "nowhere"), Code::Setting, "nowhere"),
        (change("keys.yaml", "none.yaml"), Code::File, "none.yaml"),
        (change("[edge.key]", "[none.key]"), Code::File, "none.key"),
        (change("[edge.key]", "[short.key]"), Code::File, "short.key"),
        (change("[edge.key]", "[]"), Code::Setting, "["),
        (change(role, "analyst"), Code::Setting, "analyst"),
        (
            change(&format!("    role: {role}\n"), ""),
            Code::Conflict,
            "http://127.0.0.1:9100",
        ),
        (change("version: 1", "version: 2"), Code::Version, "2"),
        (
            refused(&format!("{LEAST}cache: {{ data_keys: 2h }}\n")),
            Code::OutOfRange,
            "2h",
        ),
        (
            refused(&format!("{LEAST}limits: {{ requests: 0 }}\n")),
            Code::OutOfRange,
            "0",
        ),
        (
            refused(&format!("{LEAST}audit_sync: true\n")),
            Code::Conflict,
            "true",
        ),
    ] {
        assert_eq!(
            (found.0.as_str(), found.1.as_str()),
            (code.as_str(), offending)
        );
    }
    let unknown = refused(&format!("{LEAST}audits: stdout\n"));
    assert_eq!(unknown.0, Code::UnknownField);
}

#[test]
fn policies_are_compiled_and_checked_against_the_ring() {
    let policies = |policies: &str| refused(&format!("{LEAST}policies: {policies}\n"));
    for (found, code, offending) in [
        (policies("{ a: none.yaml }"), Code::File, "none.yaml"),
        (policies("{ a b: cards.yaml }"), Code::Name, "a b"),
        (policies("{ a: keyless.yaml }"), Code::UnknownKey, "cards"),
    ] {
        assert_eq!(
            (found.0.as_str(), found.1.as_str()),
            (code.as_str(), offending)
        );
    }
    let broken = format!("{LEAST}policies: {{ a: broken.yaml }}\n");
    assert!(
        read(&broken)
            .err()
            .unwrap()
            .to_string()
            .contains("broken.yaml")
    );
    let twice = format!("{LEAST}policies: {{ a: cards.yaml, a: cards.yaml }}\n");
    assert!(read(&twice).is_err());
}

#[test]
fn no_key_is_shown_in_a_diagnostic() {
    let folder = folder(LEAST);
    let secret = "ab".repeat(31);
    std::fs::write(folder.path().join("edge.key"), &secret).unwrap();
    let found = Config::read(&folder.path().join("detokenize.yaml"))
        .err()
        .unwrap();
    assert!(!found.to_string().contains("abab"));
}
