//! What rules look for in texts.

mod unmatchable;

use super::raw;
use crate::detector::{Checksum, Detector};
use crate::diagnostic::{Code, Place};
use crate::policy::{Detect, DetectWhat};
use crate::yaml::{OneOrMany, Report, Source, Spanned, choice_help};

/// Most bytes that a compiled pattern may take: a small file must not fill the memory.
const MAX_PATTERN_BYTES: usize = 1 << 20;

pub(super) fn compile(
    report: &mut Report<'_>,
    source: &Source<'_>,
    raw: Option<&Spanned<OneOrMany<raw::Detect>>>,
) -> Vec<Detect> {
    let Some(raw) = raw else { return Vec::new() };
    let list = OneOrMany::list(raw);
    if list.is_empty() {
        let help = "write a detector's name such as `payment-card`, or a list of them";
        report.error(Code::EmptySelect, raw, "this rule selects nothing", help);
    }
    let detects = list.iter().map(|raw| match &raw.value {
        raw::Detect::Name(name) => Some(Detect {
            what: DetectWhat::BuiltIn(detector(report, Place::from(raw), name)?),
            context: Vec::new(),
            never: Vec::new(),
        }),
        raw::Detect::More(more) => detect(report, source, Place::from(raw), more),
    });
    detects.collect::<Vec<_>>().into_iter().flatten().collect()
}

fn detect(
    report: &mut Report<'_>,
    source: &Source<'_>,
    place: Place,
    raw: &raw::DetectMore,
) -> Option<Detect> {
    let checksum = raw.checksum.as_ref().map(|raw| checksum(report, raw));
    let what = match (&raw.built_in, &raw.pattern) {
        (Some(name), None) => {
            if let Some(checksum) = &raw.checksum {
                let help = "remove it: a built-in detector has its own";
                report.error(
                    Code::WrongValue,
                    checksum,
                    "only a pattern takes a checksum",
                    help,
                );
            }
            detector(report, Place::from(name), &name.value).map(DetectWhat::BuiltIn)
        }
        (None, Some(text)) => pattern(report, source, text).map(|pattern| DetectWhat::Pattern {
            pattern,
            checksum: checksum.flatten(),
        }),
        (given, _) => {
            let (message, help) = match given {
                Some(_) => (
                    "`built_in` and `pattern` exclude each other",
                    "remove one of the two",
                ),
                None => (
                    "one of `built_in` and `pattern` is needed",
                    "write `built_in: payment-card`, or `pattern: 'EMP-\\d{6}'`",
                ),
            };
            report.error(Code::WrongValue, place, message, help);
            None
        }
    };
    let detect = Detect {
        what: what?,
        context: texts(report, &raw.context),
        never: texts(report, &raw.never),
    };
    if let (DetectWhat::Pattern { pattern, checksum }, Some(text)) = (&detect.what, &raw.pattern)
        && let Some(why) = unmatchable::why(pattern, *checksum, &detect.never)
    {
        let help = "correct it, or remove it: nothing is ever taken by it";
        report.warning(Code::NeverMatches, text, why, help);
    }
    Some(detect)
}

fn detector(report: &mut Report<'_>, place: Place, name: &str) -> Option<Detector> {
    let found = Detector::from_name(name);
    if found.is_none() {
        let known: Vec<_> = Detector::ALL.iter().map(|each| each.name()).collect();
        let message = format!("no detector is named `{name}`");
        report.error(Code::WrongValue, place, message, choice_help(name, &known));
    }
    found
}

fn checksum(report: &mut Report<'_>, raw: &Spanned<String>) -> Option<Checksum> {
    let found = Checksum::from_name(&raw.value);
    if found.is_none() {
        let known: Vec<_> = Checksum::ALL.iter().map(|each| each.name()).collect();
        let message = format!("no checksum is named `{}`", raw.value);
        report.error(
            Code::WrongValue,
            raw,
            message,
            choice_help(&raw.value, &known),
        );
    }
    found
}

fn pattern(report: &mut Report<'_>, source: &Source<'_>, raw: &Spanned<String>) -> Option<String> {
    let compiled = regex::bytes::RegexBuilder::new(&raw.value)
        .size_limit(MAX_PATTERN_BYTES)
        .build();
    let (message, help) = match compiled {
        Ok(pattern) if !pattern.is_match(b"") => return Some(raw.value.clone()),
        Ok(_) => (
            "this pattern matches the empty text".to_owned(),
            "make it match at least one character".to_owned(),
        ),
        Err(regex::Error::CompiledTooBig(_)) => (
            "this pattern is too big".to_owned(),
            "use smaller repetitions".to_owned(),
        ),
        Err(_) => (
            "this is not a regular expression".to_owned(),
            "write one without look-around and back-references, in single quotes".to_owned(),
        ),
    };
    report.error(Code::DetectPattern, source.inside(raw, 0), message, help);
    None
}

fn texts(report: &mut Report<'_>, raw: &[Spanned<String>]) -> Vec<String> {
    for each in raw.iter().filter(|each| each.value.trim().is_empty()) {
        let help = "write a word, or remove it";
        report.error(Code::WrongValue, each, "this is empty", help);
    }
    raw.iter().map(|each| each.value.clone()).collect()
}
