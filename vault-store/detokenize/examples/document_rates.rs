//! How many values a second a core puts back into a document, with data keys cached: all of the
//! service but the socket.
//!
//! `cargo run --release -p detokenize --example document_rates [SECONDS]`: NDJSON with six tokens on a line,
//! made in two epochs, goes through `App::answer` again and again, in chunks of 64 KiB.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "a measurement"
)]

#[path = "../../unseal/tests/suite/support.rs"]
mod support;
#[path = "../tests/service/world.rs"]
mod world;

use record::ValueType;
use std::sync::Arc;
use std::time::{Duration, Instant};
use world::{Service, chunks, post, read};

const LINES: usize = 5_000;
const FIELDS: usize = 6;
const CHUNK: usize = 64 << 10;

fn main() {
    let seconds = std::env::args()
        .nth(1)
        .map_or(3, |text| text.parse().expect("seconds"));
    let time = Duration::from_secs(seconds);
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let service = Service::new();
            let tokens = lines(&service);
            let plain: Vec<u8> =
                vec![b"{\"a\":\"4111111111111111\",\"b\":12345.67}\n".as_slice(); 100_000].concat();
            let begun = measure(&service, &tokens, time).await;
            println!(
                "{FIELDS} tokens a line: {:.0} values/s, {:.0} MB/s in",
                begun * (LINES * FIELDS) as f64,
                begun * tokens.len() as f64 / 1e6
            );
            let begun = measure(&service, &plain, time).await;
            println!("no tokens: {:.0} MB/s in", begun * plain.len() as f64 / 1e6);
        });
}

/// Documents a second.
async fn measure(service: &Service, document: &[u8], time: Duration) -> f64 {
    let parts: Vec<_> = document.chunks(CHUNK).map(<[u8]>::to_vec).collect();
    let begun = Instant::now();
    let mut documents = 0;
    while begun.elapsed() < time {
        let request = post("ann", "/v1/detokenize", "application/x-ndjson");
        let request = request.body(chunks(parts.clone())).unwrap();
        let answer = read(Arc::clone(&service.app).answer(request).await).await;
        assert!(answer.complete);
        documents += 1;
    }
    f64::from(documents) / begun.elapsed().as_secs_f64()
}

fn lines(service: &Service) -> Vec<u8> {
    let epochs = [service.world.epoch(), service.world.epoch()];
    let mut out = Vec::new();
    for line in 0..LINES {
        out.extend_from_slice(b"{");
        for field in 0..FIELDS {
            let value = format!("value {line}-{field}");
            let class = format!("class{}", field % 3);
            let token = epochs[field % 2].token(&class, ValueType::Text, value.as_bytes());
            out.extend_from_slice(
                format!("{}\"f{field}\":\"", if field > 0 { "," } else { "" }).as_bytes(),
            );
            out.extend_from_slice(&token);
            out.push(b'"');
        }
        out.extend_from_slice(b"}\n");
    }
    out
}
