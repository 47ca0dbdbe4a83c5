//! Every condition operator, with each modifier.

use serde_json::json;

use crate::iam::Context;
use crate::iam::condition::Condition;

/// Operator, policy values, the request's values, whether it holds.
const ROWS: &[(&str, &str, &[&str], bool)] = &[
    ("StringEquals", r#""blue""#, &["blue"], true),
    ("StringEquals", r#""blue""#, &["Blue"], false),
    ("StringEquals", r#""bl*""#, &["blue"], false),
    ("StringEquals", r#"["red", "blue"]"#, &["blue"], true),
    ("StringEquals", r#""blue""#, &[], false),
    ("StringEqualsIfExists", r#""blue""#, &[], true),
    ("StringEqualsIfExists", r#""blue""#, &["red"], false),
    ("StringNotEquals", r#""blue""#, &["red"], true),
    ("StringNotEquals", r#"["red", "blue"]"#, &["red"], false),
    ("StringNotEquals", r#""blue""#, &[], true),
    ("StringNotEquals", r#""blue""#, &["red", "blue"], false),
    ("StringEqualsIgnoreCase", r#""BLUE""#, &["blue"], true),
    ("StringNotEqualsIgnoreCase", r#""BLUE""#, &["blue"], false),
    ("StringNotEqualsIgnoreCase", r#""BLUE""#, &["red"], true),
    ("StringLike", r#""b?u*""#, &["blueish"], true),
    ("StringLike", r#""b?u""#, &["blue"], false),
    ("StringNotLike", r#""b*""#, &["blue"], false),
    ("StringNotLike", r#""b*""#, &["red"], true),
    ("StringNotLike", r#""b*""#, &[], true),
    ("NumericEquals", r#"7"#, &["7.0"], true),
    ("NumericNotEquals", r#"7"#, &["8"], true),
    ("NumericNotEquals", r#"[7, 8]"#, &["8"], false),
    ("NumericNotEquals", r#"7"#, &[], true),
    ("NumericLessThan", r#""7""#, &["6"], true),
    ("NumericLessThan", r#""7""#, &["7"], false),
    ("NumericLessThanEquals", r#""7""#, &["7"], true),
    ("NumericGreaterThan", r#""7""#, &["10"], true),
    ("NumericGreaterThanEquals", r#""7""#, &["6.9"], false),
    ("NumericGreaterThan", r#""7""#, &["many"], false),
    (
        "DateEquals",
        r#""2026-01-02T03:04:05Z""#,
        &["2026-01-02T04:04:05+01:00"],
        true,
    ),
    (
        "DateNotEquals",
        r#""2026-01-02T03:04:05Z""#,
        &["2026-01-02T03:04:05Z"],
        false,
    ),
    (
        "DateLessThan",
        r#""2027-01-01T00:00:00Z""#,
        &["2026-12-31T23:59:59Z"],
        true,
    ),
    (
        "DateLessThan",
        r#""2027-01-01""#,
        &["2027-01-01T00:00:00Z"],
        false,
    ),
    (
        "DateLessThanEquals",
        r#""1798761600""#,
        &["2027-01-01T00:00:00Z"],
        true,
    ),
    (
        "DateGreaterThan",
        r#""2026-01-01T00:00:00Z""#,
        &["1798761600"],
        true,
    ),
    (
        "DateGreaterThanEquals",
        r#""2028-01-01T00:00:00Z""#,
        &["2027-01-01T00:00:00Z"],
        false,
    ),
    ("Bool", r#""true""#, &["true"], true),
    ("Bool", r#"true"#, &["TRUE"], true),
    ("Bool", r#""false""#, &["true"], false),
    ("Bool", r#""false""#, &[], false),
    ("BoolIfExists", r#""true""#, &[], true),
    ("BinaryEquals", r#""QmluYXJ5""#, &["QmluYXJ5"], true),
    ("BinaryEquals", r#""QmluYXJ5""#, &["QmluYXJ6"], false),
    (
        "ArnEquals",
        r#""arn:aws:iam::*:role/analyst""#,
        &["arn:aws:iam::000000000000:role/analyst"],
        true,
    ),
    (
        "ArnEquals",
        r#""arn:aws:iam::*:role/analyst""#,
        &["arn:aws:iam::0:user/analyst"],
        false,
    ),
    (
        "ArnLike",
        r#""arn:aws:iam::*""#,
        &["arn:aws:iam::0:role/analyst"],
        true,
    ),
    (
        "ArnLike",
        r#""arn:aws:*:role/analyst""#,
        &["arn:aws:iam::0:role/analyst"],
        false,
    ),
    (
        "ArnNotEquals",
        r#""arn:aws:iam::0:role/a""#,
        &["arn:aws:iam::0:role/b"],
        true,
    ),
    (
        "ArnNotLike",
        r#""arn:aws:iam::0:role/*""#,
        &["arn:aws:iam::0:role/b"],
        false,
    ),
    ("ArnNotLike", r#""arn:aws:iam::0:role/*""#, &[], true),
    ("IpAddress", r#""127.0.0.0/8""#, &["127.0.0.1"], true),
    ("IpAddress", r#""10.0.0.0/8""#, &["127.0.0.1"], false),
    ("IpAddress", r#""127.0.0.1""#, &["127.0.0.1"], true),
    ("IpAddress", r#""0.0.0.0/0""#, &["203.0.113.9"], true),
    ("IpAddress", r#""0.0.0.0/0""#, &["2001:db8::1"], false),
    ("IpAddress", r#""2001:db8::/32""#, &["2001:db8::1"], true),
    ("IpAddress", r#""::/0""#, &["2001:db8::1"], true),
    ("IpAddress", r#""127.0.0.0/8""#, &["::ffff:127.0.0.1"], true),
    (
        "NotIpAddress",
        r#"["10.0.0.0/8", "127.0.0.0/8"]"#,
        &["127.0.0.1"],
        false,
    ),
    ("NotIpAddress", r#""10.0.0.0/8""#, &["127.0.0.1"], true),
    ("NotIpAddress", r#""10.0.0.0/8""#, &[], true),
    ("Null", r#""true""#, &[], true),
    ("Null", r#""true""#, &["x"], false),
    ("Null", r#""false""#, &["x"], true),
    ("Null", r#"false"#, &[], false),
    (
        "ForAllValues:StringEquals",
        r#"["a", "b"]"#,
        &["a", "b"],
        true,
    ),
    (
        "ForAllValues:StringEquals",
        r#"["a", "b"]"#,
        &["a", "c"],
        false,
    ),
    ("ForAllValues:StringEquals", r#"["a", "b"]"#, &[], true),
    (
        "ForAnyValue:StringEquals",
        r#"["a", "b"]"#,
        &["c", "b"],
        true,
    ),
    ("ForAnyValue:StringEquals", r#"["a", "b"]"#, &["c"], false),
    ("ForAnyValue:StringEquals", r#"["a", "b"]"#, &[], false),
    (
        "ForAnyValue:StringEqualsIfExists",
        r#"["a", "b"]"#,
        &[],
        true,
    ),
    (
        "ForAllValues:StringLike",
        r#""app*""#,
        &["app1", "app2"],
        true,
    ),
    (
        "ForAllValues:StringNotEquals",
        r#"["a", "b"]"#,
        &["c", "d"],
        true,
    ),
    (
        "ForAllValues:StringNotEquals",
        r#"["a", "b"]"#,
        &["c", "a"],
        false,
    ),
    (
        "ForAnyValue:StringNotEquals",
        r#"["a", "b"]"#,
        &["a", "c"],
        true,
    ),
    (
        "ForAnyValue:StringNotEquals",
        r#"["a", "b"]"#,
        &["a", "b"],
        false,
    ),
    ("ForAnyValue:StringNotEquals", r#"["a", "b"]"#, &[], false),
    ("ForAllValues:NumericLessThan", r#"5"#, &["1", "4"], true),
];

#[test]
fn operators_hold_as_aws_documents_them() {
    for (operator, values, actual, expected) in ROWS {
        let values = serde_json::from_str(values).unwrap();
        let condition = Condition::parse(operator, "Some:Key", &values, true).unwrap();
        let mut context = Context::default();
        for value in *actual {
            context.add("some:KEY", *value);
        }
        assert_eq!(
            condition.holds(&context),
            *expected,
            "{operator} {values} {actual:?}"
        );
    }
}

#[test]
fn variables_compare_with_the_request() {
    let mut context = Context::default();
    context.add("kms:EncryptionContext:team", "blue");
    context.add("aws:PrincipalTag/Team", "blue");
    let holds = |operator: &str, value: &str| {
        Condition::parse(operator, "kms:EncryptionContext:Team", &json!(value), true)
            .unwrap()
            .holds(&context)
    };
    assert!(holds("StringEquals", "${aws:PrincipalTag/team}"));
    assert!(!holds("StringEquals", "${aws:PrincipalTag/absent}"));
    assert!(holds("StringNotEquals", "${aws:PrincipalTag/absent}"));
}

#[test]
fn what_cannot_be_compared_is_malformed() {
    let rows = [
        ("StringMatches", json!("a")),
        ("stringequals", json!("a")),
        ("NullIfExists", json!("true")),
        ("ForSomeValues:StringEquals", json!("a")),
        ("NumericEquals", json!("seven")),
        ("NumericAbout", json!(7)),
        ("DateEquals", json!("yesterday")),
        ("Bool", json!("maybe")),
        ("Null", json!("x")),
        ("IpAddress", json!("127.0.0.0/33")),
        ("IpAddress", json!("localhost")),
        ("StringEquals", json!({ "a": 1 })),
        ("StringEquals", json!([["a"]])),
        ("StringEquals", json!([])),
        ("StringEquals", json!("${open")),
    ];
    for (operator, values) in rows {
        let parsed = Condition::parse(operator, "k", &values, true);
        assert!(parsed.is_err(), "{operator} {values}");
    }
}
