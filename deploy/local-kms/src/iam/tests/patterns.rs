//! Wildcards, ARNs and policy variables.

use proptest::prelude::*;

use crate::iam::Context;
use crate::iam::pattern::{Pattern, Syntax, Template};

fn pattern(text: &str) -> Pattern {
    let syntax = Syntax {
        wildcards: true,
        variables: false,
    };
    Template::parse(text, syntax)
        .unwrap()
        .fill(&Context::default())
        .unwrap()
}

/// Slow and obvious: tries every length of every `*`.
fn oracle(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|cut| oracle(rest, &text[cut..])),
        Some(('?', rest)) => !text.is_empty() && oracle(rest, &text[1..]),
        Some((c, rest)) => text.first() == Some(c) && oracle(rest, &text[1..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn wildcards_match_as_the_oracle_says(glob in "[ab*?é]{0,8}", text in "[abé]{0,8}") {
        let expected = oracle(
            &glob.chars().collect::<Vec<_>>(),
            &text.chars().collect::<Vec<_>>(),
        );
        prop_assert_eq!(pattern(&glob).matches(&text), expected);
    }
}

#[test]
fn many_stars_take_no_exponential_time() {
    assert!(!pattern(&"*a".repeat(200)).matches(&format!("{}b", "a".repeat(20_000))));
}

#[test]
fn arns_match_part_by_part() {
    let key = "arn:aws:kms:us-east-1:000000000000:key/1234";
    let rows = [
        ("*", true),
        (key, true),
        ("arn:aws:kms:*:*:key/*", true),
        ("arn:aws:kms:us-east-?:000000000000:key/12*", true),
        ("arn:aws:kms", true),
        ("arn:aws:kms:*", true),
        ("arn:aws:sts:*", false),
        ("arn:*:key/1234", false),
        ("arn:aws:kms:*key/1234", false),
        ("arn:aws:kms:us-east-1:000000000000:alias/*", false),
        ("arn:aws:kms:us-east-1:000000000001:key/1234", false),
        ("*:aws:kms:us-east-1:000000000000:key/1234", false),
    ];
    for (text, expected) in rows {
        assert_eq!(pattern(text).matches_arn(key), expected, "{text}");
    }
    assert!(
        pattern("arn:aws:sts::0:assumed-role/a/*").matches_arn("arn:aws:sts::0:assumed-role/a/b:c")
    );
    assert!(
        !pattern("arn:aws:kms").matches_arn("arn:aws:kms"),
        "an ARN has six parts"
    );
}

#[test]
fn variables_are_filled_in_as_literal_text() {
    let mut context = Context::default();
    context.add("aws:username", "al*ce");
    context.add("aws:PrincipalTag/Team", "blue");
    context.add("many", "1");
    context.add("many", "2");
    let syntax = Syntax {
        wildcards: true,
        variables: true,
    };
    let rows = [
        ("${aws:username}", "al*ce", Some(true)),
        ("${aws:username}", "alice", Some(false)),
        ("x/${AWS:PrincipalTag/team}/*", "x/blue/9", Some(true)),
        ("${aws:absent, 'none'}", "none", Some(true)),
        ("${aws:absent}", "", None),
        ("${many}", "1", None),
        ("${*}${?}${$}", "*?$", Some(true)),
        ("${*}", "abc", Some(false)),
    ];
    for (text, actual, expected) in rows {
        let filled = Template::parse(text, syntax).unwrap().fill(&context);
        assert_eq!(filled.map(|p| p.matches(actual)), expected, "{text}");
    }
    for malformed in ["${", "${aws:username", "${}", "${a, none}"] {
        assert!(Template::parse(malformed, syntax).is_none(), "{malformed}");
    }
    let old = Syntax {
        wildcards: true,
        variables: false,
    };
    let literal = Template::parse("${aws:username}", old)
        .unwrap()
        .fill(&context)
        .unwrap();
    assert!(
        literal.matches("${aws:username}"),
        "version 2008-10-17 has no variables"
    );
}
