#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::VecDeque;

use proptest::prelude::*;
use tokio::io::AsyncReadExt;

use super::*;

const MAX: usize = 4096;

/// A stream that gives these pieces, one for each read.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buffer.remaining()));
            buffer.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// What hyper would see of `pieces`, and the verdict.
fn through(pieces: Vec<Vec<u8>>) -> (Vec<u8>, Arc<Verdict>, u64) {
    let pieces = pieces
        .into_iter()
        .filter(|piece| !piece.is_empty())
        .collect();
    let mut guard = Guard::http1(Pieces(pieces), MAX);
    let mut seen = Vec::new();
    // Ready at the end or at a fault; pending after a refused head. It never has to wait.
    let _ = futures_util::FutureExt::now_or_never(guard.read_to_end(&mut seen));
    (seen, guard.verdict(), guard.heads)
}

fn whole(input: &[u8]) -> (Vec<u8>, Arc<Verdict>, u64) {
    through(vec![input.to_vec()])
}

#[track_caller]
fn refused(input: &[u8]) -> Refusal {
    let (seen, verdict, heads) = whole(input);
    assert_eq!(seen, STAND_IN, "hyper saw the client's bytes");
    assert_eq!(heads, 0);
    verdict.refusal(0).unwrap()
}

#[track_caller]
fn passes(input: &[u8], expected_heads: u64) {
    let (seen, verdict, heads) = whole(input);
    assert_eq!(
        String::from_utf8_lossy(&seen),
        String::from_utf8_lossy(input)
    );
    assert_eq!((verdict.refused.get(), verdict.body_fault()), (None, None));
    assert_eq!(heads, expected_heads);
}

fn head(line: &str, fields: &[&str]) -> Vec<u8> {
    let mut head = format!("{line}\r\n");
    for field in fields {
        head += field;
        head += "\r\n";
    }
    (head + "\r\n").into_bytes()
}

#[test]
fn passes_what_can_be_read_in_one_way() {
    passes(&head("GET / HTTP/1.1", &["host: a"]), 1);
    passes(&head("GET / HTTP/1.0", &[]), 1);
    passes(
        &head(
            "\r\nGET /a?b=c#d HTTP/1.1",
            &["Host:[::1]:80", "My_Header: \t \u{e9}"],
        ),
        1,
    );
    passes(&head("OPTIONS * HTTP/1.1", &["host: a"]), 1);
    passes(&head("GET http://A:80/x HTTP/1.1", &["host: a:80"]), 1);
    passes(b"PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabcGET / HTTP/1.1\r\nhost: a\r\n\r\n", 2);
    passes(
        b"PUT / HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n00\r\nx-sum: 1\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        2,
    );
}

#[test]
fn refuses_what_could_be_read_in_two() {
    let post = "POST / HTTP/1.1";
    for (line, fields, refusal) in [
        (
            post,
            &["host: a", "content-length: 1", "content-length: 1"][..],
            Refusal::ContentLength,
        ),
        (
            post,
            &["host: a", "content-length: 1, 1"],
            Refusal::ContentLength,
        ),
        (
            post,
            &["host: a", "content-length: +1"],
            Refusal::ContentLength,
        ),
        (
            post,
            &["host: a", "content-length:"],
            Refusal::ContentLength,
        ),
        (
            post,
            &["host: a", "content-length: 9223372036854775808"],
            Refusal::ContentLength,
        ),
        (
            post,
            &["host: a", "content-length: 1", "transfer-encoding: chunked"],
            Refusal::TwoFramings,
        ),
        (
            post,
            &["host: a", "transfer-encoding: gzip, chunked"],
            Refusal::TransferEncoding,
        ),
        (
            post,
            &["host: a", "transfer-encoding: chunked\u{b}"],
            Refusal::FieldValue,
        ),
        (
            post,
            &["host: a", "transfer-encoding: identity"],
            Refusal::TransferEncoding,
        ),
        (
            "POST / HTTP/1.0",
            &["host: a", "transfer-encoding: chunked"],
            Refusal::TransferEncoding,
        ),
        (post, &["host: a", "content_length: 1"], Refusal::LookAlike),
        (
            post,
            &["host: a", "Transfer_Encoding: chunked"],
            Refusal::LookAlike,
        ),
        (post, &["host: a", "content-length : 1"], Refusal::FieldName),
        (post, &["host: a", "x: 1", " y: 2"], Refusal::FoldedLine),
        (post, &["host: a", "x: 1\r2"], Refusal::FieldValue),
        (post, &["host: a", "x: 1\r"], Refusal::FieldValue),
        (post, &["host: a", "x: 1\n2"], Refusal::BareLineFeed),
        (post, &["host: a", "x: \0"], Refusal::FieldValue),
        (post, &["host: a", "no colon"], Refusal::FieldName),
        (post, &["host: a", ": empty"], Refusal::FieldName),
        (post, &[], Refusal::Host),
        (post, &["host: a", "host: a"], Refusal::Host),
        (post, &["host: "], Refusal::Host),
        (post, &["host: a/b"], Refusal::Host),
        ("GET http://b/ HTTP/1.1", &["host: a"], Refusal::Host),
        ("GET http://u@a/ HTTP/1.1", &["host: a"], Refusal::Target),
        ("GET ftp://a/ HTTP/1.1", &["host: a"], Refusal::Target),
        ("GET a HTTP/1.1", &["host: a"], Refusal::Target),
        ("GET  / HTTP/1.1", &["host: a"], Refusal::RequestLine),
        ("GET / HTTP/1.1 ", &["host: a"], Refusal::RequestLine),
        (" GET / HTTP/1.1", &["host: a"], Refusal::RequestLine),
        ("GET /\t HTTP/1.1", &["host: a"], Refusal::Target),
        ("GET /", &["host: a"], Refusal::RequestLine),
        ("G@T / HTTP/1.1", &["host: a"], Refusal::Method),
        ("GET / HTTP/1.2", &["host: a"], Refusal::Version),
        ("GET / http/1.1", &["host: a"], Refusal::Version),
        ("PRI * HTTP/2.0", &["host: a"], Refusal::Target),
    ] {
        let input = head(line, fields);
        assert_eq!(
            refused(&input),
            refusal,
            "{}",
            String::from_utf8_lossy(&input)
        );
    }
    let many = vec!["x: y"; 101];
    assert_eq!(refused(&head("GET / HTTP/1.1", &many)), Refusal::TooLarge);
    let long = format!("x: {}", "y".repeat(MAX));
    assert_eq!(
        refused(&head("GET / HTTP/1.1", &["host: a", &long])),
        Refusal::TooLarge
    );
    assert_eq!(refused(&vec![b'x'; MAX + 1]), Refusal::TooLarge);
}

#[test]
fn a_refused_head_after_good_ones_has_its_number() {
    let mut input = head("GET / HTTP/1.1", &["host: a"]);
    input.extend(head("GET / HTTP/1.1", &["host: a"]));
    let good = input.len();
    input.extend(b"GET / HTTP/1.1\nhost: a\r\n\r\nGET /never HTTP/1.1\r\nhost: a\r\n\r\n");
    let (seen, verdict, heads) = whole(&input);
    assert_eq!(seen, [&input[..good], STAND_IN].concat());
    assert_eq!(heads, 2);
    assert_eq!(verdict.refusal(1), None);
    assert_eq!(verdict.refusal(2), Some(Refusal::BareLineFeed));
}

#[test]
fn a_body_that_two_parsers_could_read_differently_never_ends() {
    let start = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    for (body, fault) in [
        ("3\nabc\r\n0\r\n\r\n", BodyFault::SizeLine),
        ("3 \r\nabc\r\n0\r\n\r\n", BodyFault::SizeLine),
        ("0x3\r\nabc\r\n0\r\n\r\n", BodyFault::SizeLine),
        ("-1\r\n", BodyFault::SizeLine),
        ("\r\n", BodyFault::SizeLine),
        ("10000000000000000\r\n", BodyFault::SizeLine),
        ("3;a\rb\r\nabc\r\n0\r\n\r\n", BodyFault::SizeLine),
        ("3\r\nabcd\r\n0\r\n\r\n", BodyFault::ChunkEnd),
        ("3\r\nabc\n0\r\n\r\n", BodyFault::ChunkEnd),
        ("0\r\ncontent-length: 5\r\n\r\n", BodyFault::Trailer),
        ("0\r\nx: 1\n\r\n", BodyFault::Trailer),
        ("0\r\n x: 1\r\n\r\n", BodyFault::Trailer),
    ] {
        let (seen, verdict, _) = whole(format!("{start}{body}").as_bytes());
        assert_eq!(verdict.body_fault(), Some(fault), "{body:?}");
        assert!(!seen.ends_with(b"0\r\n\r\n"), "{body:?}");
    }
}

const CASES: [&[u8]; 6] = [
    b"GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    b"\r\nPUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello",
    b"PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\nx: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: a\nx: y\r\n\r\n",
    b"PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\nhost: y\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5",
];

proptest! {
    /// Any sequence of requests, in any pieces, is seen and judged as in one piece.
    #[test]
    fn pieces_do_not_matter(
        cases in prop::collection::vec(0..CASES.len(), 1..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let input: Vec<u8> = cases.iter().flat_map(|&case| CASES[case].iter().copied()).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len())).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| input[pair[0]..pair[1]].to_vec()).collect();
        let (seen, verdict, heads) = through(pieces);
        let (expected, expected_verdict, expected_heads) = whole(&input);
        prop_assert_eq!(heads, expected_heads);
        prop_assert_eq!(&verdict.refused, &expected_verdict.refused);
        prop_assert_eq!(verdict.body_fault(), expected_verdict.body_fault());
        if expected_verdict.body_fault().is_none() {
            prop_assert_eq!(seen, expected);
        }
    }
}
