//! `kill -9` in the midst of inserting: every token that was acknowledged is still there.
//!
//! The writer is a process of its own, the example `inserting`, which prints each token once it is
//! acknowledged. `VEILGATE_CRASH_ROUNDS` sets how many rounds there are (10).

use crate::backends::settings;
use crate::support::{key, space};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use store::Reader as _;
use store::sqlite::SqliteReader;
use tempfile::TempDir;

pub(crate) fn rounds() -> u64 {
    let rounds = std::env::var("VEILGATE_CRASH_ROUNDS");
    rounds.map_or(10, |text| {
        text.parse().expect("VEILGATE_CRASH_ROUNDS is a number")
    })
}

/// `cargo test` builds examples beside the tests.
fn inserting() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().unwrap().parent().unwrap();
    let example = target.join("examples/inserting");
    assert!(
        example.exists(),
        "run `cargo build -p store --example inserting`"
    );
    example
}

/// Runs the example until it has acknowledged so many batches, kills it, and returns all whole lines
/// that it printed.
fn killed_after(batches: u64, vault: &str, round: u64) -> Vec<String> {
    let mut child = Command::new(inserting())
        .args([vault, &round.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    for _ in 0..batches {
        assert!(
            output.read_line(&mut text).unwrap() > 0,
            "the example ended"
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
    output.read_to_string(&mut text).unwrap();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _cut)| whole);
    whole.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn every_acknowledged_token_outlives_the_writer() {
    let folder = TempDir::new().unwrap();
    let settings = settings(folder.path());
    let path = settings.path.to_str().unwrap();
    let space = space("pan", "crash");
    let mut acknowledged = Vec::new();
    for round in 0..rounds() {
        acknowledged.extend(killed_after(3 + round * 7 % 40, path, round));
        let reader = SqliteReader::open(&settings).unwrap();
        let keys: Vec<_> = acknowledged
            .iter()
            .map(|token| key(&space, token))
            .collect();
        let kept = reader.records(&keys).await.unwrap();
        let lost = kept.iter().filter(|record| record.is_none()).count();
        assert_eq!(lost, 0, "round {round}: of {} tokens", keys.len());
    }
    println!("{} rounds, {} tokens", rounds(), acknowledged.len());
}
