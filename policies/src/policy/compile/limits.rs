//! Limits and settings of the formats.

use super::raw;
use crate::diagnostic::{Code, Place};
use crate::policy::{CsvSettings, FormLimits, JsonLimits, OtherParts, XmlLimits};
use crate::units::Size;
use crate::yaml::{Report, Spanned, choice_help};

/// Longest value that becomes a token, by each format's own limit.
const VALUE: (Size, Size) = (Size(64), Size(64 << 20));

pub(super) fn json(report: &mut Report<'_>, raw: Option<&raw::Json>) -> JsonLimits {
    let default = JsonLimits::default();
    let Some(raw) = raw else { return default };
    let keys = (Size(16), Size(1 << 20));
    JsonLimits {
        max_depth: depth(report, raw.max_depth.as_ref()).unwrap_or(default.max_depth),
        max_key_bytes: size(report, raw.max_key_bytes.as_ref(), keys)
            .unwrap_or(default.max_key_bytes),
        max_value_bytes: size(report, raw.max_value_bytes.as_ref(), VALUE)
            .unwrap_or(default.max_value_bytes),
        max_buffer_bytes: size(report, raw.max_buffer_bytes.as_ref(), VALUE)
            .unwrap_or(default.max_buffer_bytes),
    }
}

pub(super) fn csv(report: &mut Report<'_>, raw: Option<&raw::Csv>) -> CsvSettings {
    let default = CsvSettings::default();
    let Some(raw) = raw else { return default };
    let delimiter = raw
        .delimiter
        .as_ref()
        .and_then(|raw| delimiter(report, raw));
    CsvSettings {
        delimiter: delimiter.unwrap_or(default.delimiter),
        header: raw.header.unwrap_or(default.header),
        strict: raw.strict.unwrap_or(default.strict),
        all_columns: all_columns(report, raw.missing_columns.as_ref()),
        max_field_bytes: size(report, raw.max_field_bytes.as_ref(), VALUE)
            .unwrap_or(default.max_field_bytes),
    }
}

pub(super) fn form(report: &mut Report<'_>, raw: Option<&raw::Form>) -> FormLimits {
    let default = FormLimits::default();
    let Some(raw) = raw else { return default };
    let names = (Size(16), Size(1 << 20));
    FormLimits {
        max_name_bytes: size(report, raw.max_name_bytes.as_ref(), names)
            .unwrap_or(default.max_name_bytes),
        max_value_bytes: size(report, raw.max_value_bytes.as_ref(), VALUE)
            .unwrap_or(default.max_value_bytes),
        other_parts: other_parts(report, raw.other_parts.as_ref()),
    }
}

fn other_parts(report: &mut Report<'_>, raw: Option<&Spanned<String>>) -> OtherParts {
    match rejects(report, raw, "parts") {
        true => OtherParts::Reject,
        false => OtherParts::Pass,
    }
}

fn all_columns(report: &mut Report<'_>, raw: Option<&Spanned<String>>) -> bool {
    rejects(report, raw, "missing columns")
}

/// `reject`, which is the default, or `pass`.
fn rejects(report: &mut Report<'_>, raw: Option<&Spanned<String>>, what: &str) -> bool {
    let Some(raw) = raw else { return true };
    match raw.value.as_str() {
        "reject" => true,
        "pass" => false,
        other => {
            let message = format!("`{other}` is nothing that can be done with {what}");
            let help = choice_help(other, &["reject", "pass"]);
            report.error(Code::WrongValue, raw, message, help);
            true
        }
    }
}

pub(super) fn xml(report: &mut Report<'_>, raw: Option<&raw::Xml>) -> XmlLimits {
    let default = XmlLimits::default();
    let Some(raw) = raw else { return default };
    let (names, tags) = ((Size(16), Size(64 << 10)), (Size(64), Size(1 << 20)));
    XmlLimits {
        max_depth: depth(report, raw.max_depth.as_ref()).unwrap_or(default.max_depth),
        max_name_bytes: size(report, raw.max_name_bytes.as_ref(), names)
            .unwrap_or(default.max_name_bytes),
        max_tag_bytes: size(report, raw.max_tag_bytes.as_ref(), tags)
            .unwrap_or(default.max_tag_bytes),
        max_value_bytes: size(report, raw.max_value_bytes.as_ref(), VALUE)
            .unwrap_or(default.max_value_bytes),
    }
}

/// Prefixes and URIs of the namespaces that XPaths name.
pub(super) fn namespaces(report: &mut Report<'_>, raw: Option<&raw::Xml>) -> Vec<(String, String)> {
    let Some(raw) = raw.and_then(|raw| raw.namespaces.as_ref()) else {
        return Vec::new();
    };
    for (prefix, uri) in &raw.0 {
        let named = prefix
            .value
            .chars()
            .all(|each| each.is_alphanumeric() || "-_.".contains(each));
        if prefix.value.is_empty() || !named || prefix.value.starts_with("xml") {
            let help = "write a short name that does not begin with `xml`, such as `c`";
            report.error(
                Code::Name,
                prefix,
                "this cannot be a namespace's prefix",
                help,
            );
        }
        if uri.value.is_empty() {
            let help = "write the URI that documents declare, such as `urn:example:cards`";
            report.error(Code::WrongValue, uri, "a namespace has a URI", help);
        }
    }
    let pairs = raw.0.iter();
    pairs
        .map(|(prefix, uri)| (prefix.value.clone(), uri.value.clone()))
        .collect()
}

/// One byte that no field's content is likely to need: tokens never have it either.
fn delimiter(report: &mut Report<'_>, raw: &Spanned<String>) -> Option<u8> {
    match raw.value.as_bytes() {
        &[byte @ (b',' | b';' | b'\t' | b'|')] => Some(byte),
        _ => {
            report.error(
                Code::WrongValue,
                Place::from(raw),
                "this cannot separate fields",
                "write `,`, `;`, `|` or `\"\\t\"`",
            );
            None
        }
    }
}

fn depth(report: &mut Report<'_>, raw: Option<&Spanned<u64>>) -> Option<usize> {
    let raw = raw?;
    if (1..=1024).contains(&raw.value) {
        return usize::try_from(raw.value).ok();
    }
    let message = format!("{} is not a depth that can be allowed", raw.value);
    report.error(
        Code::OutOfRange,
        raw,
        message,
        "write a number from 1 to 1024",
    );
    None
}

/// As for a value that becomes a token.
pub(super) fn value_size(report: &mut Report<'_>, raw: Option<&Spanned<Size>>) -> Option<usize> {
    size(report, raw, VALUE)
}

fn size(
    report: &mut Report<'_>,
    raw: Option<&Spanned<Size>>,
    (least, most): (Size, Size),
) -> Option<usize> {
    let raw = raw?;
    if (least..=most).contains(&raw.value) {
        return Some(raw.value.bytes());
    }
    let message = format!("{} is outside what can be allowed", raw.value);
    report.error(
        Code::OutOfRange,
        raw,
        message,
        format!("write a size from {least} to {most}"),
    );
    None
}
