//! Whom a key policy names, and what it refuses to say.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::policy::{People, write};
use super::principal::Principal;
use super::purpose::{Purpose, RsaSpec};
use super::wrap::Material;

fn arns(names: &[&str]) -> Vec<Principal> {
    let arn = |name: &&str| format!("arn:aws:iam::111122223333:{name}");
    names
        .iter()
        .map(|name| arn(name).parse().unwrap())
        .collect()
}

fn people(reveal: &[&str], gateways: &[&str], services: &[&str]) -> People {
    People {
        administrators: arns(&["user/admin", "root"]),
        reveal: arns(reveal),
        gateways: arns(gateways),
        services: arns(services),
    }
}

fn policy(people: &People, purpose: Purpose, imported: bool) -> Value {
    let policy = write(people, purpose, "joins", imported);
    serde_json::to_value(policy.unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

#[test]
fn principals_are_users_roles_and_accounts_by_name() {
    for good in ["user/a", "role/path/b", "root"] {
        assert_eq!(arns(&[good]).len(), 1);
    }
    for bad in [
        "*",
        "111122223333",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::11112222333:user/a",
        "arn:aws:sts::111122223333:assumed-role/a/b",
        "arn:aws:iam::111122223333:group/a",
    ] {
        assert!(bad.parse::<Principal>().is_err(), "{bad}");
    }
}

#[test]
fn nobody_who_manages_a_key_can_use_it() {
    for purpose in [
        Purpose::Tokens,
        Purpose::Wrapping,
        Purpose::Signer,
        Purpose::Mac,
    ] {
        let all = people(&[], &["role/gateway"], &[]);
        let policy = policy(&all, purpose, true);
        let manage = policy["Statement"][0]["Action"].as_array().unwrap();
        assert_eq!(policy["Statement"][0]["Sid"], "Manage");
        for action in manage {
            let action = action.as_str().unwrap();
            let uses = [
                "Decrypt",
                "ReEncrypt",
                "Sign",
                "Mac",
                "CreateGrant",
                "GenerateData",
                "*",
            ];
            assert!(!uses.iter().any(|each| action.contains(each)), "{action}");
        }
        assert!(manage.contains(&json!("kms:PutKeyPolicy")), "no lockout");
        assert!(manage.contains(&json!("kms:ImportKeyMaterial")));
    }
}

#[test]
fn each_purpose_gives_what_it_needs_and_no_more() {
    let context = json!({ "StringEquals": { "kms:EncryptionContext:veilgate-key": "joins" } });
    for (purpose, action, condition) in [
        (Purpose::Tokens, json!(["kms:GetPublicKey"]), Value::Null),
        (Purpose::Wrapping, json!(["kms:Decrypt"]), context.clone()),
        (
            Purpose::Signer,
            json!(["kms:GetPublicKey", "kms:Sign"]),
            Value::Null,
        ),
        (Purpose::Mac, json!(["kms:GenerateMac"]), Value::Null),
    ] {
        let policy = policy(&people(&[], &["role/gateway"], &[]), purpose, false);
        let last = policy["Statement"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["Sid"], &last["Action"]),
            (&json!("Gateways"), &action)
        );
        assert_eq!(last["Condition"], condition);
    }
    let all = people(&["role/analyst"], &[], &["role/detokenize"]);
    let wrapping = policy(&all, Purpose::Wrapping, false);
    let statements = wrapping["Statement"].as_array().unwrap();
    let named = |sid: &str| statements.iter().find(|each| each["Sid"] == sid).unwrap();
    assert_eq!(named("Reveal")["Condition"], context);
    assert_eq!(named("MakeWrappedKeys")["Condition"], context);
    assert_eq!(named("NeverTheService")["Effect"], "Deny");
    let tokens = policy(&all, Purpose::Tokens, false);
    assert_eq!(tokens["Statement"][1]["Action"], json!(["kms:Decrypt"]));
    assert_eq!(tokens["Statement"][1]["Condition"], Value::Null);
}

#[test]
fn nobody_gets_more_than_their_part() {
    for (all, purpose) in [
        (people(&["user/admin"], &[], &[]), Purpose::Tokens),
        (people(&[], &["user/admin"], &[]), Purpose::Wrapping),
        (people(&["root"], &[], &[]), Purpose::Tokens),
        (people(&["role/d"], &[], &["role/d"]), Purpose::Tokens),
        (people(&[], &["role/d"], &["role/d"]), Purpose::Wrapping),
        (people(&["role/a"], &[], &[]), Purpose::Signer),
        (people(&["role/a"], &[], &[]), Purpose::Mac),
    ] {
        assert!(write(&all, purpose, "joins", false).is_err(), "{all:?}");
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode_to_string(der);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

#[test]
fn what_is_wrapped_unwraps_as_rfc_5649_says() {
    let kms = PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap();
    let public = kms.public_key().as_der().unwrap().as_ref().to_vec();
    let kms = OaepPrivateDecryptingKey::new(kms).unwrap();
    let open = |wrapped: &[u8]| {
        let mut room = vec![0; kms.min_output_size()];
        let opened = kms.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut room, None);
        opened.unwrap().to_vec()
    };

    let secret = Material::secret_key(Purpose::Mac, "0a".repeat(32).as_bytes()).unwrap();
    assert_eq!(open(&secret.wrap(&public).unwrap()), [10; 32]);

    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let der = private.as_der().unwrap().as_ref().to_vec();
    let material = Material::private_key(Purpose::Tokens, pem(&der).as_bytes()).unwrap();
    assert_eq!(material.rsa, RsaSpec::Rsa2048);
    let wrapped = material.wrap(&public).unwrap();
    let kek = AesKek::new(&AES_256, &open(&wrapped[..384])).unwrap();
    let mut room = vec![0; der.len() + 16];
    let opened = kek.unwrap_with_padding(&wrapped[384..], &mut room).unwrap();
    assert_eq!(opened, &der[..]);

    let ecc = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let ecc = ecc.to_pkcs8v1().unwrap();
    let ecc = pem(ecc.as_ref());
    assert!(Material::private_key(Purpose::Signer, ecc.as_bytes()).is_ok());
    for (purpose, text) in [
        (Purpose::Tokens, ecc),
        (Purpose::Signer, pem(&der)),
        (Purpose::Mac, pem(&der)),
        (Purpose::Tokens, "0a".repeat(32)),
    ] {
        assert!(Material::private_key(purpose, text.as_bytes()).is_err());
    }
    for text in [
        "0a".repeat(31),
        "0a".repeat(33),
        "+a".repeat(32),
        String::new(),
    ] {
        assert!(Material::secret_key(Purpose::Wrapping, text.as_bytes()).is_err());
    }
    assert!(Material::secret_key(Purpose::Tokens, "0a".repeat(32).as_bytes()).is_err());
}
