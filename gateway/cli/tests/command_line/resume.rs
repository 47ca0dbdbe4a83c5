use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::support::{Folder, TOKENIZE, files, with_values};

const FILES: usize = 24;
const LINES: usize = 6_000;

fn document(file: usize) -> (String, Vec<String>) {
    let values: Vec<_> = (0..LINES).map(|line| format!("{file}-{line}")).collect();
    let lines = values
        .iter()
        .map(|value| format!("{{\"id\":\"{value}\", \"pan\":\"{value}\"}}\n"));
    (lines.collect(), values)
}

#[track_caller]
fn check_whole(folder: &Folder, name: &str) {
    let number = name.trim_end_matches(".ndjson").parse().unwrap();
    let (document, values) = document(number);
    let output = folder.read(&format!("out/{name}"));
    let whole = with_values(&output, values.iter().map(String::as_str));
    assert!(whole == document, "{name}");
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let folder = Folder::new();
    for file in 0..FILES {
        folder.write(&format!("in/{file}.ndjson"), document(file).0);
    }
    let to_out = ["--output", "out", "--resume", "--json", "in"];
    let mut killed = folder.command(&[&TOKENIZE[..], &to_out].concat());
    let mut killed = killed
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_done = |name: &&String| name.ends_with(".ndjson");
    let done = || match folder.path("out").exists() {
        true => files(&folder.path("out")).iter().filter(is_done).count(),
        false => 0,
    };
    while done() < 3 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
        sleep(Duration::from_millis(1));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let there = files(&folder.path("out"));
    let there: Vec<_> = there.iter().filter(is_done).collect();
    assert!(there.len() < FILES, "it was killed in the middle");
    there.iter().for_each(|name| check_whole(&folder, name));

    let summary = folder.tokenize(&to_out).ok().json();
    let skipped = usize::try_from(summary["skipped"].as_u64().unwrap()).unwrap();
    let made = usize::try_from(summary["files"].as_u64().unwrap()).unwrap();
    assert_eq!(skipped + made, FILES);
    // Two threads or more may each have been between the output and its line in the journal.
    assert!(skipped >= 1, "{summary}");
    let mut expected: Vec<_> = (0..FILES).map(|file| format!("{file}.ndjson")).collect();
    expected.push(".veilgate-tokenize.journal".to_owned());
    expected.sort();
    assert_eq!(files(&folder.path("out")), expected, "and no partial one");
    (0..FILES).for_each(|file| check_whole(&folder, &format!("{file}.ndjson")));
}

/// All threads work at it then.
#[test]
fn a_large_file_that_was_being_written_is_made_again() {
    let folder = Folder::new();
    let values: Vec<_> = (0..120_000).map(|line| format!("4111{line}")).collect();
    let lines = values
        .iter()
        .map(|value| format!("{{\"id\":\"{value}\", \"pan\":\"{value}\"}}\n"));
    let document: String = lines.collect();
    folder.write("in/0.ndjson", &document);
    let to_out = ["--output", "out", "--resume", "--json", "--jobs", "4", "in"];
    let mut killed = folder.command(&[&TOKENIZE[..], &to_out].concat());
    let mut killed = killed
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let partial = folder.path("out/.0.ndjson.veilgate-partial");
    while std::fs::metadata(&partial).map_or(0, |partial| partial.len()) == 0 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
        sleep(Duration::from_millis(1));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!folder.path("out/0.ndjson").exists(), "it was killed late");

    let summary = folder.tokenize(&to_out).ok().json();
    assert_eq!(
        (&summary["files"], &summary["skipped"]),
        (&1.into(), &0.into())
    );
    assert!(!partial.exists());
    let output = folder.read("out/0.ndjson");
    let whole = with_values(&output, values.iter().map(String::as_str));
    assert!(whole == document);
    let summary = folder.tokenize(&to_out).ok().json();
    assert_eq!(summary["skipped"], 1);
}

#[test]
fn only_what_has_changed_is_done_again() {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        folder.write(&format!("in/{name}.ndjson"), "{\"pan\":1}\n");
    }
    let to_out = ["--output", "out", "--resume", "--json", "in"];
    let skipped = |arguments: &[&str]| {
        let summary = folder.tokenize(arguments).ok().json();
        summary["skipped"].as_u64().unwrap()
    };
    assert_eq!(skipped(&to_out), 0);
    assert_eq!(skipped(&to_out), 3);
    let before = folder.read("out/a.ndjson");
    folder.write("in/b.ndjson", "{\"pan\":22}\n");
    assert_eq!(skipped(&to_out), 2);
    assert_eq!(folder.read("out/a.ndjson"), before);
    std::fs::remove_file(folder.path("out/c.ndjson")).unwrap();
    assert_eq!(skipped(&to_out), 2);
    assert_eq!(
        skipped(&["--output", "out", "--json", "in"]),
        0,
        "without --resume"
    );
    let policy = String::from_utf8(folder.read("policy.yaml")).unwrap();
    folder.write("policy.yaml", policy.replace("$..pan", "$.pan"));
    assert_eq!(skipped(&to_out), 0, "another policy");
}
