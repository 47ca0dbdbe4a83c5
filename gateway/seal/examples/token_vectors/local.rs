//! What is computed from a value with a symmetric key, and is no token that describes itself.

use crate::gateway::{Gateway, key_version};
use record::ValueType;
use seal::Subject;
use serde_json::{Value, json};

const TENANTS: [&str; 2] = ["", "acme"];

fn vector(gateway: &Gateway, class: &str, tenant: &str, value: &str) -> Value {
    let token = gateway.token(class, tenant, ValueType::Text, value.as_bytes());
    json!({
        "key": "joins", "version": key_version(class), "class": class, "tenant": tenant,
        "value": value, "token": token,
    })
}

pub(crate) fn fpe(gateway: &Gateway) -> Vec<Value> {
    const CARDS: [&str; 3] = ["4111111111111111", "378282246310005", "5555555555554444"];
    let cases: [(&str, &[&str]); 8] = [
        ("fpe-ssn", &["123-45-6789", "123456789", "000000000000"]),
        ("fpe-ends", &["4111-1111-1111-1111", "5555 5555 5555 4444"]),
        ("fpe-valid", &CARDS),
        ("fpe-invalid", &CARDS),
        ("fpe-require", &CARDS),
        ("fpe-name", &["Lovelace", "Mac Intosh", "de la CRUZ"]),
        (
            "fpe-marked",
            &["ACGTACGTAC", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
        ),
        ("fpe-wide", &["Zürcherin", "Weißenböck"]),
    ];
    let mut vectors = Vec::new();
    for (class, values) in cases {
        for tenant in TENANTS {
            for value in values {
                vectors.push(vector(gateway, class, tenant, value));
            }
        }
    }
    vectors
}

pub(crate) fn hmac(gateway: &Gateway) -> Vec<Value> {
    let classes = [
        "hmac-hex",
        "hmac-hex-16",
        "hmac-base64url",
        "hmac-base64url-11",
        "hmac-digits",
        "hmac-digits-12",
        "hmac-digits-36",
        "hmac-uuid",
        "hmac-integer",
    ];
    let mut vectors = Vec::new();
    for class in classes {
        for tenant in TENANTS {
            for value in ["", "4111111111111111", "ada@example.com", "Zoë ☃"] {
                vectors.push(vector(gateway, class, tenant, value));
            }
        }
    }
    vectors
}

/// Each with the form of its value, as C's `strftime` takes it.
pub(crate) fn date(gateway: &Gateway) -> Vec<Value> {
    let cases = [
        ("date-year", "1984-02-29", "%Y-%m-%d"),
        ("date-year", "1984/3/4", "%Y/%-m/%-d"),
        ("date-year", "29.02.2024", "%d.%m.%Y"),
        ("date-year", "03/04/2026", "%d/%m/%Y"),
        ("date-year", "19840229", "%Y%m%d"),
        (
            "date-year",
            "2026-03-04T23:59:59+02:00",
            "%Y-%m-%dT23:59:59+02:00",
        ),
        ("date-year", "4 Mar 2026", "%-d %b %Y"),
        ("date-day", "2000-01-01", "%Y-%m-%d"),
        ("date-day", "31.12.1999", "%d.%m.%Y"),
        ("date-us", "03/04/2026", "%m/%d/%Y"),
        ("date-us", "March 4, 2026", "%B %-d, %Y"),
    ];
    let mut vectors = Vec::new();
    for (class, value, form) in cases {
        for tenant in ["", "acme", "globex"] {
            let mut vector = vector(gateway, class, tenant, value);
            vector["form"] = form.into();
            vector["subject"] = "".into();
            vectors.push(vector);
        }
    }
    for subject in ["12345", "Zoë ☃", "https://example.com/Patient/1"] {
        for tenant in TENANTS {
            let (class, value) = ("date-year", "2026-03-04");
            let known = Subject::Known(subject.as_bytes());
            let text = ValueType::Text;
            let token = gateway.token_of(known, class, tenant, text, value.as_bytes());
            vectors.push(json!({
                "key": "joins", "version": key_version(class), "class": class, "tenant": tenant,
                "subject": subject, "value": value, "form": "%Y-%m-%d", "token": token,
            }));
        }
    }
    vectors
}
