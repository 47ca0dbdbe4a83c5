//! Which documents are read, and which are refused.

use serde_json::{Value, json};

use crate::iam::{Policy, PolicyKind};

fn document(statement: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

fn key_statement(change: impl Fn(&mut Value)) -> String {
    let mut statement = json!({
        "Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
    });
    change(&mut statement);
    document(statement)
}

#[test]
fn principals_have_the_forms_that_aws_takes() {
    let accepted = [
        json!("*"),
        json!({ "AWS": "*" }),
        json!({ "AWS": "000000000000" }),
        json!({ "AWS": ["arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:user/a"] }),
        json!({ "AWS": "arn:aws:iam::000000000000:role/path/r" }),
        json!({ "AWS": "arn:aws:sts::000000000000:assumed-role/r/s" }),
        json!({ "Service": "lambda.amazonaws.com" }),
    ];
    for principal in accepted {
        let text = key_statement(|s| s["Principal"] = principal.clone());
        assert!(Policy::parse(&text, PolicyKind::Key).is_ok(), "{principal}");
    }
    let refused = [
        json!("arn:aws:iam::000000000000:root"),
        json!({}),
        json!([]),
        json!({ "AWS": [] }),
        json!({ "AWS": "arn:aws:iam::000000000000:role/*" }),
        json!({ "AWS": "arn:aws:iam::000000000000:user/" }),
        json!({ "AWS": "arn:aws:iam::0:role/r" }),
        json!({ "AWS": "arn:aws:iam::000000000000:group/g" }),
        json!({ "AWS": "arn:aws:sts::000000000000:assumed-role/r" }),
        json!({ "AWS": "someone" }),
        json!({ "AWS": 7 }),
        json!({ "Person": "*" }),
    ];
    for principal in refused {
        let text = key_statement(|s| s["Principal"] = principal.clone());
        assert!(
            Policy::parse(&text, PolicyKind::Key).is_err(),
            "{principal}"
        );
    }
}

#[test]
fn malformed_documents_are_refused() {
    let remove = |name: &'static str| {
        key_statement(move |s| {
            s.as_object_mut().unwrap().remove(name);
        })
    };
    let rows = [
        ("not JSON", "{".to_owned()),
        ("not an object", "[]".to_owned()),
        ("no statement", json!({ "Version": "2012-10-17" }).to_string()),
        ("empty statement", json!({ "Statement": [] }).to_string()),
        ("version", json!({ "Version": "2020-01-01", "Statement": [] }).to_string()),
        ("unknown top element", key_statement(|_| {}).replace("\"Version\"", "\"Versions\"")),
        ("no effect", remove("Effect")),
        ("no action", remove("Action")),
        ("no principal", remove("Principal")),
        ("no resource", remove("Resource")),
        ("effect", key_statement(|s| s["Effect"] = json!("allow"))),
        ("unknown element", key_statement(|s| s["Conditions"] = json!({}))),
        ("NotPrincipal", key_statement(|s| s["NotPrincipal"] = json!("*"))),
        ("both actions", key_statement(|s| s["NotAction"] = json!("kms:*"))),
        ("action without service", key_statement(|s| s["Action"] = json!("Decrypt"))),
        ("action not text", key_statement(|s| s["Action"] = json!([1]))),
        ("no actions", key_statement(|s| s["Action"] = json!([]))),
        ("resource not an ARN", key_statement(|s| s["Resource"] = json!("key/1"))),
        ("operator", key_statement(|s| s["Condition"] = json!({ "StringMatches": { "a": "b" } }))),
        ("condition", key_statement(|s| s["Condition"] = json!({ "StringEquals": "a" }))),
        ("sid", key_statement(|s| s["Sid"] = json!(1))),
        (
            "a doubled Deny",
            r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#.to_owned(),
        ),
    ];
    for (name, text) in rows {
        assert!(
            Policy::parse(&text, PolicyKind::Key).is_err(),
            "{name}: {text}"
        );
    }
}

#[test]
fn each_kind_of_policy_has_its_elements() {
    let with = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let trust = json!({ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole" });
    let identity = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let rows = [
        (&with, [true, false, false]),
        (&trust, [false, true, false]),
        (&identity, [false, false, true]),
    ];
    for (statement, expected) in rows {
        for (kind, expected) in [PolicyKind::Key, PolicyKind::Trust, PolicyKind::Identity]
            .into_iter()
            .zip(expected)
        {
            let parsed = Policy::parse(&document(statement.clone()), kind);
            assert_eq!(parsed.is_ok(), expected, "{kind:?} {statement}");
        }
    }
    let single = json!({ "Statement": identity }).to_string();
    assert!(
        Policy::parse(&single, PolicyKind::Identity).is_ok(),
        "one statement without a list"
    );
}
