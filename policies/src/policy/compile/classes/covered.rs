//! What is left of a value without a key: `bucket`, `mask`, `redact`.

use super::derived::order;
use super::raw;
use super::settings::Settings;
use crate::diagnostic::{Code, Place};
use crate::kind::{Bucket, BucketOutput, Kind, Mask, Redact, TimeUnit};

/// Most characters that a mask keeps, or writes.
const MAX_MASK: u64 = 256;
/// Most edges of a class.
const MAX_EDGES: usize = 1000;
/// Longest constant, in bytes.
const MAX_CONSTANT: usize = 1024;

/// `kind: bucket`.
pub(super) fn bucket(settings: &mut Settings<'_, '_, '_>) -> Option<Kind> {
    let raw = settings.raw;
    let given = [
        raw.width.as_ref().map(Place::from),
        raw.edges.as_ref().map(Place::from),
        raw.unit.as_ref().map(Place::from),
    ];
    let given: Vec<Place> = given.into_iter().flatten().collect();
    match given.as_slice() {
        [] => {
            let what = "the width of ranges of numbers, or `edges:` with where they begin, or `unit:` for dates";
            settings.missing("width", what);
            return None;
        }
        [_] => {}
        [_, second, ..] => {
            let message = "one of `width`, `edges` and `unit` says what the ranges are";
            settings.conflict(*second, message, "remove the others");
            return None;
        }
    }
    if raw.unit.is_some() {
        return time(settings).map(Kind::Bucket);
    }
    if let Some(place) = &raw.order {
        let message = "`order` is of dates";
        settings.conflict(place.into(), message, "remove it, or write `unit:`");
        return None;
    }
    numbers(settings, raw).map(Kind::Bucket)
}

fn numbers(settings: &mut Settings<'_, '_, '_>, raw: &raw::Class) -> Option<Bucket> {
    let choices = [
        ("range", BucketOutput::Range),
        ("floor", BucketOutput::Floor),
    ];
    let output = settings.choice("output", raw.output.as_ref(), &choices)?;
    let width = settings.number("width", raw.width.as_ref(), 2..=1_000_000_000_000)?;
    if let Some(width) = width {
        let width = width as u64;
        return Some(Bucket::Width { width, output });
    }
    let raw = raw.edges.as_ref()?;
    let edges = &raw.value;
    let ascending = edges.windows(2).all(|pair| pair.first() < pair.last());
    if edges.is_empty() || edges.len() > MAX_EDGES || !ascending {
        let message = "these are no edges of ranges";
        let help = format!("write 1 to {MAX_EDGES} whole numbers, ascending: `[18, 65]`");
        settings.report.error(Code::OutOfRange, raw, message, help);
        return None;
    }
    let edges = edges.clone();
    Some(Bucket::Edges { edges, output })
}

fn time(settings: &mut Settings<'_, '_, '_>) -> Option<Bucket> {
    let raw = settings.raw;
    if let Some(place) = &raw.output {
        let message = "`output` is of numbers";
        settings.conflict(place.into(), message, "remove it");
        return None;
    }
    let choices = TimeUnit::NAMES.map(|(name, unit)| (name, Some(unit)));
    let unit = settings.choice("unit", raw.unit.as_ref(), &choices);
    let order = order(settings);
    Some(Bucket::Time {
        unit: unit??,
        order: order?,
    })
}

/// `kind: mask`.
pub(super) fn mask(settings: &mut Settings<'_, '_, '_>) -> Option<Kind> {
    let raw = settings.raw;
    let keep_first = settings.number("keep_first", raw.keep_first.as_ref(), 0..=MAX_MASK);
    let keep_last = settings.number("keep_last", raw.keep_last.as_ref(), 0..=MAX_MASK);
    let length = settings.number("length", raw.length.as_ref(), 0..=MAX_MASK)?;
    let separators = raw.separators.as_ref().is_some_and(|each| each.value);
    if let Some(place) = raw
        .separators
        .as_ref()
        .filter(|_| separators && length.is_some())
    {
        let message = "separators stay in their places, which a fixed `length` has not";
        settings.conflict(place.into(), message, "remove one of the two");
        return None;
    }
    let mut characters = raw.with.as_ref().map_or("*", |with| &with.value).chars();
    let with = match (characters.next(), characters.next()) {
        (Some(with), None) if !with.is_control() => with,
        _ => {
            if let Some(place) = &raw.with {
                let message = "values are covered with one character";
                let help = "write it: `with: \"*\"`";
                settings
                    .report
                    .error(Code::WrongValue, place, message, help);
            }
            return None;
        }
    };
    Some(Kind::Mask(Mask {
        keep_first: keep_first?.unwrap_or(0),
        keep_last: keep_last?.unwrap_or(0),
        with,
        length,
        separators,
    }))
}

/// `kind: redact`.
pub(super) fn redact(settings: &mut Settings<'_, '_, '_>) -> Option<Kind> {
    let raw = settings.raw;
    let Some(constant) = &raw.constant else {
        let choices = [("class", false), ("drop", true)];
        let drop = settings.choice("replace", raw.replace.as_ref(), &choices)?;
        return Some(Kind::Redact(if drop {
            Redact::Drop
        } else {
            Redact::Class
        }));
    };
    if let Some(place) = &raw.replace {
        let message = "`replace` and `constant` both say what takes the value's place";
        settings.conflict(place.into(), message, "remove one of them");
        return None;
    }
    if constant.value.len() > MAX_CONSTANT || constant.value.chars().any(char::is_control) {
        let message = "this cannot take a value's place";
        let help = format!("write up to {MAX_CONSTANT} bytes on one line");
        settings
            .report
            .error(Code::WrongValue, constant, message, help);
        return None;
    }
    Some(Kind::Redact(Redact::Constant(
        constant.value.as_str().into(),
    )))
}
