//! Tokens and records with views.

use crate::gateway::Gateway;
use crate::vault;
use record::ValueType;
use serde_json::{Value, json};

/// Classes, each with what carries its values.
const CLASSES: [(&str, &str); 3] = [
    ("viewed", "envelope"),
    ("viewed-kept", "stored"),
    ("viewed-vault", "vault"),
];

pub(crate) fn tokens(gateway: &Gateway) -> Vec<Value> {
    let mut vectors = Vec::new();
    for (class, kind) in CLASSES {
        for (value_type, value, last4, domain, year) in [
            (ValueType::Text, "4111-1111-1111-1234", "1234", "", ""),
            (ValueType::Text, "1234", "", "", ""),
            (
                ValueType::Text,
                "ada@example.com",
                "ecom",
                "example.com",
                "",
            ),
            (ValueType::Text, "1984-09-30", "0930", "", "1984"),
            (ValueType::Number, "-12.50e+3", "50e3", "", ""),
            (ValueType::Null, "null", "", "", ""),
        ] {
            for tenant in ["", "acme"] {
                let mut vector = match kind {
                    "vault" => vault::made(gateway, class, tenant, value_type, value),
                    _ => json!({
                        "class": class, "tenant": tenant, "type": value_type.name(),
                        "value": value,
                        "token": gateway.token(class, tenant, value_type, value.as_bytes()),
                    }),
                };
                vector["kind"] = kind.into();
                vector["views"] = json!({ "last4": last4, "domain": domain, "year": year });
                vectors.push(vector);
            }
        }
    }
    vectors
}
