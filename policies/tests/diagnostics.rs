//! What each faulty file gets, kept beside it as `NAME.expected`.
//!
//! `UPDATE_EXPECTED=1 cargo test -p policies --test diagnostics` writes the files anew; read the
//! difference before you commit it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use policies::{Diagnostic, compile_key_ring, compile_policy};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What was said of a file: the diagnostics that refuse it, or its warnings.
fn say(kind: &str, file: &str, yaml: &str) -> String {
    let (verdict, diagnostics) = match kind {
        "policy" => match compile_policy(file, yaml) {
            Ok(policy) => ("accepted", policy.warnings().to_vec()),
            Err(refused) => ("refused", refused.as_slice().to_vec()),
        },
        _ => match compile_key_ring(file, yaml) {
            Ok(ring) => ("accepted", ring.warnings().to_vec()),
            Err(refused) => ("refused", refused.as_slice().to_vec()),
        },
    };
    let shown: Vec<_> = diagnostics.iter().map(Diagnostic::to_string).collect();
    format!("{verdict}\n\n{}", shown.join("\n"))
}

fn files(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/diagnostics")
        .join(kind);
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().unwrap() == "yaml")
        .collect();
    files.sort();
    files
}

fn check(kind: &str) {
    let mut wrong = Vec::new();
    for path in files(kind) {
        let file = path.file_name().unwrap().to_str().unwrap();
        let said = say(kind, file, &fs::read_to_string(&path).unwrap());
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        let kept = fs::read_to_string(&expected).unwrap_or_default();
        if said != kept {
            wrong.push(format!("--- {}\n{kept}+++ now\n{said}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn policies() {
    check("policy");
}

#[test]
fn key_rings() {
    check("key-ring");
}

/// Every code of the shape, the policy and the key ring has a file that shows it.
#[test]
fn every_code_is_shown() {
    let mut shown = BTreeSet::new();
    for path in files("policy").into_iter().chain(files("key-ring")) {
        let expected = fs::read_to_string(path.with_extension("expected")).unwrap();
        let codes = expected
            .match_indices("VG0")
            .filter_map(|(at, _)| expected.get(at..at + 6));
        shown.extend(codes.map(str::to_owned));
    }
    // those that need two files, and those of the services' configurations
    let elsewhere = [
        "VG0109", "VG0110", "VG0118", "VG0301", "VG0302", "VG0303", "VG0304",
    ];
    for code in policies::Code::ALL {
        let code = code.as_str();
        assert!(
            shown.contains(code) || elsewhere.contains(&code),
            "{code} is shown by no file"
        );
    }
}
