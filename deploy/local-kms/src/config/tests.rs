//! Which configurations are taken, and what is said of the others.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use super::{Config, KeySource};

const GOOD: &str = r#"
version: 1
users: [ { name: admin, access_key_id: AKIALOCALADMIN000000, secret_access_key: s } ]
roles:
  - name: analyst
    trust: { Statement: [ { Effect: Allow, Principal: "*", Action: "sts:AssumeRole" } ] }
oidc_providers:
  - { issuer: "https://issuer.example/realm/", audiences: [a], jwks_file: keys/jwks.json }
"#;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("/etc/veilgate/local-kms.yaml"), text).map_err(|e| e.to_string())
}

#[test]
fn the_standard_configuration_is_whole() {
    let config = Config::standard().unwrap();
    assert_eq!(
        (config.account.as_str(), config.region.as_str()),
        ("000000000000", "us-east-1")
    );
    let [admin] = config.users.as_slice() else {
        panic!("one user")
    };
    assert_eq!((admin.name.as_str(), admin.policies.len()), ("admin", 1));
    assert_eq!(
        format!("{admin:?}"),
        "User(admin)",
        "no secret in debug output"
    );
}

#[test]
fn paths_are_relative_to_the_file_and_issuers_lose_their_scheme() {
    let config = parse(GOOD).unwrap();
    let [provider] = config.providers.as_slice() else {
        panic!("one provider")
    };
    assert_eq!(provider.name, "issuer.example/realm");
    let KeySource::File(path) = &provider.keys else {
        panic!("a file")
    };
    assert_eq!(*path, PathBuf::from("/etc/veilgate/keys/jwks.json"));
}

#[test]
fn principals_must_be_configured_in_this_account_only() {
    let config = parse(GOOD).unwrap();
    let rows = [
        ("arn:aws:iam::000000000000:root", true),
        ("arn:aws:iam::000000000000:user/admin", true),
        ("arn:aws:iam::000000000000:role/analyst", true),
        ("arn:aws:sts::000000000000:assumed-role/analyst/any", true),
        ("arn:aws:iam::000000000000:user/nobody", false),
        ("arn:aws:iam::000000000000:role/nobody", false),
        ("arn:aws:sts::000000000000:assumed-role/nobody/any", false),
        ("arn:aws:iam::111111111111:role/nobody", true),
        ("arn:aws:s3:::bucket", false),
        ("admin", false),
    ];
    for (arn, known) in rows {
        assert_eq!(config.knows_arn(arn), known, "{arn}");
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    let change = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        GOOD.replacen(from, to, 1)
    };
    let user = |text: &str| change("users: [", &format!("users: [ {text},"));
    let rows = [
        (change("version: 1", "version: 2"), "version: must be 1"),
        (
            change("version: 1", "version: 1\naccount: \"12\""),
            "account: must be twelve digits",
        ),
        (
            change("version: 1", "version: 1\nregion: \"US east\""),
            "region: must be",
        ),
        (change("version: 1", "version: 1\nextra: 1"), "extra"),
        (
            change("AKIALOCALADMIN000000", "ADMIN"),
            "users[0].access_key_id: must be AKIA",
        ),
        (
            change("secret_access_key: s", "secret_access_key: \"\""),
            "users[0].secret_access_key",
        ),
        (
            change("name: admin", "name: \"a/b\""),
            "users[0].name: must be",
        ),
        (
            user("{ name: b, access_key_id: AKIALOCALADMIN000000, secret_access_key: s }"),
            "users[1].access_key_id: must not stand twice",
        ),
        (
            change(
                "Action: \"sts:AssumeRole\"",
                "Action: \"sts:AssumeRole\", Resource: \"*\"",
            ),
            "roles[0].trust: A trust policy",
        ),
        (
            change(
                "name: analyst",
                "name: analyst\n    max_session_duration: 60",
            ),
            "roles[0].max_session_duration",
        ),
        (
            change("name: analyst", "name: analyst\n    policies: [ {} ]"),
            "roles[0].policies[0]: A policy must have",
        ),
        (
            change("https://issuer.example/realm/", "issuer"),
            "oidc_providers[0].issuer",
        ),
        (
            change("audiences: [a]", "audiences: []"),
            "oidc_providers[0].audiences",
        ),
        (
            change("jwks_file: keys/jwks.json", "jwks_url: \"https://a/b\""),
            "oidc_providers[0].jwks_url: must be an http URL",
        ),
        (
            change(", jwks_file: keys/jwks.json", ""),
            "oidc_providers[0]: give one of",
        ),
    ];
    for (text, expected) in rows {
        let error = parse(&text)
            .err()
            .unwrap_or_else(|| panic!("taken: {text}"));
        assert!(
            error.contains(expected) && error.contains("local-kms.yaml"),
            "{expected}: {error}"
        );
    }
}
