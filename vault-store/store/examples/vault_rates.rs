//! Measures inserts beside what the backend does without us, in turns: a line of JSON for
//! each, which `tests/bench` reads.
//!
//! `cargo run --release -p store --example vault_rates -- sqlite <folder>`
//! `cargo run --release -p store --example vault_rates -- redis <port of a server on loopback>`
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a tool: it may stop at any fault"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use store::redis::{Accept, Address, Durability, Redis, Topology};
use store::sqlite::{Settings, Sqlite};
use store::{Index, Insertion, Mac, NewRecord, Record, RecordKey, Space, Timestamp, Token, Writer};

const TURNS: u64 = 5;
/// What a turn inserts: 64 callers, 20 batches each of 50 records.
const CALLERS: u64 = 64;
const BATCHES: u64 = 20;
const BATCH: u64 = 50;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sqlite", folder] => sqlite(Path::new(folder)).await,
        ["redis", port] => redis(port.parse().expect("a port")).await,
        _ => println!("vault_rates sqlite <folder> | redis <port>"),
    }
}

/// Another MAC for each number, in no order.
fn mac(number: u64) -> Mac {
    let mut bytes = [0; 32];
    for (part, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        let mixed = (number + part as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        chunk.copy_from_slice(
            &(mixed ^ (mixed >> 29))
                .wrapping_mul(0xbf58_476d_1ce4_e5b9)
                .to_le_bytes(),
        );
    }
    Mac(bytes)
}

/// A record such as a payment card has: a token of 16 digits, 60 sealed bytes.
fn record(number: u64, index: Index) -> NewRecord {
    let digits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 10_000_000_000_000_000;
    NewRecord {
        key: RecordKey {
            space: Space::new("pan", "acme").expect("a space"),
            token: Token::new(&format!("{digits:016}")).expect("a token"),
        },
        record: Record {
            sealed: [0xa5; 60].into(),
            created: Timestamp::now(),
            expires: None,
            index,
        },
        renew: false,
    }
}

fn batch(first: u64, unique: bool) -> Vec<NewRecord> {
    let numbers = first..first + BATCH;
    let index = |number| match unique {
        true => Index::Unique(mac(number)),
        false => Index::None,
    };
    numbers
        .map(|number| record(number, index(number)))
        .collect()
}

/// Inserts a turn's records, in a second.
async fn ours(writer: &Arc<dyn Writer>, turn: u64, unique: bool) -> f64 {
    let mut tasks = tokio::task::JoinSet::new();
    let start = Instant::now();
    for caller in 0..CALLERS {
        let writer = Arc::clone(writer);
        tasks.spawn(async move {
            for number in 0..BATCHES {
                let first = ((turn * CALLERS + caller) * BATCHES + number) * BATCH;
                let inserted = writer
                    .insert(&batch(first, unique))
                    .await
                    .expect("an insert");
                assert!(inserted.iter().all(|each| *each == Insertion::Inserted));
            }
        });
    }
    tasks.join_all().await;
    rate(start)
}

fn rate(start: Instant) -> f64 {
    (CALLERS * BATCHES * BATCH) as f64 / start.elapsed().as_secs_f64()
}

async fn sqlite(folder: &Path) {
    for unique in [false, true] {
        let (mut raw, mut own) = (Vec::new(), Vec::new());
        let name = |what| folder.join(format!("rates.{what}.{unique}.sqlite"));
        let writer: Arc<dyn Writer> =
            Arc::new(Sqlite::open(&Settings::new(name("ours"))).expect("a vault"));
        drop(Sqlite::open(&Settings::new(name("raw"))).expect("a vault"));
        let mut connection = rusqlite::Connection::open(name("raw")).expect("a file");
        for turn in 0..TURNS {
            raw.push(raw_sqlite(&mut connection, turn, unique));
            own.push(ours(&writer, turn, unique).await);
        }
        report("sqlite", unique, raw, own);
    }
}

/// Rates a second, turn by turn.
fn report(backend: &str, unique: bool, raw: Vec<f64>, ours: Vec<f64>) {
    println!("{{\"backend\":\"{backend}\",\"unique\":{unique},\"raw\":{raw:?},\"ours\":{ours:?}}}");
}

/// The same rows into the same tables, in transactions as large as what 64 callers bring at once.
fn raw_sqlite(connection: &mut rusqlite::Connection, turn: u64, unique: bool) -> f64 {
    for (name, value) in [
        ("synchronous", "FULL"),
        ("secure_delete", "ON"),
        ("cache_size", "-65536"),
        ("wal_autocheckpoint", "4000"),
    ] {
        connection
            .pragma_update(None, name, value)
            .expect("a pragma");
    }
    let start = Instant::now();
    for number in 0..BATCHES {
        let transaction = connection.transaction().expect("a transaction");
        for caller in 0..CALLERS {
            let first = ((turn * CALLERS + caller) * BATCHES + number) * BATCH;
            for new in batch(first, unique) {
                let insert = "INSERT INTO records (space, token, sealed, created, kind, mac) VALUES (1, ?1, ?2, ?3, ?4, ?5)";
                let mut insert = transaction.prepare_cached(insert).expect("a statement");
                let mac = new.record.index.mac().map(|mac| mac.0);
                let created = new.record.created.as_millis() as i64;
                let row = rusqlite::params![
                    new.key.token.as_str(),
                    new.record.sealed,
                    created,
                    i64::from(unique),
                    mac
                ];
                insert.execute(row).expect("a row");
            }
        }
        transaction.commit().expect("a commit");
    }
    rate(start)
}

async fn redis(port: u16) {
    let mut settings =
        store::redis::Settings::new(Topology::Single(Address::new("127.0.0.1", port)));
    settings.durability = Durability::ACKNOWLEDGED;
    settings.accept = vec![Accept::LateFsync];
    let writer: Arc<dyn Writer> = Arc::new(Redis::open(&settings).await.expect("a vault"));
    let client = ::redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a client");
    let connection = client
        .get_multiplexed_async_connection()
        .await
        .expect("a connection");
    for unique in [false, true] {
        let (mut raw, mut own) = (Vec::new(), Vec::new());
        for turn in 0..TURNS {
            ::redis::cmd("FLUSHALL")
                .query_async::<()>(&mut connection.clone())
                .await
                .expect("an empty server");
            raw.push(raw_redis(&connection).await);
            own.push(ours(&writer, turn, unique).await);
        }
        report("redis", unique, raw, own);
    }
}

/// As many `SET`s of as many bytes, in pipelines of as many as a batch has.
async fn raw_redis(connection: &::redis::aio::MultiplexedConnection) -> f64 {
    let mut tasks = tokio::task::JoinSet::new();
    let start = Instant::now();
    for caller in 0..CALLERS {
        let mut connection = connection.clone();
        tasks.spawn(async move {
            for number in 0..BATCHES {
                let mut pipeline = ::redis::pipe();
                for place in 0..BATCH {
                    let key = format!("raw:{caller:08}:{number:08}:{place:08}");
                    pipeline
                        .cmd("SET")
                        .arg(key)
                        .arg(&[0xa5_u8; 70][..])
                        .ignore();
                }
                pipeline
                    .query_async::<()>(&mut connection)
                    .await
                    .expect("answers");
            }
        });
    }
    tasks.join_all().await;
    rate(start)
}
