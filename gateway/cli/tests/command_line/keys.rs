//! `veilgate keys` against local-kms.

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use serde_json::{Value, json};

use crate::kms::{Kms, User};
use crate::support::{Folder, pem};

/// A symmetric KMS key with which the gateway may unwrap `joins`, and nothing else.
fn wrapping_key(kms: &Kms) -> String {
    let condition = json!({ "StringEquals": { "kms:EncryptionContext:veilgate-key": "joins" } });
    let usage = KeyUsageType::EncryptDecrypt;
    kms.key(
        KeySpec::SymmetricDefault,
        usage,
        &["kms:Decrypt"],
        condition,
    )
}

fn rsa_key(kms: &Kms) -> String {
    let (spec, usage) = (KeySpec::Rsa2048, KeyUsageType::EncryptDecrypt);
    kms.key(spec, usage, &["kms:GetPublicKey"], json!({}))
}

fn create(
    kms: &Kms,
    folder: &Folder,
    key: &str,
    kms_key: &str,
    more: &[&str],
) -> crate::support::Ran {
    let arguments = [
        "create",
        "--ring",
        "ring.yaml",
        "--key",
        key,
        "--kms-key",
        kms_key,
    ];
    kms.run(folder, User::Admin, &[&arguments, more].concat())
}

#[test]
fn a_key_is_made_and_unwraps_for_whom_the_key_policy_says() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let kms_key = wrapping_key(&kms);
    // the ring is not there yet: what is printed is all of it
    let made = create(&kms, &folder, "joins", &kms_key, &[]).ok();
    assert!(
        made.stderr.contains("wrote `joins-1.wrapped`"),
        "{}",
        made.stderr
    );
    folder.write("ring.yaml", &made.stdout);
    let second = create(&kms, &folder, "joins", &kms_key, &[]).ok();
    folder.write("ring.yaml", [made.stdout, second.stdout].concat());
    let other = create(&kms, &folder, "others", &kms_key, &["--version", "7"]).ok();
    assert!(other.stderr.contains("under `keys`"), "{}", other.stderr);
    let ring = [folder.read("ring.yaml"), other.stdout].concat();
    folder.write("ring.yaml", ring);
    folder.run(&["check", "--keys", "ring.yaml"]).ok();

    let checked = kms.run(&folder, User::Gateway, &["check", "--ring", "ring.yaml"]);
    assert_eq!(checked.code, 1);
    let lines: Vec<_> = checked.text().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, version) in lines.iter().zip(1..=2) {
        let right = format!(
            "right  key joins version {version}: `joins-{version}.wrapped` unwraps with `{kms_key}`"
        );
        assert_eq!(*line, right);
    }
    for part in [
        "wrong  key others version 7",
        "others-7.wrapped",
        "AccessDeniedException",
        "kms:Decrypt",
        r#"{"veilgate-key": "others", "veilgate-version": "7"}"#,
    ] {
        assert!(lines[2].contains(part), "no {part} in {}", lines[2]);
    }
}

#[test]
fn files_in_one_anothers_places_do_not_unwrap() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let kms_key = wrapping_key(&kms);
    let made = create(&kms, &folder, "joins", &kms_key, &[]).ok();
    folder.write("ring.yaml", &made.stdout);
    let second = create(&kms, &folder, "joins", &kms_key, &[]).ok();
    folder.write("ring.yaml", [made.stdout, second.stdout].concat());
    folder.write("joins-2.wrapped", folder.read("joins-1.wrapped"));
    let checked = kms.run(&folder, User::Gateway, &["check", "--ring", "ring.yaml"]);
    assert_eq!(checked.code, 1);
    let wrong = checked.text().lines().nth(1).unwrap();
    for part in [
        "key joins version 2",
        "InvalidCiphertext",
        "another KMS key, or for another key name or version",
    ] {
        assert!(wrong.contains(part), "no {part} in {wrong}");
    }

    folder.write("joins-2.wrapped", "5ec7e7!");
    let checked = kms.run(&folder, User::Gateway, &["check", "--ring", "ring.yaml"]);
    let wrong = checked.text().lines().nth(1).unwrap();
    assert!(
        wrong.contains("`joins-2.wrapped` is not one line of base64"),
        "{wrong}"
    );
    assert!(!wrong.contains("5ec7e7"), "{wrong}");
}

#[test]
fn what_is_there_is_not_replaced() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let kms_key = wrapping_key(&kms);
    let made = create(&kms, &folder, "joins", &kms_key, &[]).ok();
    let before = folder.read("joins-1.wrapped");
    let again = create(&kms, &folder, "joins", &kms_key, &[]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("not replaced"), "{}", again.stderr);
    folder.write("ring.yaml", &made.stdout);
    let again = create(&kms, &folder, "joins", &kms_key, &["--version", "1"]);
    assert_eq!(again.code, 1);
    assert!(
        again.stderr.contains("version 1 in the key ring"),
        "{}",
        again.stderr
    );
    assert_eq!(folder.read("joins-1.wrapped"), before);
}

#[test]
fn a_key_that_cannot_be_made_leaves_nothing() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let wrapping = wrapping_key(&kms);
    let rsa = rsa_key(&kms);
    let before = crate::support::files(&folder.path("."));
    folder.write("ring.yaml", folder.read("keys.yaml"));
    for (key, kms_key, expected) in [
        ("joins", rsa.as_str(), "symmetric key"),
        ("joins", "alias/nothing", "NotFoundException"),
        ("-joins", &wrapping, "cannot name a key"),
        ("payments", &wrapping, "RSA key in the key ring"),
    ] {
        let key = format!("--key={key}");
        let arguments = ["create", "--ring", "ring.yaml", &key, "--kms-key", kms_key];
        let ran = kms.run(&folder, User::Admin, &arguments);
        assert_eq!(ran.code, 1, "{expected}");
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    std::fs::remove_file(folder.path("ring.yaml")).unwrap();
    assert_eq!(crate::support::files(&folder.path(".")), before);
    assert_eq!(
        create(&kms, &folder, "joins", &wrapping, &["--version", "0"]).code,
        2
    );
}

#[test]
fn public_keys_are_exported_and_checked() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let (one, other) = (rsa_key(&kms), rsa_key(&kms));
    let export = |more: &[&str]| kms.run(&folder, User::Gateway, &[&["export"], more].concat());
    let shown = export(&["--kms-key", &one]).ok();
    assert_eq!(shown.text(), pem("PUBLIC KEY", &kms.public_key(&one)));
    export(&["--kms-key", &one, "--output", "one.pem"]).ok();
    assert_eq!(folder.read("one.pem"), shown.stdout);
    let again = export(&["--kms-key", &other, "--output", "one.pem"]);
    assert!(
        again.code == 1 && again.stderr.contains("not replaced"),
        "{}",
        again.stderr
    );
    assert_eq!(folder.read("one.pem"), shown.stdout);

    let ring = |kms_key: &str, file: &str| {
        let version = json!({ "version": 1, "kms_key": kms_key, "public_key": file });
        let mut ring = json!({ "version": 1, "keys": { "payments": { "versions": [version] } } });
        if file.is_empty() {
            ring["keys"]["payments"]["versions"][0]["public_key"] = Value::Null;
        }
        ring.to_string()
    };
    folder.write("bad.pem", "5ec7e7");
    for (kms_key, file, right, expected) in [
        (
            one.as_str(),
            "one.pem",
            true,
            "`one.pem` is the public key of",
        ),
        (&one, "", true, "KMS gives the public key of"),
        (
            &other,
            "one.pem",
            false,
            "`one.pem` is not the public key of",
        ),
        ("alias/nothing", "one.pem", false, "AccessDeniedException"),
        ("alias/nothing", "", false, "names no `public_key` file"),
        (&one, "bad.pem", false, "bad.pem"),
        (&one, "nowhere.pem", false, "`nowhere.pem` cannot be read"),
    ] {
        folder.write("ring.yaml", ring(kms_key, file));
        let checked = kms.run(&folder, User::Gateway, &["check", "--ring", "ring.yaml"]);
        let start = if right {
            "right  key payments version 1: "
        } else {
            "wrong  key payments version 1"
        };
        assert!(
            checked.text().starts_with(start),
            "{expected}: {}",
            checked.text()
        );
        assert!(
            checked.text().contains(expected),
            "{expected}: {}",
            checked.text()
        );
        assert_eq!(checked.code, i32::from(!right));
        assert!(!checked.text().contains("5ec7e7"));
    }
}

#[test]
fn signers_sign_or_it_is_said_why_not() {
    let (kms, folder) = (Kms::start(), Folder::new());
    let key = |allowed: &[&str]| {
        kms.key(
            KeySpec::EccNistP256,
            KeyUsageType::SignVerify,
            allowed,
            json!({}),
        )
    };
    let good = key(&["kms:GetPublicKey", "kms:Sign"]);
    let mute = key(&["kms:GetPublicKey"]);
    for (file, of) in [("good.pem", &good), ("mute.pem", &mute)] {
        folder.write(file, pem("PUBLIC KEY", &kms.public_key(of)));
    }
    let rsa = rsa_key(&kms);
    folder.write("payments.pem", pem("PUBLIC KEY", &kms.public_key(&rsa)));
    let ring = json!({
        "version": 1,
        "keys": { "payments": { "versions": [
            { "version": 1, "kms_key": rsa, "public_key": "payments.pem" },
        ] } },
        "signers": { "edge": { "versions": [
            { "version": 1, "public_key": "signer.pem" },
            { "version": 2, "kms_key": good, "public_key": "good.pem" },
            { "version": 3, "kms_key": mute, "public_key": "mute.pem" },
            { "version": 4, "kms_key": good, "public_key": "mute.pem" },
            { "version": 5, "kms_key": good },
            { "version": 6, "public_key": "payments.pem" },
        ] } },
    });
    folder.write("keys.yaml", ring.to_string());
    let expected = [
        "right  key payments version 1: ",
        "right  signer edge version 1: `signer.pem` is a public key",
        "right  signer edge version 2: ",
        "wrong  signer edge version 3: KMS did not sign",
        "wrong  signer edge version 4: `mute.pem` is not the public key of",
        "wrong  signer edge version 5: the key ring names no `public_key` file",
        "wrong  signer edge version 6: `payments.pem` is not a P-256 public key",
    ];
    let checked = kms.run(&folder, User::Gateway, &["check", "--ring", "keys.yaml"]);
    assert_eq!(checked.code, 1);
    let lines: Vec<_> = checked.text().lines().collect();
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, start) in lines.iter().zip(expected) {
        assert!(line.starts_with(start), "{start} in {line}");
    }

    let checked = kms.run(
        &folder,
        User::Gateway,
        &["check", "--config", "gateway.yaml"],
    );
    let line = checked.text().lines().nth(1).unwrap();
    let right = "right  signer edge version 1: `signer.key` is the private key of `signer.pem`";
    assert_eq!(line, right);
    folder.write("signer.pem", folder.read("good.pem"));
    let checked = kms.run(
        &folder,
        User::Gateway,
        &["check", "--config", "gateway.yaml"],
    );
    let line = checked.text().lines().nth(1).unwrap();
    assert!(
        line.starts_with("wrong  signer edge version 1: the private key in"),
        "{line}"
    );
}

#[test]
fn one_ring_is_checked_at_a_time() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["keys", "check"]).code, 2);
    let both = [
        "keys",
        "check",
        "--ring",
        "keys.yaml",
        "--config",
        "gateway.yaml",
    ];
    assert_eq!(folder.run(&both).code, 2);
    let ran = folder.run(&["keys", "check", "--ring", "nowhere.yaml"]);
    assert!(
        ran.code == 1 && ran.stderr.contains("nowhere.yaml"),
        "{}",
        ran.stderr
    );
}
