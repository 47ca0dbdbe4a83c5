//! `docs/policy.md`: its examples compile, and its fields are the fields there are. The examples of
//! other pages compile as well.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use policies::units::Size;
use policies::{
    CsvSettings, FormLimits, JsonLimits, Records, XmlLimits, compile_key_ring, compile_policy,
};

fn page(name: &str) -> String {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/");
    std::fs::read_to_string(format!("{docs}{name}")).unwrap()
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
    let pages = page("policy.md") + &page("detectors.md");
    let (mut policies, mut rings) = (Vec::new(), Vec::new());
    for block in blocks(&pages) {
        match block.lines().next().unwrap() {
            "# policy" => policies.push(compile_policy("policy.yaml", block).unwrap()),
            "# key ring" => rings.push(compile_key_ring("keys.yaml", block).unwrap()),
            other => panic!("a YAML block begins with {other:?}"),
        }
    }
    assert_eq!((policies.len(), rings.len()), (4, 3));
    assert!(policies.iter().all(|policy| policy.warnings().is_empty()));
    for policy in &policies {
        let mut rings = rings.iter();
        assert!(rings.any(|ring| policy.check_keys(ring).is_ok()));
    }
}

#[test]
fn examples_of_other_pages_compile_without_warnings() {
    let pages = page("kinds.md") + &page("rotation.md");
    let blocks = blocks(&pages).into_iter();
    let (rings, policies): (Vec<_>, Vec<_>) =
        blocks.partition(|block| block.starts_with("# key ring\n"));
    assert_eq!((policies.len(), rings.len()), (3, 2));
    for ring in rings {
        let ring = compile_key_ring("keys.yaml", ring).unwrap();
        assert!(ring.warnings().is_empty());
    }
    for policy in policies {
        let policy = compile_policy("policy.yaml", policy).unwrap();
        assert!(policy.warnings().is_empty(), "{:?}", policy.warnings());
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
        compile_policy(
            "f",
            "version: 1\nclasses: { a: { kind: envelope, views: { v: { zzzzzz: 1 } } } }\n",
        )
        .unwrap_err(),
        compile_policy("f", &format!("{policy}rules: [ {{ zzzzzz: 1 }} ]\n")).unwrap_err(),
        compile_policy(
            "f",
            &format!("{policy}rules: [ {{ detect: {{ zzzzzzzzzzzz: 1 }} }} ]\n"),
        )
        .unwrap_err(),
        compile_policy("f", &format!("{policy}{rule}records: {{ zzzzzzzz: 1 }}\n")).unwrap_err(),
        compile_policy("f", &format!("{policy}{rule}json: {{ zzzzzzzzzzzz: 1 }}\n")).unwrap_err(),
        compile_policy("f", &format!("{policy}{rule}csv: {{ zzzzzzzzzzzz: 1 }}\n")).unwrap_err(),
        compile_policy("f", &format!("{policy}{rule}form: {{ zzzzzzzzzzzz: 1 }}\n")).unwrap_err(),
        compile_policy("f", &format!("{policy}{rule}xml: {{ zzzzzzzzzzzz: 1 }}\n")).unwrap_err(),
        compile_key_ring("f", "zzzzzz: 1\n").unwrap_err(),
        compile_key_ring("f", "version: 1\nkeys: { a: { zzzzzz: 1 } }\n").unwrap_err(),
        compile_key_ring(
            "f",
            "version: 1\nkeys: { a: { versions: [ { zzz: 1 } ] } }\n",
        )
        .unwrap_err(),
        compile_key_ring(
            "f",
            &format!("{key}signers: {{ a: {{ versions: [ {{ zzz: 1 }} ] }} }}\n"),
        )
        .unwrap_err(),
    ];
    let page = page("policy.md");
    for refused in asked {
        let help = &refused.as_slice().first().unwrap().help;
        let fields: Vec<_> = help.split('`').skip(1).step_by(2).collect();
        assert!(fields.len() > 1, "{refused}");
        for field in fields {
            let row = |name: &str| page.contains(&format!("| `{name}` |"));
            assert!(
                row(field) || row(&format!("\"{field}\"")),
                "{field} has no row"
            );
        }
    }
}

/// The page's part under the heading that ends so.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("\n{heading}\n")).unwrap();
    rest.split("\n#").next().unwrap()
}

/// The default in the row of this field: the last cell but one.
fn default_of<'p>(section: &'p str, field: &str) -> &'p str {
    let start = format!("| `{field}` |");
    let row = section.lines().find(|line| line.starts_with(&start));
    let row = row.unwrap_or_else(|| panic!("{field} has no row"));
    // a bar inside a cell is spelled `\|`
    row.rsplit(" | ").nth(1).unwrap().trim_matches('`')
}

fn size(bytes: usize) -> String {
    Size(bytes as u64).to_string()
}

#[test]
fn defaults_are_those_of_the_page() {
    let page = page("policy.md");
    let (json, form, xml) = (
        JsonLimits::default(),
        FormLimits::default(),
        XmlLimits::default(),
    );
    let csv = CsvSettings::default();
    let rows = [
        ("records", "max_bytes", size(Records::default().max_bytes)),
        ("json", "max_depth", json.max_depth.to_string()),
        ("json", "max_key_bytes", size(json.max_key_bytes)),
        ("json", "max_value_bytes", size(json.max_value_bytes)),
        ("json", "max_buffer_bytes", size(json.max_buffer_bytes)),
        ("csv", "delimiter", char::from(csv.delimiter).to_string()),
        ("csv", "header", csv.header.to_string()),
        ("csv", "strict", csv.strict.to_string()),
        ("csv", "max_field_bytes", size(csv.max_field_bytes)),
        ("form", "other_parts", "reject".to_owned()),
        ("form", "max_name_bytes", size(form.max_name_bytes)),
        ("form", "max_value_bytes", size(form.max_value_bytes)),
        ("xml", "max_depth", xml.max_depth.to_string()),
        ("xml", "max_name_bytes", size(xml.max_name_bytes)),
        ("xml", "max_tag_bytes", size(xml.max_tag_bytes)),
        ("xml", "max_value_bytes", size(xml.max_value_bytes)),
    ];
    for (name, field, default) in rows {
        let section = section(&page, &format!("### `{name}`"));
        assert_eq!(default_of(section, field), default, "{name}: {field}");
    }
}
