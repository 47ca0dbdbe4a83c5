//! `docs/policy.md`: its examples compile, and its fields are the fields there are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use policies::{JsonLimits, compile_key_ring, compile_policy};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/policy.md")).unwrap()
}

/// The page's YAML blocks; the first line of each says what it is.
fn blocks(page: &str) -> Vec<&str> {
    let after = page.split("```yaml\n").skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn examples_compile_without_warnings() {
    let page = page();
    let (mut policies, mut rings) = (Vec::new(), Vec::new());
    for block in blocks(&page) {
        match block.lines().next().unwrap() {
            "# policy" => policies.push(compile_policy("policy.yaml", block).unwrap()),
            "# key ring" => rings.push(compile_key_ring("keys.yaml", block).unwrap()),
            other => panic!("a YAML block begins with {other:?}"),
        }
    }
    assert_eq!((policies.len(), rings.len()), (1, 2));
    assert!(policies.iter().all(|policy| policy.warnings().is_empty()));
    for (policy, ring) in policies.iter().zip(&rings) {
        assert_eq!(policy.check_keys(ring), Ok(()));
    }
}

/// What a file may hold is asked of the compiler: it lists the fields when one is unknown.
#[test]
fn every_field_has_a_row() {
    let key = "version: 1\nkeys: { a: { versions: [ { version: 1, kms_key: a } ] } }\n";
    let policy = "version: 1\nclasses: { a: { kind: rsa, key: a } }\n";
    let rule = "rules: [ { select: $.a, class: a } ]\n";
    let asked = [
        compile_policy("f", "zzzzzz: 1\n").unwrap_err(),
        compile_policy("f", "version: 1\nclasses: { a: { zzzzzz: 1 } }\n").unwrap_err(),
        compile_policy("f", &format!("{policy}rules: [ {{ zzzzzz: 1 }} ]\n")).unwrap_err(),
        compile_policy("f", &format!("{policy}{rule}json: {{ zzzzzzzzzzzz: 1 }}\n")).unwrap_err(),
        compile_key_ring("f", "zzzzzz: 1\n").unwrap_err(),
        compile_key_ring("f", "version: 1\nkeys: { a: { zzzzzz: 1 } }\n").unwrap_err(),
        compile_key_ring(
            "f",
            &format!("{key}signers: {{ a: {{ versions: [ {{ zzz: 1 }} ] }} }}\n"),
        )
        .unwrap_err(),
    ];
    let page = page();
    for refused in asked {
        let help = &refused.as_slice().first().unwrap().help;
        let fields: Vec<_> = help.split('`').skip(1).step_by(2).collect();
        assert!(fields.len() > 2, "{refused}");
        for field in fields {
            let row = |name: &str| page.contains(&format!("| `{name}` |"));
            assert!(
                row(field) || row(&format!("\"{field}\"")),
                "{field} has no row"
            );
        }
    }
}

#[test]
fn defaults_are_those_of_the_page() {
    let page = page();
    let limits = JsonLimits::default();
    let rows = [
        ("max_depth", limits.max_depth.to_string()),
        (
            "max_key_bytes",
            policies::units::Size(limits.max_key_bytes as u64).to_string(),
        ),
        (
            "max_value_bytes",
            policies::units::Size(limits.max_value_bytes as u64).to_string(),
        ),
        (
            "max_buffer_bytes",
            policies::units::Size(limits.max_buffer_bytes as u64).to_string(),
        ),
    ];
    for (field, default) in rows {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{field}`")))
            .unwrap();
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells.get(3), Some(&default.as_str()), "{field}");
    }
}
