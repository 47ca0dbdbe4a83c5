//! The format of a key's tokens.

use super::raw;
use crate::diagnostic::{Code, Place};
use crate::key_ring::{TokenFormat, framing};
use crate::yaml::{Entries, Report, Spanned, choice_help};

const FORMATS: &[&str] = &["veilgate", "original"];
const VEILGATE_PREFIX: &str = "~vg1.";
const VEILGATE_SUFFIX: &str = "~";

pub(super) fn compile(
    report: &mut Report<'_>,
    name: &Spanned<String>,
    key: &raw::Key,
) -> Option<TokenFormat> {
    let spelled = key
        .format
        .as_ref()
        .map_or("veilgate", |format| format.value.as_str());
    match spelled {
        "veilgate" => {
            marks_are_good(report, key, false);
            let or = |mark: Option<&Spanned<String>>, default: &str| {
                mark.map_or_else(|| default.to_owned(), |mark| mark.value.clone())
            };
            Some(TokenFormat::Veilgate {
                prefix: or(key.prefix.as_ref(), VEILGATE_PREFIX),
                suffix: or(key.suffix.as_ref(), VEILGATE_SUFFIX),
            })
        }
        "original" => {
            marks_are_good(report, key, true);
            has_public_keys(report, name, key);
            original(report, name, key)
        }
        other => {
            let place = key.format.as_ref().map_or(Place::START, Place::from);
            let message = format!("there is no token format `{other}`");
            report.error(
                Code::WrongValue,
                place,
                message,
                choice_help(other, FORMATS),
            );
            None
        }
    }
}

fn original(
    report: &mut Report<'_>,
    name: &Spanned<String>,
    key: &raw::Key,
) -> Option<TokenFormat> {
    let (Some(prefix), Some(suffix)) = (&key.prefix, &key.suffix) else {
        let missing = if key.prefix.is_none() {
            "prefix"
        } else {
            "suffix"
        };
        let message = format!("`{}` has `format: original` and no `{missing}`", name.value);
        let help = "write those of the existing tokens: `prefix: \"#01#\"` and `suffix: \"#10#\"`";
        report.error(Code::MissingFraming, name, message, help);
        return None;
    };
    Some(TokenFormat::Original {
        prefix: prefix.value.clone(),
        suffix: suffix.value.clone(),
    })
}

/// Tokens of the original pattern are RSA ciphertexts.
fn has_public_keys(report: &mut Report<'_>, name: &Spanned<String>, key: &raw::Key) {
    let mut versions = key.versions().iter();
    let other = versions.find_map(|version| {
        let mac = version.mac_key.as_ref().map(|key| ("mac_key", key));
        mac.or(version.wrapped_key.as_ref().map(|key| ("wrapped_key", key)))
    });
    let Some((field, place)) = other else {
        return;
    };
    let message = format!(
        "`{}` has `format: original`, whose tokens are made with a public key",
        name.value
    );
    let help = format!("leave `{field}` out, or leave `format: original` out");
    report.error(Code::WrappedOriginal, place, message, help);
}

fn marks_are_good(report: &mut Report<'_>, key: &raw::Key, original: bool) {
    let checks = [
        (&key.prefix, framing::check_prefix as fn(&str, bool) -> _),
        (&key.suffix, framing::check_suffix),
    ];
    for (mark, check) in checks {
        let Some(mark) = mark else { continue };
        if let Err((message, help)) = check(&mark.value, original) {
            report.error(Code::Framing, mark, message, help);
        }
    }
}

/// One prefix may not announce tokens of two formats: a reader could not tell which.
pub(super) fn check_shared(report: &mut Report<'_>, keys: &Entries<raw::Key>) {
    let is_original = |key: &raw::Key| key.format.as_ref().is_some_and(|f| f.value == "original");
    let prefix = |key: &'_ raw::Key| {
        key.prefix
            .as_ref()
            .map_or_else(|| VEILGATE_PREFIX.to_owned(), |mark| mark.value.clone())
    };
    let originals = keys
        .0
        .iter()
        .filter(|(_, key)| is_original(key) && key.prefix.is_some());
    for (_, key) in originals {
        let mut others = keys.0.iter().filter(|(_, other)| !is_original(other));
        let Some((other, _)) = others.find(|(_, other)| prefix(other) == prefix(key)) else {
            continue;
        };
        let place = key.prefix.as_ref().map_or(Place::START, Place::from);
        let message = format!(
            "the key `{}` of format `veilgate` has this prefix too",
            other.value
        );
        report.error(
            Code::SharedPrefix,
            place,
            message,
            "give each format a prefix of its own",
        );
    }
}
