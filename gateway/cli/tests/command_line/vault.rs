//! `veilgate vault` over vaults in SQLite.

use std::fs::File;

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use record::{KeyId, head};
use serde_json::{Value, json};
use store::{DataKeyId, Index, Mac};

use crate::kms::{Kms, User};
use crate::support::{Folder, Ran, ran};
use filler::Filler;

mod filler;
mod moving;
mod redis;

/// A folder whose configuration has a vault, and one with another vault.
fn folder() -> Folder {
    let folder = Folder::new();
    let gateway = String::from_utf8(folder.read("gateway.yaml")).unwrap();
    let vault = |file: &str| format!("{gateway}vault: {{ sqlite: {{ file: {file} }} }}\n");
    folder.write("gateway.yaml", vault("vault.db"));
    folder.write("other.yaml", vault("other.db"));
    folder
}

fn run(folder: &Folder, command: &str, more: &[&str]) -> Ran {
    let arguments = [&["vault", command, "--config", "gateway.yaml"], more].concat();
    folder.run(&arguments)
}

fn statistics(folder: &Folder, config: &str) -> Value {
    let arguments = ["vault", "statistics", "--config", config, "--json"];
    folder.run(&arguments).ok().json()
}

/// Two spaces of pan and one of ssn.
fn filled(folder: &Folder) -> Filler {
    let filler = Filler::new(folder, "vault.db");
    for number in 0..700 {
        let index = match number % 3 {
            0 => Index::None,
            1 => Index::Many(Mac([9; 32])),
            _ => Index::Unique(Mac([(number % 251) as u8; 32])),
        };
        let (class, tenant) = [("pan", "acme"), ("pan", ""), ("ssn", "acme")][number / 250];
        filler.add(class, tenant, &format!("t-{number}"), index);
    }
    filler
}

#[test]
fn statistics_count_by_class_and_tenant() {
    let folder = folder();
    let absent = run(&folder, "statistics", &[]);
    assert_eq!(absent.code, 1);
    assert!(absent.stderr.contains("start the gateway first"));
    assert!(!folder.path("vault.db").exists());
    let _filler = filled(&folder);
    let told = statistics(&folder, "gateway.yaml");
    let bytes = (2 + 16 + 12 + 30) as u64;
    assert_eq!(told["tokens"], 700);
    assert_eq!(told["bytes"], 700 * bytes);
    let space = json!({ "class": "pan", "tenant": "", "tokens": 250, "bytes": 250 * bytes });
    assert_eq!(told["spaces"][0], space);
    let table = run(&folder, "statistics", &[]).ok();
    let last: Vec<_> = table.text().lines().last().unwrap().split(' ').collect();
    assert_eq!((last[0], *last.last().unwrap()), ("total", "42000"));
    Folder::new()
        .run(&["vault", "sweep", "--config", "gateway.yaml"])
        .refused("has no vault");
}

#[test]
fn tokens_tenants_and_spaces_are_erased() {
    let folder = folder();
    let filler = filled(&folder);
    let token = ["--class", "pan", "--tenant", "acme", "--token", "t-7"];
    let file = [&token[..], &["--receipt", "receipt.json"]].concat();
    let receipt = run(&folder, "erase", &file).ok().json();
    assert_eq!(receipt["records"], 1);
    assert_eq!(receipt["token"], "t-7");
    assert_eq!(receipt["erased"], "token");
    assert!(receipt["at"].as_str().unwrap().starts_with("20"));
    let written: Value = serde_json::from_slice(&folder.read("receipt.json")).unwrap();
    assert_eq!(written, receipt);
    assert!(!filler.has("pan", "acme", "t-7"));
    assert!(filler.has("pan", "acme", "t-8"));
    let again = run(&folder, "erase", &token).ok().json();
    assert_eq!(again["records"], 0);
    // a receipt is not replaced, and nothing is erased without one
    let other = ["--class", "pan", "--tenant", "acme", "--token", "t-8"];
    let refused = run(
        &folder,
        "erase",
        &[&other[..], &["--receipt", "receipt.json"]].concat(),
    );
    assert_eq!(refused.code, 1);
    assert!(filler.has("pan", "acme", "t-8"));

    let all = run(&folder, "erase", &["--class", "pan", "--all"])
        .ok()
        .json();
    assert_eq!(all["records"], 250);
    let everything = run(&folder, "erase", &["--all"]);
    assert_eq!(everything.code, 1);
    assert!(everything.stderr.contains("say what is to be erased"));
    assert_eq!(statistics(&folder, "gateway.yaml")["tokens"], 449);
    let tenant = run(&folder, "erase", &["--tenant", "acme", "--all"])
        .ok()
        .json();
    assert_eq!(tenant["records"], 449);
    for wrong in [
        &["--all", "--token", "t"][..],
        &["--token", "t"],
        &["--class", "pan"],
    ] {
        assert_eq!(run(&folder, "erase", wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn what_has_expired_is_swept() {
    let folder = folder();
    let filler = filled(&folder);
    let sealed = filler.sealed();
    filler.insert("pan", "", "gone", Index::None, &sealed, Some(5));
    assert_eq!(statistics(&folder, "gateway.yaml")["tokens"], 700);
    assert_eq!(run(&folder, "sweep", &[]).ok().json()["swept"], 1);
    assert_eq!(run(&folder, "sweep", &[]).ok().json()["swept"], 0);
}

#[test]
fn what_cannot_be_opened_is_told() {
    let folder = folder();
    let filler = filled(&folder);
    let right = run(&folder, "verify", &[]).ok();
    assert!(right.text().contains("class pan: 500 tokens read"));
    let right = run(&folder, "verify", &["--json"]).ok().json();
    assert_eq!(
        (&right["tokens"]["ssn"], &right["faults"]),
        (&json!(200), &json!(0))
    );

    filler.add_sealed("pan", "acme", "secret-1", Index::None, b"no record");
    let mut orphan = filler.sealed();
    orphan[2..18].copy_from_slice(&[8; 16]);
    for token in ["secret-2", "secret-3"] {
        filler.add_sealed("ssn", "", token, Index::None, &orphan);
    }
    filler.data_key("unknown");
    filler.head(DataKeyId([6; 16]), b"no head");
    let bound = head::build_bound(&KeyId::new("payments", 1), 8).unwrap();
    let other = head::build_envelope(&bound, &[1; 32], &[2; 256]).unwrap();
    filler.head(DataKeyId([7; 16]), &other);
    let wrong = run(&folder, "verify", &[]);
    assert_eq!(wrong.code, 1);
    for part in [
        "class pan, tenant `acme`: a record is malformed",
        "class ssn, tenant ``: 2 tokens name a data key that is not there",
        "the key ring has no key unknown version 1",
        "data key 06060606060606060606060606060606: its head is malformed",
        "data key 07070707070707070707070707070707: its head is not the one",
    ] {
        assert!(wrong.text().contains(part), "no {part} in {}", wrong.text());
    }
    assert!(!wrong.text().contains("secret"));
    for number in 0..30 {
        filler.head(DataKeyId([100 + number; 16]), b"no head");
    }
    let many = run(&folder, "verify", &[]);
    assert!(
        many.text().contains("wrong  and 15 more"),
        "{}",
        many.text()
    );
}

#[test]
fn all_tokens_of_a_value_are_erased_under_every_version_of_its_key() {
    let (kms, folder) = (Kms::start(), folder());
    let condition = json!({ "StringEquals": { "kms:EncryptionContext:veilgate-key": "index" } });
    let usage = KeyUsageType::EncryptDecrypt;
    let allowed = ["kms:Decrypt"];
    let kms_key = kms.key(KeySpec::SymmetricDefault, usage, &allowed, condition);
    let create = [
        "create",
        "--ring",
        "keys.yaml",
        "--key",
        "index",
        "--kms-key",
        &kms_key,
    ];
    let make = |folder: &Folder| {
        let made = kms.run(folder, User::Admin, &create).ok();
        let ring = String::from_utf8(folder.read("keys.yaml")).unwrap();
        let (keys, signers) = ring.split_once("signers:").unwrap();
        folder.write(
            "keys.yaml",
            format!("{keys}{}signers:{signers}", made.text()),
        );
    };
    let policy = r#"
version: 1
classes:
  pan: { kind: vault, key: payments, format: uuid, index_key: index }
  email: { kind: vault, key: payments, format: uuid, index_key: index, deterministic: true }
  ssn: { kind: vault, key: payments, format: uuid }
rules:
  - { select: "$..pan", class: pan }
  - { select: "$..email", class: email }
  - { select: "$..ssn", class: ssn }
"#;
    folder.write("policy.yaml", policy);
    let text = r#"{"pan":"4111"}{"pan":4111}{"pan":"4112"}{"email":"4111"}{"ssn":"4111"}"#;
    folder.write("in.ndjson", text.replace("}{", "}\n{") + "\n");
    let tokenize = |output: &str| {
        let arguments = ["tokenize", "--config", "gateway.yaml", "--route", "lake"];
        let rest = ["--output", output, "in.ndjson"];
        let ran = kms.veilgate(&folder, User::Gateway, &[&arguments[..], &rest].concat());
        ran.ok();
    };
    make(&folder);
    tokenize("one");
    make(&folder);
    tokenize("two");
    assert_eq!(statistics(&folder, "gateway.yaml")["tokens"], 10);

    folder.write("value", "4111\n");
    let erase = |user, class: &str, more: &[&str]| {
        let arguments = [
            "vault",
            "erase",
            "--config",
            "gateway.yaml",
            "--class",
            class,
        ];
        let value = ["--value-file", "value"];
        kms.veilgate(&folder, user, &[&arguments[..], &value, more].concat())
    };
    let denied = erase(User::Admin, "pan", &[]);
    assert_eq!(denied.code, 1);
    assert!(denied.stderr.contains("kms:Decrypt"), "{}", denied.stderr);
    let exact = erase(User::Gateway, "pan", &["--exact"]).ok().json();
    assert_eq!(exact["records"], 0);
    let other_tenant = erase(User::Gateway, "pan", &["--tenant", "acme"]).ok();
    assert_eq!(other_tenant.json()["records"], 0);
    let pan = erase(User::Gateway, "pan", &[]).ok();
    assert!(!pan.text().contains("4111"), "{}", pan.text());
    let pan = pan.json();
    // a text and a number, under two versions
    assert_eq!(pan["records"], 4);
    assert_eq!(
        pan["index_keys"],
        json!(["index version 1", "index version 2"])
    );
    assert_eq!(erase(User::Gateway, "email", &[]).ok().json()["records"], 2);
    for (class, why) in [("ssn", "has no `index_key`"), ("none", "no policy")] {
        let refused = erase(User::Gateway, class, &[]);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    assert_eq!(statistics(&folder, "gateway.yaml")["tokens"], 4);
    folder.write("other-value", "4112\r\n");
    let piped = [
        "vault",
        "erase",
        "--config",
        "gateway.yaml",
        "--class",
        "pan",
        "--value-file",
        "-",
    ];
    let mut piped = kms.command(&folder, User::Gateway, &piped);
    piped.stdin(File::open(folder.path("other-value")).unwrap());
    let receipt = ran(&piped.output().unwrap()).ok().json();
    assert_eq!(receipt["records"], 2);
    run(&folder, "verify", &[]).ok();
}
