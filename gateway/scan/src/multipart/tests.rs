//! By hand and against `multer`, split everywhere.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::MultipartScanner;
use crate::ScanError;
use crate::output::Output;
use crate::plan::Plan;
use crate::scanner::PartScanner;
use crate::tests::told::{Scan, Told, everywhere_of};
use policies::compile_policy;
use proptest::prelude::*;
use std::sync::Arc;

struct Multipart(Arc<Plan>);

impl Scan for Multipart {
    fn scan<O: Output>(&self, chunks: &[&[u8]], output: &mut O) -> Result<(), ScanError> {
        let part = PartScanner::new(self.0.clone());
        let limits = *self.0.policy().form();
        let mut scanner = MultipartScanner::new("B", part, limits)?;
        chunks
            .iter()
            .try_for_each(|chunk| scanner.push(chunk, output))?;
        scanner.finish(output)
    }
}

fn plan(more: &str) -> Arc<Plan> {
    let yaml = format!(
        "version: 1\nclasses: {{ a: {{ kind: envelope, key: k }} }}\nrules: [{{ fields: [card, 'a\"b'], select: $.n, columns: x, xpath: //n, class: a }}]\n{more}"
    );
    Arc::new(Plan::compile(Arc::new(compile_policy("p", &yaml).unwrap())).unwrap())
}

fn scan(input: &str) -> Result<Told, ScanError> {
    everywhere_of(input.as_bytes(), &Multipart(plan("")))
}

fn part(head: &str, content: &str) -> String {
    format!("--B\r\ncontent-disposition: form-data; {head}\r\n\r\n{content}\r\n")
}

#[test]
fn fields_and_files() {
    let body = part("name=card", "4111")
        + &part("name=\"other\"", "4111 \r\n--A\r\n--b")
        + &part("name=\"a%22b\"", "é")
        + &part("name=card", "")
        + &part(
            "name=f; filename=\"x.json\"\r\ncontent-type: application/json",
            "{\"n\": 7, \"m\": \"t\"}",
        )
        + &part(
            "name=f; filename=y\r\nContent-Type: text/csv; charset=utf-8",
            "x,y\n1,2\n",
        )
        + "--B--\r\n";
    let told = scan(&body).unwrap();
    assert_eq!(told.contents(), [(0, "4111"), (0, "é"), (0, "7"), (0, "1")]);
    assert_eq!(
        told.texts,
        ["4111 \r\n--A\r\n--b", "x.json", "t", "y", "x", "y", "2"]
    );
}

/// A CSV or XML part whose `#` is a byte that UTF-8 has not there.
fn part_with(content_type: &str, content: &str, byte: u8) -> Vec<u8> {
    let head = format!("name=b\r\ncontent-type: {content_type}");
    let body = part(&head, content).into_bytes();
    let replaced = body.into_iter().map(|own| match own {
        b'#' => byte,
        other => other,
    });
    replaced.collect()
}

#[test]
fn the_first_fault_is_told_also_before_what_is_no_utf8() {
    let body = part_with("text/csv", "x,y\n1\r,2,#\n", 0xFF);
    let error = everywhere_of(&body, &Multipart(plan(""))).unwrap_err();
    let carriage_return = body.windows(2).position(|pair| pair == b"\r,").unwrap();
    let told = (error.code(), error.offset);
    assert_eq!(told, ("csv-bare-carriage-return", carriage_return as u64));

    let body = part_with("application/xml", "<a><b#>1</b></a>", 0xC3);
    let error = everywhere_of(&body, &Multipart(plan(""))).unwrap_err();
    assert_eq!(error.code(), "multipart-charset");
}

#[test]
fn refusals() {
    let ok = part("name=a", "1");
    for (body, code, offset, part) in [
        (String::new(), "multipart-preamble", 0, None),
        ("hello".to_owned(), "multipart-preamble", 0, None),
        (format!("\r\n{ok}--B--"), "multipart-preamble", 0, None),
        ("--B \r\n".to_owned(), "multipart-delimiter", 3, None),
        ("--B\n".to_owned(), "multipart-delimiter", 3, None),
        (ok.clone(), "multipart-truncated", ok.len() as u64, Some(1)),
        (
            format!("{ok}--B"),
            "multipart-truncated",
            ok.len() as u64 + 3,
            Some(1),
        ),
        (
            format!("{ok}--B--\r\nx"),
            "multipart-epilogue",
            ok.len() as u64 + 7,
            Some(1),
        ),
        (
            format!("{ok}--B--\r"),
            "multipart-epilogue",
            ok.len() as u64 + 5,
            Some(1),
        ),
        (
            format!("{ok}--B\r\nx: y\r\n\r\n1\r\n--B--"),
            "multipart-name",
            ok.len() as u64 + 5,
            Some(2),
        ),
        (
            self::part("name=b\r\ncontent-type: image/png", "1"),
            "multipart-part-type",
            5,
            Some(1),
        ),
        (
            self::part("name=b\r\ncontent-type: text/csv;charset=latin1", "1"),
            "multipart-part-type",
            5,
            Some(1),
        ),
        (
            self::part("name=b\r\ncontent-type: application/json", "{\"n\" 1}"),
            "json-unexpected-byte",
            84,
            Some(1),
        ),
        (
            self::part("name=b\r\ncontent-type: text/csv", "x,y\n1\n"),
            "csv-row-width",
            76,
            Some(1),
        ),
    ] {
        let error = scan(&body).unwrap_err();
        assert_eq!(
            (error.code(), error.offset, error.part),
            (code, offset, part),
            "{body:?}"
        );
    }
    let not_utf8 = [
        part("name=b", "x").as_bytes(),
        b"--B\r\ncontent-disposition: form-data; name=c\r\n\r\na\xFF\r\n--B--",
    ]
    .concat();
    let error = everywhere_of(&not_utf8, &Multipart(plan(""))).unwrap_err();
    assert_eq!((error.code(), error.part), ("multipart-charset", Some(2)));
    assert_eq!(not_utf8.get(error.offset as usize), Some(&0xFF));
    for boundary in ["", " ", "a ", "é", "a\"b", &"x".repeat(71)] {
        let part = PartScanner::new(plan(""));
        let error = MultipartScanner::new(boundary, part, *plan("").policy().form())
            .err()
            .unwrap();
        assert_eq!(error.code(), "multipart-no-boundary", "{boundary:?}");
    }
}

#[test]
fn limits() {
    let small = plan("form: { max_value_bytes: 64B }\n");
    let long = part("name=card", &"1".repeat(65)) + "--B--";
    let error = everywhere_of(long.as_bytes(), &Multipart(small.clone())).unwrap_err();
    assert_eq!(
        (error.code(), error.offset),
        ("multipart-value-too-long", 50 + 64)
    );
    let fits = part("name=card", &"1".repeat(64)) + "--B--";
    assert_eq!(
        everywhere_of(fits.as_bytes(), &Multipart(small))
            .unwrap()
            .values
            .len(),
        1
    );
    let passing = plan("form: { other_parts: pass }\n");
    let image = part("name=b\r\ncontent-type: image/png", "4111") + "--B--";
    assert_eq!(
        everywhere_of(image.as_bytes(), &Multipart(passing))
            .unwrap()
            .texts,
        [""; 0]
    );
}

#[test]
fn heads_have_a_limit() {
    let long = format!("--B\r\nx: {}", "y".repeat(20_000));
    let scan = Multipart(plan(""));
    let mut told = Told::default();
    for size in [1, 7, 1000, 30_000] {
        let chunks: Vec<_> = long.as_bytes().chunks(size).collect();
        let error = scan.scan(&chunks, &mut told).unwrap_err();
        assert_eq!(
            (error.code(), error.offset),
            ("multipart-head-too-large", 5 + (16 << 10))
        );
    }
}

proptest! {
    #[test]
    fn as_multer_reads_it(parts in prop::collection::vec((prop_oneof![Just("card"), Just("x")], "[-B\r\n ab]{0,12}"), 0..5)) {
        prop_assume!(parts.iter().all(|(_, content)| !format!("\r\n{content}").contains("\r\n--B")));
        let body: String = parts.iter().map(|(name, content)| part(&format!("name=\"{name}\""), content)).collect();
        let body = body + "--B--\r\n";
        let told = scan(&body).unwrap();
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(body.clone())]);
        let mut reader = multer::Multipart::new(stream, "B");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let expected: Vec<String> = runtime.block_on(async {
            let mut values = Vec::new();
            while let Some(field) = reader.next_field().await.unwrap() {
                let card = field.name() == Some("card");
                let text = field.text().await.unwrap();
                if card && !text.is_empty() {
                    values.push(text);
                }
            }
            values
        });
        let values: Vec<_> = told.contents().into_iter().map(|(_, content)| content.to_owned()).collect();
        prop_assert_eq!(values, expected);
    }
}
