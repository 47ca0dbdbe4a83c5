use crate::support::{Folder, POLICY};
use serde_json::json;

#[test]
fn a_right_policy_is_explained() {
    let folder = Folder::new();
    let ran = folder
        .run(&["check", "policy.yaml", "--keys", "keys.yaml"])
        .ok();
    let text = ran.text();
    for line in [
        "keys.yaml: right",
        "policy.yaml: right",
        "  rule    class  kind      key       takes",
        "  card    pan    envelope  payments  select $..pan",
        "                                     columns pan",
        "  person  ssn    rsa       payments  select $..ssn",
        "  covers:  json, ndjson, csv, tsv, multipart, xml, parquet",
        "  refuses: form, text (no rule takes anything there)",
    ] {
        assert!(text.lines().any(|each| each == line), "{line:?} in\n{text}");
    }
}

const RECORDS: &str = "version: 1
tenant: site
records: { select: '$.people[*]' }
classes: { open: { kind: keep }, visit: { kind: date, key: joins } }
rules:
  - { name: site, class: open, select: $..site, columns: site }
  - { name: visits, class: visit, subject: site, select: $..on, columns: on }
";

#[test]
fn what_says_whose_a_record_is_is_explained() {
    let folder = Folder::new();
    folder.write("records.yaml", RECORDS);
    let ran = folder.run(&["check", "records.yaml"]).ok();
    let text = ran.text();
    for line in [
        "                              subject site",
        "  tenant:  what site takes in each record",
        "  records: select $.people[*], lines, rows, and else the whole body",
        "  covers:  json, ndjson, csv, tsv, multipart, parquet",
        "  refuses: form, xml, text (no rule takes anything there)",
    ] {
        assert!(text.lines().any(|each| each == line), "{line:?} in\n{text}");
    }
    let report = folder.run(&["check", "records.yaml", "--json"]).ok().json();
    let policy = &report["files"][0]["policy"];
    assert_eq!(policy["records"]["tenant"], "site");
    assert_eq!(policy["rules"][1]["subject"], "site");

    let searched = RECORDS.replace("columns: site }", "columns: site, detect: email }");
    folder.write("records.yaml", searched);
    let ran = folder.run(&["check", "records.yaml"]).ok();
    let text = ran.text();
    let refused = "  refuses: parquet (a rule with `detect` says whose its rows are)";
    assert!(text.lines().any(|each| each == refused), "{text}");
}

#[test]
fn faults_are_told_and_exit_with_1() {
    let folder = Folder::new();
    folder.write("typo.yaml", POLICY.replace("class: ssn", "class: snn"));
    let ran = folder.run(&["check", "policy.yaml", "typo.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("error[VG0101]"), "{}", ran.stderr);
    assert!(ran.text().contains("typo.yaml: wrong"));
    assert!(ran.text().contains("policy.yaml: right"));

    folder.write("other.yaml", POLICY.replace("key: payments", "key: others"));
    let ran = folder.run(&["check", "other.yaml", "--keys", "keys.yaml", "--json"]);
    assert_eq!(ran.code, 1);
    let report = ran.json();
    assert_eq!(report["files"][1]["diagnostics"][0]["code"], "VG0109");
    assert_eq!(report["files"][1]["diagnostics"][0]["line"], 4);

    assert_eq!(folder.run(&["check", "missing.yaml"]).code, 1);
    assert_eq!(folder.run(&["check"]).code, 2);
}

#[test]
fn a_configuration_is_checked_with_its_keys() {
    let folder = Folder::new();
    let report = folder
        .run(&["check", "--config", "gateway.yaml", "--json"])
        .ok()
        .json();
    assert_eq!(report["files"][0]["ok"], true);
    assert_eq!(report["files"][1]["file"], "policy of lake");
    let rule = &report["files"][1]["policy"]["rules"][0];
    assert_eq!(rule["places"]["columns"], json!(["pan"]));
    assert_eq!(rule["kind"], "envelope");

    folder.write("payments.pem", "no key");
    let ran = folder.run(&["check", "--config", "gateway.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("key payments version 1"),
        "{}",
        ran.stderr
    );
}
