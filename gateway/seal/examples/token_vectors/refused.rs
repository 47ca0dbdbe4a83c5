//! Tokens that must not open.

use crate::alter::{altered, decoded, encoded, splice};
use crate::gateway::{EDGE_KEY, Gateway, OTHER_EDGE_KEY, SIGNER, STRANGER};
use record::{KeyId, ValueType, head};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn tokens(gateway: &Gateway) -> Vec<Value> {
    [public(gateway), siv(gateway), stored(gateway)]
        .concat()
        .into_iter()
        .map(|(why, token)| json!({ "why": why, "token": token }))
        .collect()
}

fn made(gateway: &Gateway, class: &str) -> String {
    gateway.token(class, "", ValueType::Text, b"4111")
}

fn public(gateway: &Gateway) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let other_signer = Gateway::new(STRANGER, &EDGE_KEY);
    let other_edge = Gateway::new(SIGNER, &OTHER_EDGE_KEY);
    for (class, kind) in [("pan", "envelope"), ("ssn", "rsa")] {
        let mut add = |why: &str, token| cases.push((format!("{kind}: {why}"), token));
        let token = made(gateway, class);
        for (why, altered) in altered(&token, 37) {
            add(&why, altered);
        }
        if kind == "envelope" {
            let other_epoch = made(&Gateway::new(SIGNER, &EDGE_KEY), class);
            add("the head of another epoch", splice(&token, &other_epoch));
            add("signed by another key", made(&other_signer, class));
        }
        add("edge tag under another edge key", made(&other_edge, class));
    }
    cases
}

fn siv(gateway: &Gateway) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let mut add = |why: &str, token| cases.push((format!("siv: {why}"), token));
    let token = made(gateway, "tag");
    for (why, altered) in altered(&token, 3) {
        add(&why, altered);
    }
    let (_, body) = decoded(&token);
    let under = |name: &str, version| {
        let head = head::build_siv(&KeyId::new(name, version)).unwrap();
        encoded(&head, &body)
    };
    add("another version of the key", under("joins", 258));
    add("a version that is not there", under("joins", 2));
    add("a public key's name", under("payments", 1));
    add(
        "without a value and a tag",
        encoded(&decoded(&token).0, &body[..6]),
    );
    let other = made(gateway, "mail");
    add("the head of another class's token", splice(&other, &token));
    cases
}

fn stored(gateway: &Gateway) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let mut add = |why: &str, token| cases.push((format!("stored: {why}"), token));
    let token = made(gateway, "kept");
    for (why, altered) in altered(&token, 7) {
        add(&why, altered);
    }
    let vault = Arc::clone(&gateway.vault);
    let later = made(&Gateway::with_vault(SIGNER, &EDGE_KEY, vault), "kept");
    add("the name of another epoch's head", splice(&later, &token));
    let (name, body) = decoded(&token);
    let whole = gateway.vault.head(&name[1..]);
    add(
        "the head itself in place of its name",
        encoded(&whole, &body),
    );
    let elsewhere = Gateway::with_vault(SIGNER, &OTHER_EDGE_KEY, Arc::clone(&gateway.vault));
    add("edge tag under another edge key", made(&elsewhere, "kept"));
    let unknown = made(&Gateway::new(SIGNER, &EDGE_KEY), "kept");
    add("the name of a head that is not kept", unknown);
    cases
}
