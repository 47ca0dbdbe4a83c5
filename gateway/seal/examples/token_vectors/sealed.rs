//! Tokens that describe themselves: of every such kind, in every type.

use crate::gateway::{Gateway, key_version};
use record::ValueType;
use serde_json::{Value, json};

const VALUES: [(ValueType, &str); 7] = [
    (ValueType::Text, "4111 1111 1111 1111"),
    (ValueType::Text, ""),
    (ValueType::Number, "-12.50e+3"),
    (ValueType::Boolean, "false"),
    (ValueType::Object, "{\"city\": \"Zürich\"}"),
    (ValueType::Array, "[1, 2,3]"),
    (ValueType::Null, "null"),
];

pub(crate) fn tokens(gateway: &Gateway) -> Vec<Value> {
    let mut vectors = Vec::new();
    for (class, kind, key) in [
        ("pan", "envelope", "payments"),
        ("note", "envelope", "identity"),
        ("ssn", "rsa", "payments"),
        ("passport", "rsa", "identity"),
        ("kept", "stored", "payments"),
    ] {
        for (number, (value_type, value)) in VALUES.iter().enumerate() {
            let tenant = if number % 2 == 0 { "" } else { "acme" };
            vectors.push(json!({
                "kind": kind, "key": key, "class": class, "tenant": tenant,
                "type": value_type.name(), "value": value,
                "token": gateway.token(class, tenant, *value_type, value.as_bytes()),
            }));
        }
    }
    for value in ["123-45-6789", "", "naïve ☃"] {
        vectors.push(json!({
            "kind": "original", "key": "legacy", "class": "", "tenant": "", "type": "text",
            "value": value,
            "token": gateway.token("old", "", ValueType::Text, value.as_bytes()),
        }));
    }
    vectors
}

/// Values of lengths around an AES block too, each for two tenants and under two versions of the key.
pub(crate) fn siv(gateway: &Gateway) -> Vec<Value> {
    let lengths = [15, 16, 17, 31, 32, 33];
    let texts = lengths.map(|length| (ValueType::Text, "abcdefg ".repeat(5)[..length].to_owned()));
    let values = VALUES.map(|(value_type, value)| (value_type, value.to_owned()));
    let mut vectors = Vec::new();
    for (value_type, value) in values.iter().chain(&texts) {
        for (class, tenant) in [("tag", ""), ("tag", "acme"), ("mail", "")] {
            vectors.push(json!({
                "kind": "siv", "key": "joins", "version": key_version(class), "class": class,
                "tenant": tenant, "type": value_type.name(), "value": value,
                "token": gateway.token(class, tenant, *value_type, value.as_bytes()),
            }));
        }
    }
    vectors
}
