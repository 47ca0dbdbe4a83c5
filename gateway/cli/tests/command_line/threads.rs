//! One document is the same whether one thread makes it or several do.

use coding::{ContentCoding, DecodeLimits, Decoder, Encoder, Finish, Progress};

use crate::support::{Folder, POLICY, Ran, TOKENIZE, with_values};

const ROWS: usize = 6_000;
const THREADS: [&str; 3] = ["1", "2", "5"];

/// A document of many drafts, and its values in order.
struct Document {
    content_type: &'static str,
    text: String,
    values: Vec<String>,
}

/// Rows between a beginning and an end. Few have an `ssn`, whose tokens take long to make.
fn document(
    content_type: &'static str,
    around: (&str, &str),
    row: impl Fn(&str, &str) -> String,
) -> Document {
    let (mut text, mut values) = (around.0.to_owned(), Vec::new());
    for number in 0..ROWS {
        let pan = format!("4111{number}");
        let ssn = match number % 100 {
            0 => format!("900-{number}"),
            _ => String::new(),
        };
        text += &row(&pan, &ssn);
        values.push(pan);
        values.extend((!ssn.is_empty()).then_some(ssn));
    }
    text += around.1;
    Document {
        content_type,
        text,
        values,
    }
}

fn json_row(pan: &str, ssn: &str) -> String {
    let person = match ssn {
        "" => "null".to_owned(),
        ssn => format!("{{ \"ssn\": \"{ssn}\" }}"),
    };
    format!("{{\"pan\" : \"{pan}\", \"other\":\"Zoé, \\u00e9\", \"is\":{person}}}")
}

fn separated(content_type: &'static str, delimiter: char) -> Document {
    let head = format!("pan{delimiter}\"the, other\"{delimiter}ssn\r\n");
    document(content_type, (&head, ""), |pan, ssn| {
        format!("{pan}{delimiter}\"Zoé, \"\"é\"\"\"{delimiter}{ssn}\r\n")
    })
}

fn documents() -> Vec<Document> {
    let json = |content_type| {
        document(content_type, ("[\n", "null ]\n"), |pan, ssn| {
            json_row(pan, ssn) + ",\n"
        })
    };
    vec![
        json("application/json"),
        json("application/json; charset=utf-16"),
        document("application/x-ndjson", ("", ""), |pan, ssn| {
            json_row(pan, ssn) + "\n"
        }),
        separated("text/csv", ','),
        separated("text/tab-separated-values", '\t'),
        separated("text/csv; charset=iso-8859-1", ','),
        document("application/xml", ("<all>", "</all>\n"), |pan, ssn| {
            let person = match ssn {
                "" => "<none/>".to_owned(),
                ssn => format!("<ssn>{ssn}</ssn>"),
            };
            format!("<row a='&lt;'><pan>{pan}</pan>Zoé{person}</row>\n")
        }),
        document(
            "application/x-www-form-urlencoded",
            ("a=1", ""),
            |pan, ssn| {
                let person = match ssn {
                    "" => String::new(),
                    ssn => format!("&ssn={ssn}"),
                };
                format!("&pan={pan}&other=Zo%C3%A9+x{person}")
            },
        ),
        mails(),
    ]
}

fn mails() -> Document {
    let (mut text, mut values) = (String::new(), Vec::new());
    for number in 0..ROWS {
        let mail = format!("zoe.m{number}@example.com");
        text += &format!("On line {number}, Zoé wrote to {mail} about it.\n");
        values.push(mail);
    }
    Document {
        content_type: "text/plain",
        text,
        values,
    }
}

fn encode_charset(content_type: &str, text: &str) -> Vec<u8> {
    if content_type.ends_with("utf-16") {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_be_bytes).collect()
    } else if content_type.ends_with("iso-8859-1") {
        text.chars().map(|c| u8::try_from(c).unwrap()).collect()
    } else {
        text.as_bytes().to_vec()
    }
}

fn decode_charset(content_type: &str, bytes: Vec<u8>) -> String {
    if content_type.ends_with("utf-16") {
        let units: Vec<_> = bytes
            .chunks(2)
            .map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
            .collect();
        let text = String::from_utf16(&units).unwrap();
        text.strip_prefix('\u{FEFF}').unwrap().to_owned()
    } else if content_type.ends_with("iso-8859-1") {
        bytes.into_iter().map(char::from).collect()
    } else {
        String::from_utf8(bytes).unwrap()
    }
}

fn encode(codings: &[ContentCoding], bytes: &[u8]) -> Vec<u8> {
    let (mut encoder, mut encoded) = (Encoder::new(codings), Vec::new());
    encoder.encode(bytes, &mut encoded).unwrap();
    encoder.finish(&mut encoded).unwrap();
    encoded
}

fn decode(codings: &[ContentCoding], mut bytes: &[u8]) -> Vec<u8> {
    let limits = DecodeLimits {
        max_bytes: u64::MAX,
        max_ratio: u32::MAX,
    };
    let mut decoder = Decoder::new(codings, limits);
    let (mut decoded, mut piece) = (Vec::new(), Vec::new());
    let mut progress = Progress::NeedsInput;
    while !bytes.is_empty() || progress == Progress::OutputFull {
        progress = decoder.decode(&mut bytes, &mut piece, 1 << 16).unwrap();
        decoded.append(&mut piece);
    }
    while decoder.finish(&mut piece, 1 << 16).unwrap() != Finish::Done {
        decoded.append(&mut piece);
    }
    decoded.append(&mut piece);
    decoded
}

fn folder() -> Folder {
    let folder = Folder::new();
    let mails = "  - { name: mail, detect: [email], class: pan }\n";
    let form = POLICY.replace("columns:", "fields: FIELD, columns:");
    let form = form
        .replacen("FIELD", "[pan]", 1)
        .replacen("FIELD", "[ssn]", 1);
    folder.write("policy.yaml", form + mails);
    folder
}

fn run(folder: &Folder, threads: &str, content_type: &str, coding: &str, input: &[u8]) -> Ran {
    let arguments = [
        &TOKENIZE[..],
        &["--jobs", threads, "--content-type", content_type],
    ];
    let mut arguments = arguments.concat();
    if !coding.is_empty() {
        arguments.extend(["--content-encoding", coding]);
    }
    folder.run_with(&arguments, input)
}

#[test]
fn any_number_of_threads_makes_the_same_document() {
    use ContentCoding::{Brotli, Deflate, Gzip, Zstd};
    let folder = folder();
    let codings: [(&str, &[ContentCoding]); 6] = [
        ("", &[]),
        ("gzip", &[Gzip]),
        ("zstd", &[Zstd]),
        ("br", &[Brotli]),
        ("deflate", &[Deflate]),
        ("gzip,zstd", &[Gzip, Zstd]),
    ];
    for (number, document) in documents().iter().enumerate() {
        let content_type = document.content_type;
        let plain = encode_charset(content_type, &document.text);
        // each format plain and in one coding, and the first in all of them
        let some = [codings[0], codings[1 + number % 5]];
        let chosen = if number == 0 { &codings[..] } else { &some[..] };
        for (name, codings) in chosen {
            let input = encode(codings, &plain);
            for threads in THREADS {
                let ran = run(&folder, threads, content_type, name, &input).ok();
                let output = decode_charset(content_type, decode(codings, &ran.stdout));
                let values = document.values.iter().map(String::as_str);
                let whole = with_values(output.as_bytes(), values);
                assert!(whole == document.text, "{content_type} {name} {threads}");
            }
        }
    }
}

/// With a `T` for each token.
fn without_tokens(text: &[u8]) -> String {
    let text = std::str::from_utf8(text).unwrap();
    let parts = text.split("~vg1.").enumerate();
    let parts = parts.map(|(number, part)| match number {
        0 => part,
        _ => part.split_once('~').expect("a whole token").1,
    });
    parts.collect::<Vec<_>>().join("T")
}

#[test]
fn any_number_of_threads_finds_the_same_fault_after_the_same_output() {
    let folder = folder();
    let rows = |count: usize| -> String {
        let rows = (0..count).map(|n| format!("{{\"pan\":\"{n}\", \"n\":{n}}}\n"));
        rows.collect()
    };
    let long = "9".repeat(5_000);
    let malformed = "{\"pan\": tru}\n".to_owned();
    let too_long = format!("{{\"ssn\": \"{long}\"}}\n");
    for (fault, code) in [(malformed, "json-"), (too_long, "value-too-long")] {
        let input = rows(ROWS) + &fault + &rows(ROWS);
        let runs = THREADS.map(|threads| {
            let ran = run(
                &folder,
                threads,
                "application/x-ndjson",
                "",
                input.as_bytes(),
            );
            assert_eq!(ran.code, 1);
            (ran.stderr, without_tokens(&ran.stdout))
        });
        let (stderr, before) = &runs[0];
        assert!(stderr.contains(code), "{stderr}");
        assert!(before.len() > 1_000, "whole drafts were before it");
        for other in &runs[1..] {
            assert!(other == &runs[0], "{stderr} {}", other.0);
        }
    }
}
