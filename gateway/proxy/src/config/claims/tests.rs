#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::config::{Config, load};
use crate::tenant::{JwksUrl, KeySource, TenantSource};

/// An Ed25519 key of RFC 8037.
const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// A gateway with a route for each of these tenants.
fn read(folder: &Path, tenants: &[&str]) -> Result<Config, String> {
    let file = folder.join("gateway.yaml");
    let routes = tenants
        .iter()
        .map(|tenant| format!("  - {{ upstream: app, policy: none, tenant: {{ {tenant} }} }}\n"));
    let head = "version: 1\nlisten: 127.0.0.1:0\nupstreams: { app: { url: 'http://127.0.0.1:1' } }\nroutes:\n";
    fs::write(&file, head.to_owned() + &routes.collect::<String>()).unwrap();
    load(&file).map_err(|diagnostics| diagnostics.to_string())
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    fs::write(folder.path().join("keys/login.jwks"), JWKS).unwrap();
    folder
}

const RIGHT: &str = "claim: { name: tenant_id, issuer: 'https://login.example.com/', audience: veilgate, jwks: keys/login.jwks }";

#[test]
fn files_and_urls() {
    let folder = folder();
    let url = "claim: { name: /org/id, issuer: i, audience: [a, b], jwks_url: 'https://login.example.com/jwks' }";
    let often = url.replace(" }", ", refresh: 30s }");
    let config = read(folder.path(), &[RIGHT, url, &often, RIGHT]).unwrap();
    let places = config
        .routes
        .iter()
        .map(|route| route.tenant.clone().unwrap());
    let expected = [0, 1, 2, 0].map(TenantSource::Claim);
    assert!(
        places.eq(expected),
        "one that two routes name is there once"
    );
    let [file, url, often] = &config.claims[..] else {
        panic!("{} claims", config.claims.len());
    };
    assert_eq!(
        (file.issuer.as_str(), &file.audiences[..]),
        ("https://login.example.com/", &["veilgate".to_owned()][..])
    );
    assert!(matches!(file.keys, KeySource::File(_)));
    assert_eq!(url.audiences, ["a", "b"]);
    for (source, seconds) in [(url, 300), (often, 30)] {
        let url = JwksUrl::parse("https://login.example.com/jwks").unwrap();
        let refresh = Duration::from_secs(seconds);
        assert_eq!(source.keys, KeySource::Url { url, refresh });
    }
    let watched = folder.path().join("keys/login.jwks");
    assert_eq!(
        config.files.iter().filter(|file| **file == watched).count(),
        1
    );
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let folder = folder();
    for (name, text) in [("empty.jwks", r#"{"keys":[]}"#), ("pem.jwks", "-----BEGIN")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let file = "jwks: keys/login.jwks";
    let url = |url: &str| format!("jwks_url: '{url}'");
    for (from, to, expected) in [
        (
            "name: tenant_id",
            "name: ''",
            &["VG0301", "names no claim", "JSON Pointer"][..],
        ),
        (
            "name: tenant_id",
            "name: /a~b",
            &["VG0301", "names no claim", "name: /a~b"],
        ),
        ("name: tenant_id", "nam: tenant_id", &["VG0002", "nam"]),
        ("name: tenant_id, ", "", &["VG0003", "name"]),
        (
            "'https://login.example.com/'",
            "' '",
            &["VG0301", "empty", "`iss`"],
        ),
        (
            "audience: veilgate",
            "audience: []",
            &["VG0301", "nobody", "`aud`"],
        ),
        (
            "audience: veilgate",
            "audience: [a, '']",
            &["VG0301", "empty", "`aud`"],
        ),
        ("audience: veilgate, ", "", &["VG0003", "audience"]),
        (
            ", jwks: keys/login.jwks",
            "",
            &["VG0304", "`jwks` and `jwks_url`"],
        ),
        (
            file,
            &format!("{file}, {}", url("https://a.example/")),
            &["VG0304", "`jwks` and `jwks_url`"],
        ),
        (
            file,
            &format!("{file}, refresh: 5m"),
            &["VG0304", "refreshed", "5m"],
        ),
        (
            file,
            &format!("{}, refresh: 2d", url("https://a.example/")),
            &["VG0011", "`1d`"],
        ),
        (
            file,
            &format!("{}, refresh: 10ms", url("https://a.example/")),
            &["VG0011", "`1s`"],
        ),
        (
            file,
            &url("http://login.example.com/jwks"),
            &["VG0301", "safely", "loopback"],
        ),
        (
            file,
            &url("https://me:secret@login.example.com/"),
            &["VG0301", "without a user"],
        ),
        (file, "jwks: nowhere.jwks", &["VG0303", "nowhere.jwks"]),
        (file, "jwks: empty.jwks", &["VG0303", "none of its 0 keys"]),
        (file, "jwks: pem.jwks", &["VG0303", "no JSON Web Key Set"]),
        (
            "claim:",
            "host: '*.example.com', claim:",
            &["VG0304", "`path` and `claim`"],
        ),
    ] {
        assert!(RIGHT.contains(from), "{from}");
        let said = read(folder.path(), &[&RIGHT.replace(from, to)]).unwrap_err();
        for part in expected {
            assert!(said.contains(part), "{to}: no {part} in {said}");
        }
    }
}
