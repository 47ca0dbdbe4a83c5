//! The policies of `policies/library`: each compiles, and takes what its examples say.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use policies::{Checksum, Column, Detector, Places, Policy, compile_policy};
use scan::{Format, Matched, MediaType, Plan, ScanError, Scanner, Sink};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Random cuttings of each example.
const CUTTINGS: u64 = 50;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/library")
}

fn page(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::read_to_string(docs.join(name)).unwrap()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|each| each == extension))
        .collect();
    files.sort();
    files
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// Every policy by its name, compiled.
fn library() -> Vec<(String, Arc<Plan>)> {
    let compile = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap();
        let policy = compile_policy(file, &fs::read_to_string(path).unwrap());
        let policy = policy.unwrap_or_else(|refused| panic!("{refused}"));
        assert!(policy.warnings().is_empty(), "{:?}", policy.warnings());
        let plan = Plan::compile(Arc::new(policy)).unwrap();
        (stem(path).to_owned(), Arc::new(plan))
    };
    files(&folder(), "yaml").iter().map(compile).collect()
}

/// What a document says should happen to it.
struct Example {
    name: String,
    format: Format,
    body: String,
    /// Rules and values.
    takes: Vec<(String, String)>,
    leaves: Vec<String>,
}

impl Example {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let value: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let takes = value["takes"].as_array().unwrap().iter();
        let media_type = MediaType::parse(&text(&value["content_type"])).unwrap();
        Self {
            name: stem(path).to_owned(),
            format: media_type.format().unwrap().unwrap(),
            body: text(&value["body"]),
            takes: takes
                .map(|take| (text(&take["rule"]), text(&take["value"])))
                .collect(),
            leaves: value["leaves"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect(),
        }
    }

    fn of(policy: &str) -> Vec<Self> {
        let folder = folder().join("examples").join(policy);
        let files = files(&folder, "json");
        files.iter().map(|path| Self::read(path)).collect()
    }

    /// What of its promises a scan in these chunks breaks.
    fn check<'a>(
        &self,
        plan: &Arc<Plan>,
        chunks: impl Iterator<Item = &'a [u8]>,
    ) -> Option<String> {
        let scanned = match scan(plan, &self.format, chunks) {
            Ok(scanned) => scanned,
            Err(error) => return Some(error.to_string()),
        };
        let rules = plan.policy().rules();
        let taken = scanned.values.iter();
        let taken: Vec<_> = taken
            .map(|(rule, value)| (rules[*rule].name.clone(), value.clone()))
            .collect();
        if scanned.input != self.body.as_bytes() {
            return Some("the pieces are not the body".into());
        }
        if taken != self.takes {
            return Some(format!("took {taken:?}, not {:?}", self.takes));
        }
        let gone = self
            .leaves
            .iter()
            .find(|each| !scanned.passed.contains(*each));
        gone.map(|each| format!("{each:?} did not stay"))
    }
}

/// The pieces of a scan.
#[derive(Default)]
struct Scanned {
    input: Vec<u8>,
    /// What passed, with a NUL where a value was taken out.
    passed: String,
    values: Vec<(usize, String)>,
    pending: Vec<u8>,
}

impl Scanned {
    fn settle(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.passed.push_str(&String::from_utf8(pending).unwrap());
    }
}

impl Sink for Scanned {
    fn pass(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        self.pending.extend_from_slice(bytes);
    }

    fn value(&mut self, value: Matched<'_>) {
        self.settle();
        self.input.extend_from_slice(value.raw);
        self.passed.push('\0');
        let content = String::from_utf8(value.content().into_owned()).unwrap();
        self.values.push((value.rule, content));
    }
}

fn scan<'a>(
    plan: &Arc<Plan>,
    format: &Format,
    chunks: impl Iterator<Item = &'a [u8]>,
) -> Result<Scanned, ScanError> {
    let mut scanner = Scanner::new(plan.clone(), format)?;
    let mut scanned = Scanned::default();
    for chunk in chunks {
        scanner.push(chunk, &mut scanned)?;
    }
    scanner.finish(&mut scanned)?;
    scanned.settle();
    Ok(scanned)
}

/// `body` cut at places that depend on `seed`, into chunks of 1 to 32 bytes.
fn cut(body: &[u8], seed: u64) -> Vec<&[u8]> {
    // the generator of Knuth's MMIX: what is asked of it is only to differ
    let mut state = seed;
    let mut rest = body;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let (chunk, after) = rest.split_at(rest.len().min(1 + (state >> 59) as usize));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

#[test]
fn examples_hold_however_they_are_cut() {
    let mut broken = Vec::new();
    for (name, plan) in library() {
        for example in Example::of(&name) {
            let body = example.body.as_bytes();
            let mut fault = example.check(&plan, std::iter::once(body));
            fault = fault.or_else(|| example.check(&plan, body.chunks(1)));
            for seed in 0..CUTTINGS {
                fault = fault.or_else(|| example.check(&plan, cut(body, seed).into_iter()));
            }
            broken.extend(fault.map(|fault| format!("{name}/{}: {fault}", example.name)));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Examples that say nothing of a rule or a format would let it break unseen.
#[test]
fn examples_cover_rules_and_formats() {
    for (name, plan) in library() {
        let examples = Example::of(&name);
        assert!(examples.len() >= 25, "{name} has {}", examples.len());
        let near_misses = examples.iter().filter(|each| each.takes.is_empty());
        assert!(near_misses.count() >= 4, "{name} has few near misses");
        let formats: BTreeSet<_> = examples.iter().map(|each| each.format.name()).collect();
        for format in ["json", "ndjson", "csv", "form", "multipart", "xml", "text"] {
            assert!(formats.contains(format), "{name}: nothing of {format}");
        }
        let takes = examples.iter().flat_map(|each| &each.takes);
        let taking: BTreeSet<_> = takes.map(|(rule, _)| rule.as_str()).collect();
        for rule in plan.policy().rules() {
            assert!(taking.contains(rule.name.as_str()), "{name}: {}", rule.name);
        }
        let known = plan.policy().rules().iter().map(|rule| rule.name.as_str());
        let known: BTreeSet<_> = known.collect();
        assert!(taking.is_subset(&known), "{name}: {taking:?}");
    }
}

/// A rule that knows a name in one format and not in another is a leak.
#[test]
fn every_format_has_the_same_names() {
    let mut missing = Vec::new();
    for (name, plan) in library() {
        let rules = plan.policy().rules().iter();
        for (rule, places) in rules.map(|rule| &rule.places).enumerate() {
            let columns = names(places);
            assert_eq!(columns, places.fields, "{name}");
            for column in columns {
                for (format, body) in spellings(&column) {
                    let scanned = scan(&plan, &format, std::iter::once(body.as_bytes())).unwrap();
                    if scanned.values != [(rule, "zz".to_owned())] {
                        missing.push(format!("{name}: {body}: {:?}", scanned.values));
                    }
                }
            }
        }
    }
    let (count, some) = (missing.len(), missing.iter().take(40));
    let some: Vec<_> = some.map(String::as_str).collect();
    assert!(count == 0, "{count} are missed:\n{}", some.join("\n"));
}

fn names(places: &Places) -> Vec<String> {
    let name = |column: &Column| match column {
        Column::Name(name) => name.clone(),
        Column::Number(number) => panic!("column {number} has no name"),
    };
    places.columns.iter().map(name).collect()
}

/// The value `zz` under this name in each format that has such names: one with brackets or dots is
/// of forms and columns only, and so is one in capitals that is of several words.
fn spellings(name: &str) -> Vec<(Format, String)> {
    let mut documents = vec![
        (Format::Csv, format!("{name}\nzz\n")),
        (Format::Form, format!("{name}=zz").replace(' ', "+")),
    ];
    let capitals = !name.contains(char::is_lowercase);
    let plain = name
        .chars()
        .all(|each| each.is_alphanumeric() || "_-".contains(each));
    if plain && !capitals {
        documents.push((Format::Json, format!("{{\"{name}\":\"zz\"}}")));
        documents.push((Format::Xml, format!("<r><{name}>zz</{name}></r>")));
        documents.push((Format::Xml, format!("<r><s {name}=\"zz\"/></r>")));
    }
    documents
}

#[test]
fn detectors_and_checksums_are_on_their_page() {
    let page = page("detectors.md");
    let (detectors, checksums) = page.split_once("\n## Your own patterns\n").unwrap();
    let rows = |part: &str, name: &str| part.matches(&format!("\n| `{name}` |")).count();
    for detector in Detector::ALL.iter().map(|each| each.name()) {
        assert_eq!(rows(detectors, detector), 1, "rows for {detector}");
    }
    for checksum in Checksum::ALL.iter().map(|each| each.name()) {
        assert_eq!(rows(checksums, checksum), 1, "rows for {checksum}");
    }
}

#[test]
fn policies_and_their_rules_are_on_their_page() {
    let page = page("policy-library.md");
    for (name, plan) in library() {
        assert!(page.contains(&format!("`{name}.yaml`")), "{name}");
        for class in classes(plan.policy()) {
            assert!(page.contains(&format!("`{class}`")), "{name}: {class}");
        }
    }
}

fn classes(policy: &Policy) -> Vec<String> {
    let classes = policy.classes().iter();
    classes.map(|class| class.name.to_string()).collect()
}
