//! `veilgate keys sync` against local-kms: what is refused, and what the file keeps.

use std::collections::BTreeMap;
use std::fs;

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use serde_json::json;

use crate::kms::{Kms, User};
use crate::support::{Folder, Ran, files};

const RING: &str = "version: 1\nkeys:\n  cards: # all\n    versions_by_alias: alias/cards-*\n";

fn rsa_key(kms: &Kms) -> String {
    let (spec, usage) = (KeySpec::Rsa2048, KeyUsageType::EncryptDecrypt);
    kms.key(spec, usage, &["kms:GetPublicKey"], json!({}))
}

fn mac_key(kms: &Kms) -> String {
    let (spec, usage) = (KeySpec::Hmac256, KeyUsageType::GenerateVerifyMac);
    kms.key(spec, usage, &["kms:GenerateMac"], json!({}))
}

fn arn(key: &str) -> String {
    format!("arn:aws:kms:us-east-1:000000000000:key/{key}")
}

fn sync(kms: &Kms, folder: &Folder, more: &[&str]) -> Ran {
    let arguments = ["sync", "--ring", "ring.yaml"];
    kms.run(folder, User::Admin, &[&arguments, more].concat())
}

/// All files with their content.
fn content(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let names = files(&folder.path(""));
    names
        .into_iter()
        .map(|name| (name.clone(), folder.read(&name)))
        .collect()
}

/// It is refused for this reason, and no file is another.
#[track_caller]
fn refused(kms: &Kms, folder: &Folder, parts: &[&str]) {
    let before = content(folder);
    let ran = sync(kms, folder, &[]);
    assert_eq!(ran.code, 1, "{}", ran.text());
    let said = format!("{}{}", ran.text(), ran.stderr);
    for part in parts {
        assert!(said.contains(part), "no {part} in {said}");
    }
    assert_eq!(content(folder), before);
}

#[test]
fn aliases_of_all_pages_are_seen() {
    let (kms, folder) = (Kms::start(), Folder::new());
    // in KMS's order these come first: 120, of which a page has 100
    for _ in 0..3 {
        let key = mac_key(&kms);
        for number in 0..40 {
            kms.alias(&format!("alias/a-{key}-{number}"), &key);
        }
    }
    let key = rsa_key(&kms);
    kms.alias("alias/cards-12", &key);
    folder.write("ring.yaml", RING);
    let ran = sync(&kms, &folder, &[]).ok();
    let arn = arn(&key);
    assert_eq!(
        ran.text(),
        format!("added      key cards version 12: `{arn}`, `cards.12.pem`\n")
    );
    let expected = format!(
        "{RING}    versions:\n      - {{ version: 12, kms_key: {arn}, public_key: cards.12.pem }}\n"
    );
    assert_eq!(folder.read("ring.yaml"), expected.as_bytes());
    kms.run(&folder, User::Gateway, &["check", "--ring", "ring.yaml"])
        .ok();
}

#[test]
fn a_public_key_file_of_another_key_is_refused_and_the_right_one_is_kept() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let (key, other) = (rsa_key(&kms), rsa_key(&kms));
    kms.alias("alias/cards-1", &key);
    folder.write("ring.yaml", RING);
    let export = |key: &str| {
        let arguments = ["export", "--kms-key", key];
        kms.run(&folder, User::Admin, &arguments).ok().stdout
    };
    folder.write("cards.1.pem", export(&other));
    let reason = "is the public key of another KMS key";
    refused(
        &kms,
        &folder,
        &[
            "wrong",
            "key cards version 1",
            "`cards.1.pem`",
            &arn(&key),
            reason,
        ],
    );
    folder.write("cards.1.pem", "nothing");
    refused(&kms, &folder, &["`cards.1.pem`", "no public key in PEM"]);
    folder.write("cards.1.pem", export(&key));
    sync(&kms, &folder, &[]).ok();
}

#[test]
fn kms_keys_that_cannot_be_versions_are_refused() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let signs = KeyUsageType::SignVerify;
    let signer = kms.key(KeySpec::Rsa2048, signs, &["kms:Sign"], json!({}));
    kms.alias("alias/cards-1", &signer);
    folder.write("ring.yaml", RING);
    refused(
        &kms,
        &folder,
        &[
            "key cards version 1",
            "RSA_2048 for SIGN_VERIFY",
            &arn(&signer),
        ],
    );

    let (first, second, mac) = (rsa_key(&kms), rsa_key(&kms), mac_key(&kms));
    folder.write(
        "ring.yaml",
        RING.replace("alias/cards-", "alias/of-two-sorts-"),
    );
    kms.alias("alias/of-two-sorts-1", &first);
    kms.alias("alias/of-two-sorts-2", &mac);
    refused(
        &kms,
        &folder,
        &[
            "missing    key cards version 1",
            "wrong      key cards version 2",
            "HMAC_256",
        ],
    );

    folder.write("ring.yaml", RING.replace("alias/cards-", "alias/twice-"));
    kms.alias("alias/twice-1", &first);
    kms.alias("alias/twice-2", &first);
    refused(&kms, &folder, &["key cards version 2", "version 1 already"]);

    folder.write("ring.yaml", RING.replace("alias/cards-", "alias/off-"));
    kms.alias("alias/off-1", &second);
    kms.disable(&second);
    refused(&kms, &folder, &["key cards version 1", "in state Disabled"]);

    folder.write("ring.yaml", RING.replace("alias/cards-", "alias/none-"));
    kms.alias("alias/none-01", &first);
    refused(
        &kms,
        &folder,
        &[
            "left out",
            "`alias/none-01`",
            "no version",
            "--alias alias/none-1",
        ],
    );
}

#[test]
fn a_ring_that_names_aliases_is_compared_by_its_files() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let (key, other) = (rsa_key(&kms), rsa_key(&kms));
    kms.alias("alias/cards-1", &key);
    let entry = "{ version: 1, kms_key: alias/cards-1, public_key: cards.1.pem }";
    folder.write("ring.yaml", format!("{RING}    versions: [ {entry} ]\n"));
    let arguments = ["export", "--kms-key", &key, "--output", "cards.1.pem"];
    kms.run(&folder, User::Admin, &arguments).ok();
    let ran = sync(&kms, &folder, &["--check"]).ok();
    assert_eq!(
        ran.text(),
        format!("unchanged  key cards version 1: `{}`\n", arn(&key))
    );
    kms.move_alias("alias/cards-1", &other);
    refused(
        &kms,
        &folder,
        &["key cards version 1", "`cards.1.pem`", &arn(&other)],
    );
    // a bare id cannot be moved
    folder.write(
        "ring.yaml",
        format!(
            "{RING}    versions: [ {} ]\n",
            entry.replace("alias/cards-1", &other)
        ),
    );
    sync(&kms, &folder, &["--check"]).ok();
    folder.write(
        "ring.yaml",
        format!(
            "{RING}    versions: [ {} ]\n",
            entry.replace("alias/cards-1", &key)
        ),
    );
    refused(
        &kms,
        &folder,
        &[
            "key cards version 1",
            &arn(&key),
            &arn(&other),
            "would not open",
        ],
    );
}

#[test]
fn what_cannot_be_edited_is_printed() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let key = rsa_key(&kms);
    kms.alias("alias/cards-1", &key);
    let ring = "version: 1\nkeys: { cards: { versions_by_alias: alias/cards-* } }\n";
    folder.write("ring.yaml", ring);
    let ran = sync(&kms, &folder, &[]);
    assert_eq!(ran.code, 1);
    let arn = arn(&key);
    let entry = format!("- {{ version: 1, kms_key: {arn}, public_key: cards.1.pem }}");
    assert!(
        ran.text().lines().any(|line| line.trim() == entry),
        "{}",
        ran.text()
    );
    assert!(
        ran.stderr.contains("under `keys.cards.versions`"),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.read("ring.yaml"), ring.as_bytes());
    folder.write("ring.yaml", format!("{RING}    versions:\n      {entry}\n"));
    kms.run(&folder, User::Gateway, &["check", "--ring", "ring.yaml"])
        .ok();
}

#[test]
fn one_key_is_synced_alone() {
    let (kms, folder) = (Kms::start(), Folder::new());
    kms.alias("alias/cards-1", &rsa_key(&kms));
    folder.write(
        "ring.yaml",
        format!("{RING}  other:\n    versions_by_alias: alias/other-*\n"),
    );
    refused(
        &kms,
        &folder,
        &[
            "wrong      key other has no version",
            "missing    key cards version 1",
        ],
    );
    let ran = sync(&kms, &folder, &["--key", "cards"]).ok();
    assert_eq!(ran.text().lines().count(), 1);
    sync(&kms, &folder, &["--key", "nobody"]).refused("no key nobody with `versions_by_alias`");
    // the next KMS key is made while the ring waits for it
    let administrator = "arn:aws:iam::000000000000:user/admin";
    let create = [
        "create-kms-key",
        "--for",
        "tokens",
        "--ring",
        "ring.yaml",
        "--key",
        "other",
        "--spec",
        "RSA_2048",
        "--alias",
        "alias/other-1",
        "--administrator",
        administrator,
    ];
    kms.run(&folder, User::Admin, &create).ok();
    let ran = sync(&kms, &folder, &[]);
    assert!(
        ran.text().contains("added      key other version 1"),
        "{}{}",
        ran.text(),
        ran.stderr
    );
}

#[cfg(unix)]
#[test]
fn the_file_keeps_its_rights_and_its_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let (kms, folder) = (Kms::start(), Folder::new());
    kms.alias("alias/cards-1", &rsa_key(&kms));
    folder.write("elsewhere/real.yaml", RING);
    let real = folder.path("elsewhere/real.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("elsewhere/real.yaml", folder.path("ring.yaml")).unwrap();

    // a folder that cannot be written: nothing is
    folder.write("elsewhere/.real.yaml.veilgate-partial/in-the-way", "");
    refused(
        &kms,
        &folder,
        &["`ring.yaml` cannot be replaced", "ConfigMap"],
    );
    fs::remove_dir_all(folder.path("elsewhere/.real.yaml.veilgate-partial")).unwrap();

    sync(&kms, &folder, &[]).ok();
    let metadata = fs::symlink_metadata(folder.path("ring.yaml")).unwrap();
    assert!(metadata.is_symlink());
    let mode = fs::metadata(&real).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(folder.read("ring.yaml").starts_with(RING.as_bytes()));
    assert_eq!(files(&folder.path("elsewhere")), ["real.yaml"]);
    kms.run(&folder, User::Gateway, &["check", "--ring", "ring.yaml"])
        .ok();
}
