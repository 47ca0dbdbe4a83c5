//! How fast the scanner is, in MB/s of one core.
//!
//! `cargo run --release -p scan --example throughput [megabytes]`
//!
//! NDJSON made in memory, with rules that match nothing and with rules that take six values of each
//! record; then each file of the shared JSON corpora, where present.

use policies::{Selector, compile_policy};
use scan::{Documents, JsonScanner, Matched, Selectors, Sink};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

const CHUNK: usize = 64 << 10;
const TURNS: usize = 5;

/// Counts, so that no work can be left out.
#[derive(Default)]
struct Counted {
    passed: usize,
    values: usize,
    taken: usize,
}

impl Sink for Counted {
    fn pass(&mut self, bytes: &[u8]) {
        self.passed += bytes.len();
    }

    fn value(&mut self, value: Matched<'_>) {
        self.values += 1;
        self.taken += value.raw.len();
    }
}

fn main() -> Result<(), Failure> {
    let megabytes: usize = std::env::args()
        .nth(1)
        .map_or(Ok(64), |argument| argument.parse())?;
    let records = records(megabytes << 20)?;
    println!("{:<44} {:>9} {:>9} {:>10}", "input", "MB", "MB/s", "values");
    let nothing = [
        "$..card.security_code",
        "$..card.pin",
        "$.customer.ssn",
        "$.a.b",
    ];
    report(
        "NDJSON, nothing matches",
        &records,
        Documents::Lines,
        &nothing,
    )?;
    report(
        "NDJSON, nothing matches, no descendants",
        &records,
        Documents::Lines,
        &["$.a.b"],
    )?;
    let six = [
        "$.name",
        "$.email",
        "$.phone",
        "$.card.number",
        "$.card.holder",
        "$.address.street",
    ];
    report(
        "NDJSON, 6 values a record",
        &records,
        Documents::Lines,
        &six,
    )?;
    report(
        "NDJSON, a filter on each record",
        &records,
        Documents::Lines,
        &["$[?@.none == 1]"],
    )?;
    let array = as_array(&records);
    report(
        "the same as one array, nothing matches",
        &array,
        Documents::One,
        &nothing,
    )?;
    for file in corpora()? {
        let input = std::fs::read(&file)?;
        let lines = file
            .extension()
            .is_some_and(|extension| extension == "ndjson");
        let documents = if lines {
            Documents::Lines
        } else {
            Documents::One
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        report(
            &format!("{name}, nothing matches"),
            &input,
            documents,
            &nothing,
        )?;
    }
    Ok(())
}

/// Seconds that this thread has had a core, where the kernel tells; else since `began`.
fn cpu_time(began: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(
        || began.elapsed().as_secs_f64(),
        |nanoseconds| nanoseconds / 1e9,
    )
}

/// The best of some turns: others share this machine.
fn report(
    name: &str,
    input: &[u8],
    documents: Documents,
    selectors: &[&str],
) -> Result<(), Failure> {
    let selectors = compile(selectors)?;
    // the kernel may count in ticks of some milliseconds
    let repeats = (128 << 20) / input.len().max(1) + 1;
    let began = Instant::now();
    let mut best = f64::INFINITY;
    let mut values = 0;
    for _ in 0..TURNS {
        let start = cpu_time(began);
        for _ in 0..repeats {
            values = scan(input, documents, &selectors)?.values;
        }
        best = best.min((cpu_time(began) - start) / repeats as f64);
    }
    let megabytes = input.len() as f64 / 1e6;
    println!(
        "{name:<44} {megabytes:>9.1} {:>9.0} {values:>10}",
        megabytes / best
    );
    Ok(())
}

fn scan(
    input: &[u8],
    documents: Documents,
    selectors: &Arc<Selectors>,
) -> Result<Counted, Failure> {
    let limits = policies::JsonLimits::default();
    let mut scanner = JsonScanner::new(Arc::clone(selectors), &limits, documents);
    let mut sink = Counted::default();
    for chunk in input.chunks(CHUNK) {
        scanner.push(chunk, &mut sink)?;
    }
    scanner.finish(&mut sink)?;
    if sink.passed + sink.taken != input.len() {
        return Err("the pieces are not the input".into());
    }
    Ok(sink)
}

fn compile(selectors: &[&str]) -> Result<Arc<Selectors>, Failure> {
    let mut yaml =
        String::from("version: 1\nclasses:\n  pan: { kind: envelope, key: payments }\nrules:\n");
    for selector in selectors {
        Selector::parse(selector)?;
        writeln!(yaml, "  - select: \"{selector}\"\n    class: pan")?;
    }
    let policy = compile_policy("throughput", &yaml).map_err(|error| format!("{error:?}"))?;
    Ok(Arc::new(Selectors::compile(&policy)))
}

/// Records of about 236 bytes, each on its line.
fn records(bytes: usize) -> Result<Vec<u8>, Failure> {
    let mut text = String::with_capacity(bytes + 512);
    let mut number = 0_u64;
    while text.len() < bytes {
        number += 1;
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let (small, large) = (mixed >> 54, mixed >> 40);
        writeln!(
            text,
            "{{\"id\":{number},\"name\":\"Person {small} Example\",\"email\":\"p{large}@example.com\",\
             \"phone\":\"+1 555 {large}\",\"card\":{{\"number\":\"4111{mixed:020}\",\
             \"holder\":\"P {small}\"}},\"address\":{{\"street\":\"{small} Main Street\",\
             \"zip\":\"{small}\"}},\"active\":true,\"score\":{}.{}}}",
            small % 100,
            small % 7,
        )?;
    }
    Ok(text.into_bytes())
}

fn as_array(records: &[u8]) -> Vec<u8> {
    let records = records.strip_suffix(b"\n").unwrap_or(records);
    let mut array = vec![b'['];
    array.extend(
        records
            .iter()
            .map(|&byte| if byte == b'\n' { b',' } else { byte }),
    );
    array.push(b']');
    array
}

fn corpora() -> Result<Vec<PathBuf>, Failure> {
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut folders = from
        .ancestors()
        .map(|above| above.join("shared/vectors/json-corpora"));
    let Some(folder) = folders.find(|folder| folder.is_dir()) else {
        println!("(no shared/vectors/json-corpora above this folder)");
        return Ok(Vec::new());
    };
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}
