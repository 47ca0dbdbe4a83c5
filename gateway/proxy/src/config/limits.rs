//! Limits and times, with their defaults and ranges.

use std::ops::RangeInclusive;
use std::time::Duration;

use policies::Code;
use policies::units::{Size, Span};
use policies::yaml::{Report, Spanned};

use super::raw;

/// Limits and times of the gateway. `docs/gateway.md` says what each does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open client connections.
    pub connections: usize,
    /// Concurrent requests.
    pub requests: usize,
    /// Largest request head, in bytes.
    pub head: usize,
    /// Largest request body, in bytes.
    pub body: u64,
    /// A body that is rewritten within this many bytes is sent whole, with a `Content-Length`.
    pub small_body: usize,
    /// Most bytes that a body may decode to.
    pub decoded_body: u64,
    /// Most bytes that a body may decode to for each of its own.
    pub decoding_ratio: u32,
    /// For a whole head, and between requests of a kept connection.
    pub header_timeout: Duration,
    /// Longest silence within a body, in either direction.
    pub body_idle_timeout: Duration,
    /// For a connection to an upstream.
    pub connect_timeout: Duration,
    /// From the end of a request's body to the first bytes of the upstream's answer.
    pub answer_timeout: Duration,
    /// How long an unused connection to an upstream is kept.
    pub upstream_idle_timeout: Duration,
    /// How long open requests may take after the stop signal.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            requests: 4096,
            head: 64 << 10,
            body: 1 << 40,
            small_body: 64 << 10,
            decoded_body: 1 << 40,
            decoding_ratio: 200,
            header_timeout: Duration::from_secs(30),
            body_idle_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(60),
            upstream_idle_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// Limits of bodies with content codings.
    pub(crate) fn decoding(&self) -> coding::DecodeLimits {
        coding::DecodeLimits {
            max_bytes: self.decoded_body,
            max_ratio: self.decoding_ratio,
        }
    }
}

const COUNT: RangeInclusive<u64> = 1..=1_000_000;

impl Limits {
    pub(super) fn compile(report: &mut Report<'_>, raw: &raw::Limits) -> Self {
        let base = Self::default();
        Self {
            connections: count(report, raw.connections.as_ref(), base.connections),
            requests: count(report, raw.requests.as_ref(), base.requests),
            // hyper's own buffer has at least 8 KiB
            head: small_size(report, raw.head.as_ref(), 8 << 10..=1 << 20, base.head),
            body: size(report, raw.body.as_ref(), 0..=u64::MAX, base.body),
            small_body: small_size(
                report,
                raw.small_body.as_ref(),
                0..=16 << 20,
                base.small_body,
            ),
            decoded_body: size(
                report,
                raw.decoded_body.as_ref(),
                0..=u64::MAX,
                base.decoded_body,
            ),
            decoding_ratio: ratio(report, raw.decoding_ratio.as_ref(), base.decoding_ratio),
            header_timeout: span(report, raw.header_timeout.as_ref(), base.header_timeout),
            body_idle_timeout: span(
                report,
                raw.body_idle_timeout.as_ref(),
                base.body_idle_timeout,
            ),
            connect_timeout: span(report, raw.connect_timeout.as_ref(), base.connect_timeout),
            answer_timeout: span(report, raw.answer_timeout.as_ref(), base.answer_timeout),
            upstream_idle_timeout: span(
                report,
                raw.upstream_idle_timeout.as_ref(),
                base.upstream_idle_timeout,
            ),
            drain: span(report, raw.drain.as_ref(), base.drain),
        }
    }
}

fn ratio(report: &mut Report<'_>, given: Option<&Spanned<u64>>, default: u32) -> u32 {
    let Some(given) = given else { return default };
    let ratio = u32::try_from(given.value).ok().filter(|ratio| *ratio > 0);
    if ratio.is_none() {
        let help = "write a number from 1 on, such as 200";
        report.error(Code::OutOfRange, given, "the number is out of range", help);
    }
    ratio.unwrap_or(default)
}

fn count(report: &mut Report<'_>, given: Option<&Spanned<u64>>, default: usize) -> usize {
    let Some(given) = given else { return default };
    if !COUNT.contains(&given.value) {
        let help = format!("write a number from {} to {}", COUNT.start(), COUNT.end());
        report.error(Code::OutOfRange, given, "the number is out of range", help);
    }
    usize::try_from(given.value).unwrap_or(default)
}

fn size(
    report: &mut Report<'_>,
    given: Option<&Spanned<Size>>,
    range: RangeInclusive<u64>,
    default: u64,
) -> u64 {
    let Some(given) = given else { return default };
    if !range.contains(&given.value.0) {
        let help = format!(
            "write a size from {} to {}",
            Size(*range.start()),
            Size(*range.end())
        );
        report.error(Code::OutOfRange, given, "the size is out of range", help);
    }
    given.value.0
}

fn small_size(
    report: &mut Report<'_>,
    given: Option<&Spanned<Size>>,
    range: RangeInclusive<u64>,
    default: usize,
) -> usize {
    let bytes = size(report, given, range, default as u64);
    usize::try_from(bytes).unwrap_or(default)
}

fn span(report: &mut Report<'_>, given: Option<&Spanned<Span>>, default: Duration) -> Duration {
    let Some(given) = given else { return default };
    let longest = Duration::from_secs(86_400);
    if given.value.0.is_zero() || given.value.0 > longest {
        let help = "write a duration from `1ms` to `1d`";
        report.error(
            Code::OutOfRange,
            given,
            "the duration is out of range",
            help,
        );
    }
    given.value.0
}
