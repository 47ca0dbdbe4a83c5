use std::fs::{self, File};
use std::process::{Command, Stdio};

use coding::{ContentCoding, DecodeLimits, Decoder, Encoder, Finish, Progress};
use serde_json::json;

use crate::support::{Folder, TOKENIZE, files, with_values};

const JSON: &str = "{ \"pan\" : \"4111\\u0031\", \"x\": [1.0e+2, {\"ssn\": 42}] }\n";

#[test]
fn every_format_by_its_name() {
    let folder = Folder::new();
    let documents = [
        ("a.json", JSON, ["\"4111\\u0031\"", "42"]),
        (
            "b.ndjson",
            "{\"pan\":\"1\"}\n\n{\"ssn\":\"2\"}\n",
            ["\"1\"", "\"2\""],
        ),
        ("c.csv", "id,pan,ssn\r\n1,\"2,2\",3\r\n", ["\"2,2\"", "3"]),
        ("d.tsv", "id\tpan\tssn\n1\t2\t3\n", ["2", "3"]),
        (
            "e/f.xml",
            "<a><pan>1</pan><b c=\"&lt;\"/><ssn>2</ssn></a>",
            ["1", "2"],
        ),
    ];
    for (name, document, _) in &documents {
        folder.write(&format!("in/{name}"), document);
    }
    let ran = folder.tokenize(&["--output", "out", "--json", "in"]).ok();
    for (name, document, values) in &documents {
        let mut output = String::from_utf8(folder.read(&format!("out/{name}"))).unwrap();
        if !name.contains("xml") {
            // A token is a string in JSON, and quoted in CSV where the value was.
            output = output.replace("\"~vg1.", "~vg1.").replace("~\"", "~");
        }
        assert_eq!(with_values(output.as_bytes(), *values), *document, "{name}");
    }
    let summary = ran.json();
    assert_eq!(summary["files"], 5);
    assert_eq!(summary["tokens"], json!({"pan": 5, "ssn": 5}));
    let bytes: usize = documents
        .iter()
        .map(|(_, document, _)| document.len())
        .sum();
    assert_eq!(summary["bytes"], bytes);

    // Every token authenticates: none is made again.
    let again = folder
        .tokenize(&["--output", "again", "--json", "out"])
        .ok()
        .json();
    assert_eq!(again["kept"], 10);
    assert_eq!(again["tokens"], json!({}));
    for (name, ..) in &documents {
        let (out, again) = (format!("out/{name}"), format!("again/{name}"));
        assert_eq!(folder.read(&out), folder.read(&again), "{name}");
    }
}

#[test]
fn a_pipe_goes_through() {
    let folder = Folder::new();
    let pipe = [&TOKENIZE[..], &["--content-type", "application/x-ndjson"]].concat();
    let lines: String = (0..20_000)
        .map(|n| format!("{{\"pan\":\"{n}\",\"n\":{n}}}\n"))
        .collect();
    let ran = folder.run_with(&pipe, lines.as_bytes()).ok();
    let values: Vec<_> = (0..20_000).map(|n| n.to_string()).collect();
    let whole = with_values(&ran.stdout, values.iter().map(String::as_str));
    assert!(whole == lines);

    let unknown = folder.run_with(&TOKENIZE, lines.as_bytes());
    assert_eq!(unknown.code, 1);
    assert!(unknown.stdout.is_empty());
    assert!(
        unknown.stderr.contains("unknown-kind"),
        "{}",
        unknown.stderr
    );

    let one = folder.run_with(&pipe, b"{\"pan\": 1}\n{\"pan\": }\n");
    assert_eq!(one.code, 1);
    assert!(one.stderr.contains("(line or row 2)"), "{}", one.stderr);
    assert_eq!(one.stderr.matches("json-").count(), 1, "{}", one.stderr);
}

#[test]
fn codings_are_undone_and_done_again() {
    let folder = Folder::new();
    use ContentCoding::{Brotli, Gzip, Zstd};
    for (name, codings) in [
        ("a.json.gz", vec![Gzip]),
        ("a.json.zst", vec![Zstd]),
        ("a.json.br", vec![Brotli]),
        ("a.json.gz.zst", vec![Gzip, Zstd]),
    ] {
        let mut encoded = Vec::new();
        let mut encoder = Encoder::new(&codings);
        encoder.encode(JSON.as_bytes(), &mut encoded).unwrap();
        encoder.finish(&mut encoded).unwrap();
        folder.write(name, encoded);
        folder.tokenize(&["--output", "out", name]).ok();
        let output = decode(&codings, &folder.read(&format!("out/{name}")));
        let output = String::from_utf8(output)
            .unwrap()
            .replace("\"~vg1.", "~vg1.");
        let output = output.replace("~\"", "~");
        assert_eq!(
            with_values(output.as_bytes(), ["\"4111\\u0031\"", "42"]),
            JSON
        );
    }
}

/// Against an implementation that is not ours.
#[test]
fn gzip_reads_what_comes_out() {
    let folder = Folder::new();
    let lines: String = (0..5_000)
        .map(|n| format!("{{\"pan\":\"{n}\"}}\n"))
        .collect();
    folder.write("in/a.ndjson", &lines);
    let gzip = |arguments: &[&str], file: &str| {
        let mut command = Command::new("gzip");
        command
            .args(arguments)
            .arg(folder.path(file))
            .stderr(Stdio::inherit());
        command.output().unwrap()
    };
    assert!(gzip(&[], "in/a.ndjson").status.success());
    folder.tokenize(&["--output", "out", "in"]).ok();
    let output = gzip(&["-dc"], "out/a.ndjson.gz");
    assert!(output.status.success());
    let values: Vec<_> = (0..5_000).map(|n| n.to_string()).collect();
    let whole = with_values(&output.stdout, values.iter().map(String::as_str));
    assert!(whole == lines);
}

fn decode(codings: &[ContentCoding], mut bytes: &[u8]) -> Vec<u8> {
    let limits = DecodeLimits {
        max_bytes: 1 << 20,
        max_ratio: u32::MAX,
    };
    let mut decoder = Decoder::new(codings, limits);
    let mut decoded = Vec::new();
    let mut piece = Vec::new();
    let mut progress = Progress::NeedsInput;
    while !bytes.is_empty() || progress == Progress::OutputFull {
        progress = decoder.decode(&mut bytes, &mut piece, 1 << 16).unwrap();
        decoded.append(&mut piece);
    }
    while decoder.finish(&mut piece, 1 << 16).unwrap() != Finish::Done {
        decoded.append(&mut piece);
    }
    decoded.append(&mut piece);
    decoded
}

#[test]
fn a_failed_file_leaves_nothing_and_the_others_go_on() {
    let folder = Folder::new();
    folder.write("in/good.json", JSON);
    folder.write("in/cut.json", &JSON[..20]);
    folder.write("in/rows.csv", "id,pan,ssn\n1,2,3\n1,2\n");
    folder.write("in/what.bin", "?");
    folder.write("in/plain.txt", "no rule");
    let ran = folder.tokenize(&["--output", "out", "--json", "--jobs", "3", "in"]);
    assert_eq!(ran.code, 1);
    let out = files(&folder.path("out"));
    assert_eq!(out, [".veilgate-tokenize.journal", "good.json"]);
    let summary = ran.json();
    assert_eq!(summary["failed"], 4);
    let failure = |file: &str| {
        let failures = summary["failures"].as_array().unwrap().iter();
        let name = format!("in/{file}");
        let mut failure = failures.filter(|failure| failure["file"] == json!(name));
        failure.next().unwrap().clone()
    };
    assert_eq!(failure("cut.json")["offset"], 20);
    assert_eq!(failure("rows.csv")["line"], 3);
    assert_eq!(failure("what.bin")["code"], "unknown-kind");
    assert_eq!(failure("plain.txt")["code"], "no-rules");
    assert!(ran.stderr.contains("in/rows.csv: "), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_right_is_refused_before_anything_is_written() {
    let folder = Folder::new();
    folder.write("in/a.json", JSON);
    folder.write("other/a.json", JSON);
    let same = folder.tokenize(&["--output", "out", "in/a.json", "other/a.json"]);
    assert_eq!(same.code, 1);
    assert!(same.stderr.contains("the same output"), "{}", same.stderr);
    let own = folder.tokenize(&["--output", "in", "in/a.json"]);
    assert_eq!(own.code, 1);
    assert_eq!(folder.read("in/a.json"), JSON.as_bytes());
    assert_eq!(folder.tokenize(&["in/a.json", "other/a.json"]).code, 2);
    assert_eq!(folder.tokenize(&["--output", "out"]).code, 2);
    let route = ["tokenize", "--config", "gateway.yaml", "--route"];
    let ran = folder.run(&[&route[..], &["sea", "in/a.json"]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("`lake`"), "{}", ran.stderr);
    let ran = folder.run(&[&route[..], &["route 1", "in/a.json"]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("has no policy"), "{}", ran.stderr);
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let folder = Folder::new();
    folder.write("in/a.json", JSON);
    fs::create_dir(folder.path("out")).unwrap();
    let journal = File::create(folder.path("out/.veilgate-tokenize.journal")).unwrap();
    journal.lock().unwrap();
    let ran = folder.tokenize(&["--output", "out", "in"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("another veilgate"), "{}", ran.stderr);
    drop(journal);
    folder.tokenize(&["--output", "out", "in"]).ok();
}
