//! What values and tokens look like: `fpe`, and `vault` with `format: shape`.

use super::raw;
use super::settings::Settings;
use crate::diagnostic::{Code, Place};
use crate::kind::Kind;
use crate::yaml::{Spanned, choice_help};
use shape::{Alphabet, Case, Luhn, MAXIMUM_LENGTH, MINIMUM_DOMAIN, Marker, Outside, Parts, Shape};
use std::sync::Arc;

/// `kind: fpe`: a shape that can be turned back, with a million tokens at least.
pub(super) fn fpe(settings: &mut Settings<'_, '_, '_>) -> Option<Kind> {
    let key = settings.key_ref();
    let mut parts = parts(settings)?;
    let raw = settings.raw;
    let place = Place::from(&raw.kind);
    if parts.min_length.is_none() {
        parts.min_length = least_length(settings, &parts)?;
    }
    let shape = build(settings, parts)?;
    if let Some(reason) = shape.irreversible() {
        let message = format!("tokens of this shape cannot be turned back: {reason}");
        let help = "use kind `vault`, which keeps the value, or change the marker or the alphabet";
        settings.report.error(Code::Shape, place, message, help);
        return None;
    }
    let (least, _) = shape.lengths();
    let domain = shape.domain(least);
    if !domain.is_enough() {
        let message = format!(
            "values of {least} characters have {domain} tokens, of which the right one can be found by trying; FF1 takes {MINIMUM_DOMAIN} at least"
        );
        let help = match shape.least_length(MINIMUM_DOMAIN) {
            Some(enough) => format!(
                "keep fewer characters, write `min_length: {enough}` if no value is shorter, or use kind `vault`, whose tokens say nothing of the value"
            ),
            None => "keep fewer characters, or use kind `vault`".into(),
        };
        settings
            .report
            .error(Code::SmallDomain, place, message, help);
        return None;
    }
    let shape = Arc::new(shape);
    Some(Kind::Fpe { key: key?, shape })
}

/// Where nothing is kept, shorter values than FF1 takes are misfits; elsewhere the author has to say
/// how long values are, so that what is left of them can be reckoned. `None` when that is missing.
fn least_length(settings: &mut Settings<'_, '_, '_>, parts: &Parts) -> Option<Option<usize>> {
    if parts.keep_first + parts.keep_last > 0 || parts.luhn != Luhn::Ignore {
        let what = "how many characters of the alphabet values have at least (a card number: 12 to 19), so that the tokens that are left can be counted";
        settings.missing("min_length", what);
        return None;
    }
    let shape = build(settings, parts.clone())?;
    Some(shape.least_length(MINIMUM_DOMAIN))
}

/// A shape of the class's settings; what contradicts itself is reported.
pub(super) fn shape(settings: &mut Settings<'_, '_, '_>) -> Option<Shape> {
    let parts = parts(settings)?;
    build(settings, parts)
}

fn build(settings: &mut Settings<'_, '_, '_>, parts: Parts) -> Option<Shape> {
    let built = Shape::new(parts);
    if let Err(error) = &built {
        let place = Place::from(&settings.raw.kind);
        let help = "change the settings so that they go together";
        settings
            .report
            .error(Code::Shape, place, error.to_string(), help);
    }
    built.ok()
}

fn parts(settings: &mut Settings<'_, '_, '_>) -> Option<Parts> {
    let raw = settings.raw;
    let alphabet = alphabet(settings, raw);
    let longest = MAXIMUM_LENGTH as u64;
    let keep_first = settings.number("keep_first", raw.keep_first.as_ref(), 0..=longest);
    let keep_last = settings.number("keep_last", raw.keep_last.as_ref(), 0..=longest);
    let min_length = settings.number("min_length", raw.min_length.as_ref(), 1..=longest);
    let max_length = settings.number("max_length", raw.max_length.as_ref(), 1..=longest);
    let outside = [("keep", Outside::Keep), ("reject", Outside::Reject)];
    let outside = settings.choice("outside", raw.outside.as_ref(), &outside);
    let case = [("as-is", Case::AsIs), ("fold", Case::Fold)];
    let case = settings.choice("case", raw.case.as_ref(), &case);
    let luhn = luhn(settings, raw);
    let marker = marker(settings, raw);
    Some(Parts {
        alphabet: alphabet?,
        keep_first: keep_first?.unwrap_or(0),
        keep_last: keep_last?.unwrap_or(0),
        outside: outside?,
        case: case?,
        luhn: luhn?,
        marker: marker?,
        min_length: min_length?,
        max_length: max_length?,
    })
}

fn luhn(settings: &mut Settings<'_, '_, '_>, raw: &raw::Class) -> Option<Luhn> {
    let choices = [
        ("ignore", Some(Luhn::Ignore)),
        ("require", Some(Luhn::Require)),
        ("valid", Some(Luhn::Valid)),
        ("invalid", Some(Luhn::Invalid)),
    ];
    let chosen = settings.choice("luhn", raw.luhn.as_ref(), &choices)?;
    Some(chosen.unwrap_or(Luhn::Ignore))
}

fn marker(settings: &mut Settings<'_, '_, '_>, raw: &raw::Class) -> Option<Option<Marker>> {
    let choices = [("before", false), ("in-place", true)];
    let in_place = settings.choice("marker_place", raw.marker_place.as_ref(), &choices)?;
    let Some(marker) = &raw.marker else {
        if let Some(place) = &raw.marker_place {
            let message = "there is no `marker` to be placed";
            settings.conflict(place.into(), message, "add `marker:`, or remove this");
            return None;
        }
        return Some(None);
    };
    let text = marker.value.as_str().into();
    Some(Some(if in_place {
        Marker::InPlace(text)
    } else {
        Marker::Before(text)
    }))
}

/// `alphabet`, a name, or `characters`, a list; `digits` when neither is given.
pub(super) fn alphabet(settings: &mut Settings<'_, '_, '_>, raw: &raw::Class) -> Option<Alphabet> {
    match (&raw.alphabet, &raw.characters) {
        (Some(name), None) => named(settings, name),
        (None, Some(characters)) => {
            let listed = Alphabet::of(characters.value.chars());
            if let Err(error) = &listed {
                let help = "write each character once: `characters: \"ACGT\"`";
                settings
                    .report
                    .error(Code::Shape, characters, error.to_string(), help);
            }
            listed.ok()
        }
        (None, None) => {
            settings.missing(
                "alphabet",
                "the characters that are replaced, such as `digits`",
            );
            None
        }
        (Some(_), Some(characters)) => {
            let message = "`alphabet` and `characters` both say what is replaced";
            settings.conflict(characters.into(), message, "remove one of them");
            None
        }
    }
}

fn named(settings: &mut Settings<'_, '_, '_>, name: &Spanned<String>) -> Option<Alphabet> {
    let found = Alphabet::named(&name.value);
    if found.is_none() {
        let message = format!("no alphabet is named `{}`", name.value);
        let mut help = choice_help(&name.value, &Alphabet::NAMES);
        help.push_str("; another one is listed as `characters:`");
        settings.report.error(Code::WrongValue, name, message, help);
    }
    found
}
