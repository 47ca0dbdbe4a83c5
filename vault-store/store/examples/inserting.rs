//! Inserts records until it is killed, and prints each batch's tokens, one line a batch, once they
//! are acknowledged: what `tests/suite/crash.rs` kills.
//!
//! `inserting <file> <first part of the tokens>`
#![allow(
    clippy::expect_used,
    reason = "a tool of tests: it may stop at any fault"
)]

use std::io::Write as _;
use std::sync::Arc;
use store::sqlite::{Settings, Sqlite};
use store::{Index, Insertion, Mac, NewRecord, Record, RecordKey, Space, Timestamp, Token, Writer};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a file");
    let name = arguments.next().expect("a name");
    let writer = Arc::new(Sqlite::open(&Settings::new(file)).expect("a vault"));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8_u64 {
        let (writer, name) = (Arc::clone(&writer), name.clone());
        tasks.spawn(async move {
            for batch in 0.. {
                insert(&*writer, &name, task, batch).await;
            }
        });
    }
    tasks.join_all().await;
}

async fn insert(writer: &dyn Writer, name: &str, task: u64, batch: u64) {
    let space = Space::new("pan", "crash").expect("a space");
    let record = |number| {
        let text = format!("{name}.{task}.{batch}.{number}");
        let mut mac = [0; 32];
        mac.iter_mut()
            .zip(text.bytes())
            .for_each(|(to, byte)| *to = byte);
        NewRecord {
            key: RecordKey {
                space: space.clone(),
                token: Token::new(&text).expect("a token"),
            },
            record: Record {
                sealed: text.into_bytes().into(),
                created: Timestamp::now(),
                expires: None,
                index: Index::Unique(Mac(mac)),
            },
            renew: false,
        }
    };
    let records: Vec<_> = (0..20).map(record).collect();
    let inserted = writer.insert(&records).await.expect("an insert");
    assert!(
        inserted.iter().all(|each| *each == Insertion::Inserted),
        "every value is new"
    );
    let tokens: Vec<_> = records.iter().map(|new| new.key.token.as_str()).collect();
    let line = format!("{}\n", tokens.join(" "));
    std::io::stdout()
        .lock()
        .write_all(line.as_bytes())
        .expect("standard output");
}
