//! The kept corpus and all that fuzzing ever found, through the same checks: the short form of
//! `tests/fuzz/run`, which needs no fuzzer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use fuzz_checks::TARGETS;

/// The kept inputs of a target.
fn inputs(kept: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(kept)
        .join(target);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn replay(kept: &str) {
    let mut failed = Vec::new();
    for (target, check) in TARGETS {
        for path in inputs(kept, target) {
            let data = fs::read(&path).unwrap();
            if catch_unwind(|| check(&data)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(
        failed.is_empty(),
        "tests/fuzz/run TARGET FILE shows: {failed:#?}"
    );
}

#[test]
fn what_fuzzing_found_stays_mended() {
    replay("found");
}

#[test]
fn the_corpus_passes() {
    replay("corpus");
}

#[test]
fn every_target_has_a_corpus() {
    for (target, _) in TARGETS {
        assert!(!inputs("corpus", target).is_empty(), "{target}");
    }
}
