//! Keys and tokens of machines.

use super::{Look, Spec, Tried, Verdict};
use crate::text::{Text, is_word};
use policies::Detector;
use std::ops::Range;

/// Longest private key in PEM that is looked for.
pub(super) const MAX_PEM: usize = 16 << 10;
/// Longest token.
const MAX_TOKEN: usize = 8 << 10;

pub(super) const SPECS: &[Spec] = &[
    spec(Detector::JsonWebToken, &[], json_web_token),
    spec(Detector::PemPrivateKey, &[], pem_private_key),
    spec(Detector::AwsAccessKey, &[], aws_access_key),
    spec(
        Detector::AwsSecretKey,
        &[
            "aws",
            "secret",
            "secret_access_key",
            "secretaccesskey",
            "aws_secret_access_key",
            "amazon",
        ],
        aws_secret_key,
    ),
    spec(Detector::GoogleApiKey, &[], google_api_key),
    spec(
        Detector::AzureStorageKey,
        &[
            "accountkey",
            "account key",
            "azure",
            "storage",
            "sharedaccesskey",
        ],
        azure_storage_key,
    ),
    spec(Detector::GithubToken, &[], github_token),
    spec(Detector::SlackToken, &[], slack_token),
    spec(Detector::StripeKey, &[], stripe_key),
];

const fn spec(
    detector: Detector,
    words: &'static [&'static str],
    look: fn(&Text<'_>, usize, usize, usize) -> Look,
) -> Spec {
    let tried = Tried::Word(look);
    Spec {
        detector,
        tried,
        words,
    }
}

/// Whether a word without digits may begin a secret.
pub(crate) fn is_secret_word(word: &[u8]) -> bool {
    word.starts_with(b"eyJ") || word.starts_with(b"AIza") || word.len() > 19
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

fn starts_with(text: &Text<'_>, at: usize, what: &[u8]) -> bool {
    text.slice(at, at + what.len()) == what
}

/// Three parts in base64url, of which the first two are JSON objects.
fn json_web_token(text: &Text<'_>, start: usize, _end: usize, _floor: usize) -> Look {
    if !text.bytes.get(start..)?.starts_with(b"eyJ") {
        return None;
    }
    let header = text.run(start, MAX_TOKEN, is_base64url);
    if text.get(header) != Some(b'.') || !starts_with(text, header + 1, b"eyJ") {
        return None;
    }
    let claims = text.run(header + 1, MAX_TOKEN, is_base64url);
    if text.get(claims) != Some(b'.') {
        return None;
    }
    let end = text.run(claims + 1, MAX_TOKEN, is_base64url);
    Some((start..end, Verdict::Sure))
}

/// From its BEGIN line to its END line; a key that does not end in time is taken as far as it goes.
fn pem_private_key(text: &Text<'_>, start: usize, end: usize, floor: usize) -> Look {
    if text.bytes.get(start..end)? != b"BEGIN" {
        return None;
    }
    let begin = start.checked_sub(5).filter(|begin| *begin >= floor)?;
    if text.bytes.get(begin..start)? != b"-----" {
        return None;
    }
    let line = text.slice(start, start + 64);
    let label = line.windows(5).position(|window| window == b"-----")?;
    let label = line.get(..label)?;
    if !label.ends_with(b"PRIVATE KEY") && !label.ends_with(b"PRIVATE KEY BLOCK") {
        return None;
    }
    let body = text.slice(start, begin + MAX_PEM);
    let close = memchr::memmem::find(body, b"-----END ");
    let end = close.and_then(|close| {
        let after = body.get(close + 9..)?;
        let dashes = memchr::memmem::find(after, b"-----")?;
        Some(start + close + 9 + dashes + 5)
    });
    let end = end.unwrap_or(start + body.len());
    Some((begin..end, Verdict::Sure))
}

/// Base32 behind the prefix of a key (AWS IAM, unique identifiers).
fn aws_access_key(text: &Text<'_>, start: usize, end: usize, _floor: usize) -> Look {
    let word = text.bytes.get(start..end)?;
    let head = word.starts_with(b"AKIA") || word.starts_with(b"ASIA");
    let base32 = word
        .iter()
        .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    (head && word.len() == 20 && base32).then_some((start..end, Verdict::Sure))
}

/// A run of base64 of exactly this length around a word.
fn base64_run(text: &Text<'_>, start: usize, floor: usize, length: usize) -> Option<Range<usize>> {
    let floor = floor.max(start.saturating_sub(length));
    let start = text.run_back(start, floor, is_base64);
    if text.before(start).is_some_and(is_base64) {
        return None;
    }
    let end = text.run(start, length + 1, is_base64);
    (end - start == length).then_some(start..end)
}

fn aws_secret_key(text: &Text<'_>, start: usize, _end: usize, floor: usize) -> Look {
    let span = base64_run(text, start, floor, 40)?;
    let value = text.bytes.get(span.clone())?;
    let all = |is: fn(&u8) -> bool| value.iter().any(is);
    let mixed =
        all(u8::is_ascii_uppercase) && all(u8::is_ascii_lowercase) && all(u8::is_ascii_digit);
    let ends = text.get(span.end) != Some(b'=');
    (mixed && ends).then_some((span, Verdict::WithContext))
}

fn azure_storage_key(text: &Text<'_>, start: usize, _end: usize, floor: usize) -> Look {
    let span = base64_run(text, start, floor, 86)?;
    starts_with(text, span.end, b"==").then_some((span.start..span.end + 2, Verdict::WithContext))
}

fn google_api_key(text: &Text<'_>, start: usize, _end: usize, _floor: usize) -> Look {
    if !text.bytes.get(start..)?.starts_with(b"AIza") {
        return None;
    }
    let end = text.run(start, 40, is_base64url);
    (end - start == 39).then_some((start..end, Verdict::Sure))
}

/// A prefix that ends in a separator before the word, and the token's end behind it.
fn prefixed(
    text: &Text<'_>,
    start: usize,
    floor: usize,
    prefixes: &[&[u8]],
    part: fn(u8) -> bool,
    lengths: std::ops::RangeInclusive<usize>,
) -> Look {
    let prefix = prefixes.iter().find(|prefix| {
        let begin = start
            .checked_sub(prefix.len())
            .filter(|begin| *begin >= floor);
        begin.and_then(|begin| text.bytes.get(begin..start)) == Some(**prefix)
    })?;
    let begin = start - prefix.len();
    if text.before(begin).is_some_and(is_word) {
        return None;
    }
    let end = text.run(start, lengths.end() + 1, part);
    lengths
        .contains(&(end - start))
        .then_some((begin..end, Verdict::Sure))
}

fn github_token(text: &Text<'_>, start: usize, _end: usize, floor: usize) -> Look {
    let classic: &[&[u8]] = &[b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"];
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    prefixed(text, start, floor, classic, part, 36..=255)
        .or_else(|| prefixed(text, start, floor, &[b"github_pat_"], part, 40..=255))
}

fn slack_token(text: &Text<'_>, start: usize, _end: usize, floor: usize) -> Look {
    let prefixes: &[&[u8]] = &[b"xoxb-", b"xoxp-", b"xoxa-", b"xoxr-", b"xoxs-"];
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    prefixed(text, start, floor, prefixes, part, 10..=250)
}

fn stripe_key(text: &Text<'_>, start: usize, _end: usize, floor: usize) -> Look {
    let prefixes: &[&[u8]] = &[b"sk_live_", b"rk_live_", b"sk_test_", b"rk_test_"];
    prefixed(
        text,
        start,
        floor,
        prefixes,
        |byte| byte.is_ascii_alphanumeric(),
        16..=247,
    )
}
