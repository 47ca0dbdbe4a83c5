//! Against `aws-sigv4`, the signer of the AWS SDK for Rust, over random requests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderValue, Request};
use proptest::prelude::*;
use time::OffsetDateTime;

use super::{Authorization, Expected, SignatureError, verify};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SIGNED_AT: u64 = 1_800_000_000;

#[derive(Clone, Debug)]
struct Sample {
    method: &'static str,
    path_and_query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    token: Option<String>,
    hash_header: bool,
}

fn samples() -> impl Strategy<Value = Sample> {
    let segment = prop_oneof![
        Just(String::new()),
        Just(".".to_owned()),
        Just("..".to_owned()),
        "[a-zA-Z0-9_.~!$&'()*+,;=:@-]{1,6}",
        "(%[0-9A-F]{2}){1,3}",
    ];
    let path =
        prop::collection::vec(segment, 0..5).prop_map(|parts| format!("/{}", parts.join("/")));
    let pair = (
        "[a-zA-Z0-9_.~-]{1,5}",
        "[a-zA-Z0-9_.~!$'()*,;:@/?+-]{0,6}(%[0-7][0-9A-F]){0,2}",
    );
    let query = prop::collection::vec(pair, 0..4).prop_map(|pairs| {
        pairs
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect::<Vec<_>>()
            .join("&")
    });
    let header = ("x-(amz|other)-[a-c]{1,3}", "[a-zA-Z0-9 ,;=\"/-]{0,20}");
    let headers = prop::collection::vec(header, 0..5);
    (
        prop::sample::select(vec!["POST", "GET", "PUT"]),
        path,
        query,
        headers,
        prop::collection::vec(any::<u8>(), 0..200),
        prop::option::of("[a-zA-Z0-9+/=]{10,60}"),
        any::<bool>(),
    )
        .prop_map(
            |(method, path, query, headers, body, token, hash_header)| Sample {
                method,
                path_and_query: if query.is_empty() {
                    path
                } else {
                    format!("{path}?{query}")
                },
                headers,
                body,
                token,
                hash_header,
            },
        )
}

fn request(sample: &Sample) -> Request<()> {
    let mut builder = Request::builder()
        .method(sample.method)
        .uri(&sample.path_and_query)
        .header("host", "127.0.0.1:8092");
    for (name, value) in &sample.headers {
        builder = builder.header(name, value);
    }
    builder.body(()).unwrap()
}

fn signed(sample: &Sample) -> Request<()> {
    let mut request = request(sample);
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET, sample.token.clone(), None, "test");
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    if sample.hash_header {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("kms")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(SIGNED_AT))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let signable = SignableRequest::new(
        sample.method,
        format!("http://127.0.0.1:8092{}", sample.path_and_query),
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
        SignableBody::Bytes(&sample.body),
    )
    .unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut request);
    request
}

fn check(request: Request<()>, body: &[u8], now: i64) -> Result<(), SignatureError> {
    let (parts, ()) = request.into_parts();
    let authorization = Authorization::of(&parts)?;
    let now = OffsetDateTime::from_unix_timestamp(now).unwrap();
    let expected = Expected {
        secret_access_key: SECRET,
        now,
        regions: &["us-east-1"],
        service: "kms",
    };
    verify(&authorization, &parts, body, &expected)
}

fn plain() -> Sample {
    Sample {
        method: "POST",
        path_and_query: "/".to_owned(),
        headers: vec![("x-amz-target".to_owned(), "TrentService.Decrypt".to_owned())],
        body: b"{}".to_vec(),
        token: Some("token".to_owned()),
        hash_header: true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_the_sdk_signs_is_accepted(sample in samples()) {
        prop_assert_eq!(check(signed(&sample), &sample.body, SIGNED_AT as i64), Ok(()));
    }

    #[test]
    fn one_changed_bit_of_the_body_is_refused(sample in samples(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        prop_assume!(!sample.body.is_empty());
        let request = signed(&sample);
        let mut body = sample.body.clone();
        let at = at.index(body.len());
        body[at] ^= 1u8 << bit;
        let refused = matches!(check(request, &body, SIGNED_AT as i64), Err(SignatureError::Mismatch(_)));
        prop_assert!(refused);
    }

    #[test]
    fn one_changed_character_of_the_signature_is_refused(sample in samples(), at in 1usize..64) {
        let mut request = signed(&sample);
        let header = request.headers()["authorization"].to_str().unwrap().to_owned();
        let mut bytes = header.into_bytes();
        let at = bytes.len() - at;
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        request.headers_mut().insert("authorization", HeaderValue::from_bytes(&bytes).unwrap());
        let refused = matches!(check(request, &sample.body, SIGNED_AT as i64), Err(SignatureError::Mismatch(_)));
        prop_assert!(refused);
    }
}

#[test]
fn dates_may_be_a_quarter_of_an_hour_off() {
    let at = |offset: i64| check(signed(&plain()), b"{}", SIGNED_AT as i64 + offset);
    assert_eq!(at(900), Ok(()));
    assert_eq!(at(-900), Ok(()));
    assert!(matches!(at(901), Err(SignatureError::Mismatch(_))));
    assert!(matches!(at(-901), Err(SignatureError::Mismatch(_))));
}

#[test]
fn every_altered_part_is_refused() {
    type Change = fn(&mut Request<()>);
    let changes: [(&str, Change); 7] = [
        ("target", |r| {
            r.headers_mut().insert(
                "x-amz-target",
                HeaderValue::from_static("TrentService.Encrypt"),
            );
        }),
        ("host", |r| {
            r.headers_mut()
                .insert("host", HeaderValue::from_static("127.0.0.1:1"));
        }),
        ("unsigned x-amz header", |r| {
            r.headers_mut()
                .insert("x-amz-more", HeaderValue::from_static("1"));
        }),
        ("token", |r| {
            r.headers_mut()
                .insert("x-amz-security-token", HeaderValue::from_static("other"));
        }),
        ("declared hash", |r| {
            r.headers_mut().insert(
                "x-amz-content-sha256",
                HeaderValue::from_static("UNSIGNED-PAYLOAD"),
            );
        }),
        ("method", |r| *r.method_mut() = http::Method::PUT),
        ("path", |r| *r.uri_mut() = "/other".parse().unwrap()),
    ];
    for (name, change) in changes {
        let mut request = signed(&plain());
        change(&mut request);
        let outcome = check(request, b"{}", SIGNED_AT as i64);
        assert!(
            matches!(outcome, Err(SignatureError::Mismatch(_))),
            "{name}: {outcome:?}"
        );
    }
}

#[test]
fn a_header_that_is_not_whole_is_told_apart() {
    let with = |change: &dyn Fn(String) -> String| {
        let mut request = signed(&plain());
        let header = request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        let header = HeaderValue::from_str(&change(header)).unwrap();
        request.headers_mut().insert("authorization", header);
        check(request, b"{}", SIGNED_AT as i64)
    };
    type Change = fn(String) -> String;
    let incomplete: [(&str, Change); 7] = [
        ("scheme", |h| {
            h.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512")
        }),
        ("no credential", |h| h.replace("Credential=", "Other=")),
        ("no signature", |h| {
            h.split(", Signature").next().unwrap().to_owned()
        }),
        ("credential short", |h| h.replace("/aws4_request", "")),
        ("terminator", |h| h.replace("aws4_request", "aws5_request")),
        ("unsorted headers", |h| h.replace("host;", "zzz;host;")),
        ("field twice", |h| {
            h.clone() + ", " + h.split(' ').next_back().unwrap()
        }),
    ];
    for (name, change) in incomplete {
        let outcome = with(&change);
        assert!(
            matches!(outcome, Err(SignatureError::Incomplete(_))),
            "{name}: {outcome:?}"
        );
    }
    let mismatch: [(&str, Change); 5] = [
        ("region", |h| h.replace("us-east-1", "eu-west-1")),
        ("service", |h| h.replace("/kms/", "/sts/")),
        ("host not signed", |h| h.replace("host;", "")),
        ("target not signed", |h| h.replace(";x-amz-target", "")),
        ("signed but absent", |h| {
            h.replace("x-amz-target,", "x-amz-target;x-amz-zz,")
        }),
    ];
    for (name, change) in mismatch {
        let outcome = with(&change);
        assert!(
            matches!(outcome, Err(SignatureError::Mismatch(_))),
            "{name}: {outcome:?}"
        );
    }
    assert_eq!(
        check(request(&plain()), b"{}", SIGNED_AT as i64),
        Err(SignatureError::Missing)
    );
}
