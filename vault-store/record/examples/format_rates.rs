//! How fast tokens are found, in CPU time of one thread (Linux).
//!
//! `cargo run --release -p record --example format_rates`: a line of JSON for each figure.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]

use record::{Body, Buffers, DEFAULT_MAX_TOKEN_BYTES, Encoding, Finder, Framing, Sink, Token};
use std::hint::black_box;

const CHUNK_BYTES: usize = 64 * 1024;
const REPEATS: usize = 5;
const TOKENS: usize = 400_000;

struct Parse {
    framing: Framing,
    buffers: Buffers,
    passed: usize,
    parsed: usize,
}

impl Sink for Parse {
    fn pass(&mut self, bytes: &[u8]) {
        self.passed += black_box(bytes).len();
    }

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        if framing == 0 {
            let token = Token::from_text(&self.framing, text, &mut self.buffers);
            self.parsed += usize::from(token.is_ok());
            let _: Option<Body<'_>> = black_box(token.ok().map(|token| token.body));
        }
    }
}

fn main() {
    let line = "{\"id\":1234567890,\"name\":\"Zoë ~ Müller\",\"note\":\"#1, v1.2, a.b.c\"}\n";
    let plain = line.repeat((256 << 20) / line.len());
    let original = Framing::new("#01#", "#10#", Encoding::Original).unwrap();
    let one = [Framing::veilgate()];
    let two = [Framing::veilgate(), original];
    for (what, framings) in [("one framing", &one[..]), ("two framings", &two)] {
        let (seconds, _) = best(framings, plain.as_bytes());
        let rate = plain.len() as f64 / seconds / 1e9;
        println!("{{\"what\":\"text without tokens, {what}\",\"gb_per_s\":{rate:.2}}}");
    }

    let head = record::head::build_bound(&record::KeyId::new("payments", 1), 1).unwrap();
    let head = record::head::build_envelope(&head, &[1; 32], &[2; 256]).unwrap();
    let mut body = record::body::build_binding("pan", "").unwrap();
    body.extend_from_slice(&[0; 1 + 12 + 16 + 16 + 16]);
    let framing = &Framing::veilgate();
    let mut document = Vec::new();
    for _ in 0..TOKENS {
        document.extend_from_slice(b"{\"pan\":\"");
        record::token::append_head(&mut document, framing, &head);
        record::token::append_body(&mut document, framing, &body);
        document.extend_from_slice(b"\"}\n");
    }
    let (seconds, parsed) = best(&two, &document);
    assert_eq!(parsed, TOKENS);
    let nanoseconds = seconds * 1e9 / TOKENS as f64;
    println!("{{\"what\":\"a token found, decoded and parsed\",\"ns\":{nanoseconds:.0}}}");
}

/// CPU seconds of the quickest pass, and how many tokens it parsed.
fn best(framings: &[Framing], document: &[u8]) -> (f64, usize) {
    let passes = (0..REPEATS).map(|_| {
        let mut finder = Finder::new(framings, DEFAULT_MAX_TOKEN_BYTES);
        let (framing, buffers) = (Framing::veilgate(), Buffers::default());
        let mut sink = Parse {
            framing,
            buffers,
            passed: 0,
            parsed: 0,
        };
        let start = cpu_seconds();
        for chunk in document.chunks(CHUNK_BYTES) {
            finder.push(chunk, &mut sink);
        }
        finder.finish(&mut sink);
        (cpu_seconds() - start, sink.parsed)
    });
    passes.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

/// CPU time of this thread: the first field of `schedstat`.
fn cpu_seconds() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    schedstat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
