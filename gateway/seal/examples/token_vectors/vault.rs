//! What a vault keeps: records, and the heads that tokens and records name.

use crate::gateway::{EDGE_KEY, Gateway, SIGNER, key_version};
use crate::hex;
use record::ValueType;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use store::{BoxFuture, DataKeyId, Found, Insertion, Mac, NewRecord, Result, Space, Writer};

/// Remembers what it was given.
#[derive(Default)]
pub(crate) struct Fake {
    heads: Mutex<Vec<(DataKeyId, Vec<u8>)>>,
    records: Mutex<Vec<NewRecord>>,
}

impl Fake {
    /// The head of this name.
    pub(crate) fn head(&self, id: &[u8]) -> Vec<u8> {
        let heads = self.heads.lock().unwrap();
        let found = heads.iter().find(|(kept, _)| kept.0 == id);
        found.unwrap().1.clone()
    }
}

impl Writer for Fake {
    fn put_data_key<'a>(&'a self, id: DataKeyId, head: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        self.heads.lock().unwrap().push((id, head.to_vec()));
        Box::pin(async { Ok(()) })
    }

    fn insert<'a>(&'a self, records: &'a [NewRecord]) -> BoxFuture<'a, Result<Vec<Insertion>>> {
        self.records.lock().unwrap().extend_from_slice(records);
        Box::pin(async { Ok(vec![Insertion::Inserted; records.len()]) })
    }

    fn find<'a>(&'a self, values: &'a [(Space, Mac)]) -> BoxFuture<'a, Result<Vec<Option<Found>>>> {
        Box::pin(async { Ok(vec![None; values.len()]) })
    }
}

pub(crate) fn heads(gateway: &Gateway) -> Vec<Value> {
    let heads = gateway.vault.heads.lock().unwrap();
    let vector = |(id, head): &(DataKeyId, Vec<u8>)| json!({ "id": hex(&id.0), "head": hex(head) });
    heads.iter().map(vector).collect()
}

/// A token's record, as it was given to the vault.
pub(crate) fn made(
    gateway: &Gateway,
    class: &str,
    tenant: &str,
    value_type: ValueType,
    value: &str,
) -> Value {
    let token = gateway.token(class, tenant, value_type, value.as_bytes());
    let records = gateway.vault.records.lock().unwrap();
    let kept = records.last().unwrap();
    assert_eq!(kept.key.token.as_str(), token);
    let index =
        kept.record.index.mac().map(
            |mac| json!({ "key": "joins", "version": key_version(class), "mac": hex(&mac.0) }),
        );
    json!({
        "class": class, "tenant": tenant, "token": token, "type": value_type.name(),
        "value": value, "record": hex(&kept.record.sealed), "index": index,
    })
}

pub(crate) fn records(gateway: &Gateway) -> Vec<Value> {
    let mut vectors = Vec::new();
    for tenant in ["", "acme"] {
        for (class, value_type, value) in [
            ("vault-uuid", ValueType::Text, "ada@example.com"),
            ("vault-uuid", ValueType::Text, ""),
            ("vault-uuid", ValueType::Number, "-12.50e+3"),
            ("vault-uuid", ValueType::Boolean, "false"),
            ("vault-uuid", ValueType::Object, "{\"city\": \"Zürich\"}"),
            ("vault-uuid", ValueType::Array, "[1, 2,3]"),
            ("vault-uuid", ValueType::Null, "null"),
            ("vault-card", ValueType::Text, "4111-1111-1111-1111"),
            ("vault-many", ValueType::Text, "4111"),
            ("vault-many", ValueType::Number, "4111"),
        ] {
            vectors.push(made(gateway, class, tenant, value_type, value));
        }
    }
    vectors
}

/// Records that must not open as what they say.
pub(crate) fn refused(gateway: &Gateway) -> Vec<Value> {
    let right = made(gateway, "vault-uuid", "", ValueType::Text, "4111");
    let other = made(gateway, "vault-uuid", "", ValueType::Text, "4111");
    let vault = Arc::clone(&gateway.vault);
    let later = Gateway::with_vault(SIGNER, &EDGE_KEY, vault);
    let later = made(&later, "vault-uuid", "", ValueType::Text, "4111");
    let elsewhere = Gateway::new(SIGNER, &EDGE_KEY);
    let elsewhere = made(&elsewhere, "vault-uuid", "", ValueType::Text, "4111");
    let record = right["record"].as_str().unwrap();
    let flipped = |at: usize| {
        let mut digits = record.to_owned();
        let digit = if digits[at..].starts_with('0') {
            "1"
        } else {
            "0"
        };
        digits.replace_range(at..=at, digit);
        digits
    };
    let id_of = |other: &Value| other["record"].as_str().unwrap()[4..36].to_owned();
    let cases = [
        (
            "another token",
            "token",
            other["token"].as_str().unwrap().to_owned(),
        ),
        ("another class", "class", "vault-many".into()),
        ("another tenant", "tenant", "acme".into()),
        ("another version", "record", flipped(1)),
        ("another type", "record", flipped(3)),
        (
            "the name of a head that is not kept",
            "record",
            record.replacen(&record[4..36], &id_of(&elsewhere), 1),
        ),
        (
            "the name of another head",
            "record",
            record.replacen(&record[4..36], &id_of(&later), 1),
        ),
        ("another nonce", "record", flipped(36)),
        ("another ciphertext", "record", flipped(60)),
        ("another tag", "record", flipped(record.len() - 1)),
        (
            "a byte less",
            "record",
            record[..record.len() - 2].to_owned(),
        ),
        ("a byte more", "record", format!("{record}00")),
        (
            "too short for a tag",
            "record",
            record[..60 + 30].to_owned(),
        ),
    ];
    let vector = |(why, field, text): (&str, &str, String)| {
        let mut vector = json!({ "why": why });
        for field in ["class", "tenant", "token", "record"] {
            vector[field] = right[field].clone();
        }
        vector[field] = text.into();
        vector
    };
    cases.into_iter().map(vector).collect()
}
