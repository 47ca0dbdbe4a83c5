//! The request smuggling corpus (`shared/vectors/http-desync`), over raw sockets.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::support::{Client, Gateway, Setup, Upstream};

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    uri: String,
    method: String,
    version: String,
    #[serde(default)]
    headers: Option<Vec<Field>>,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    value: Scalar,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(u64),
    Text(String),
}

/// The corpus's file, found by walking up from this crate.
fn cases(file: &str) -> Option<Vec<Case>> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find_map(|folder| {
            let path: PathBuf = folder.join("shared/vectors/http-desync").join(file);
            path.exists().then_some(path)
        });
    let Some(path) = found else {
        println!("skipped: shared/vectors/http-desync/{file} is not there");
        return None;
    };
    Some(serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// Text of the corpus as bytes: `\x85` is that byte where it stands for obs-text.
fn bytes(text: &str) -> Vec<u8> {
    text.chars()
        .flat_map(|char| match u8::try_from(u32::from(char)) {
            Ok(byte) => vec![byte],
            Err(_) => char.to_string().into_bytes(),
        })
        .collect()
}

/// The case as a client would send it. The corpus tests a library that gets parsed heads, so it
/// leaves `Host` out; it is added, or else every case would be refused for the want of it.
fn request(case: &Case) -> Vec<u8> {
    let mut raw = bytes(&case.method);
    raw.extend(b" ");
    raw.extend(bytes(&case.uri));
    raw.extend(b" ");
    raw.extend(bytes(&case.version));
    raw.extend(b"\r\n");
    let fields = case.headers.as_deref().unwrap_or_default();
    if !fields
        .iter()
        .any(|field| field.name.eq_ignore_ascii_case("host"))
    {
        raw.extend(b"Host: localhost\r\n");
    }
    for field in fields {
        raw.extend(bytes(&field.name));
        raw.extend(b": ");
        match &field.value {
            Scalar::Number(number) => raw.extend(number.to_string().bytes()),
            Scalar::Text(text) => raw.extend(bytes(text)),
        }
        raw.extend(b"\r\n");
    }
    raw.extend(b"\r\n");
    raw
}

#[test]
fn every_severe_case_gets_a_400_and_a_closed_connection() {
    let Some(cases) = cases("severe.yaml") else {
        return;
    };
    let upstream = Upstream::start();
    // A route that passes bodies untouched: only the guard stands in the way.
    let gateway = Gateway::start(&Setup::to(upstream.address));
    for case in &cases {
        let case = Case {
            uri: case.uri.replace("/foo/", "/open/"),
            ..copy(case)
        };
        for smuggled in ["", "GET /open/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
            let mut client = Client::connect(gateway.address);
            client.write([request(&case).as_slice(), smuggled.as_bytes()].concat());
            let answer = client.answer();
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "ambiguous-request"),
                "{}",
                case.name
            );
            assert_eq!(answer.header("connection"), Some("close"), "{}", case.name);
            assert!(client.is_closed(), "{}", case.name);
        }
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
    println!("{} severe cases", cases.len());
}

fn copy(case: &Case) -> Case {
    let text = |value: &Scalar| match value {
        Scalar::Number(number) => Scalar::Number(*number),
        Scalar::Text(text) => Scalar::Text(text.clone()),
    };
    let fields = case.headers.as_ref().map(|fields| {
        fields
            .iter()
            .map(|field| Field {
                name: field.name.clone(),
                value: text(&field.value),
            })
            .collect()
    });
    Case {
        name: case.name.clone(),
        uri: case.uri.clone(),
        method: case.method.clone(),
        version: case.version.clone(),
        headers: fields,
    }
}

/// Compliant cases that are refused all the same, with why.
const REFUSED: [(&str, &str); 4] = [
    (
        "Different Transfer-Encoding headers",
        "only chunked is decoded; a coded body cannot be inspected",
    ),
    (
        "Different Transfer-Encoding headers combined",
        "only chunked is decoded",
    ),
    (
        "Transfer-Encoding with a param: chunked;custom_param",
        "chunked has no parameters (RFC 9112, section 7.1)",
    ),
    (
        "Empty URI",
        "no request line without a target (RFC 9112, section 3)",
    ),
];

#[test]
fn compliant_cases_pass_but_for_the_named_ones() {
    let Some(cases) = cases("rfc-compliant.yaml") else {
        return;
    };
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    for case in &cases {
        let mut case = copy(case);
        if !case.uri.is_empty() {
            case.uri = format!(
                "/open{}",
                case.uri.strip_prefix("/foo").unwrap_or(&case.uri)
            );
        }
        let mut raw = request(&case);
        if case.uri.contains('с') {
            // This one is about UTF-8 in the target, not about single bytes.
            assert!(!case.uri.is_ascii());
        }
        let text = String::from_utf8_lossy(&raw).into_owned();
        if text.contains("chunked") {
            raw.extend(b"0\r\n\r\n");
        } else if text.contains("Content-Length: 1000") {
            raw.extend([b'x'; 1000]);
        }
        let answer = Client::connect(gateway.address).ask(raw);
        let refused = REFUSED.iter().any(|(name, _)| *name == case.name);
        let expected = if refused { 400 } else { 200 };
        assert_eq!(answer.status, expected, "{}: {answer:?}", case.name);
        if refused {
            assert_eq!(answer.code(), "ambiguous-request");
        }
    }
}

/// Either may happen; what may not is another answer, or a hanging connection.
#[test]
fn acceptable_cases_pass_or_are_refused_with_a_problem() {
    let Some(cases) = cases("acceptable.yaml") else {
        return;
    };
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup::to(upstream.address));
    for case in &cases {
        let mut case = copy(case);
        case.uri = case.uri.replace("/foo/", "/open/");
        let answer = Client::connect(gateway.address).ask(request(&case));
        match answer.status {
            200 => {}
            400 if case.method == "HEAD" => {}
            400 => assert_eq!(answer.code(), "ambiguous-request", "{}", case.name),
            other => panic!("{}: {other}", case.name),
        }
    }
}
