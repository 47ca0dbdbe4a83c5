//! What serde-saphyr and serde report, as diagnostics.

use super::Source;
use crate::diagnostic::{Code, Diagnostic, Place, Severity, nearest};
use serde_saphyr::Error;

/// Code, message and help of one fault.
type Said = (Code, String, String);

pub(super) fn diagnostic(source: &Source<'_>, error: &Error) -> Diagnostic {
    let place = error.location().map_or(Place::START, Place::from);
    let place = match error {
        // the parser tells where the field is, not its value
        Error::SerdeInvalidValue { unexpected, .. } => source.after(place, bare(unexpected)),
        _ => place,
    };
    let (code, message, help) = match error {
        // YAML reads a bare `null` as nothing, in front of a colon too
        Error::NullIntoString { .. } if source.begins_at(place, "null") => (
            Code::WrongType,
            "a bare `null` is no text in YAML".into(),
            "put it in quotes: `\"null\"`".into(),
        ),
        other => say(other),
    };
    source.diagnostic(Severity::Error, code, place, message, help)
}

fn say(error: &Error) -> Said {
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => say(error),
        Error::SerdeUnknownField {
            field, expected, ..
        } => unknown_field(field, expected),
        Error::SerdeMissingField { field, .. } => missing_field(field),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => (
            Code::WrongValue,
            format!("`{variant}` is not one of the values that go here"),
            choice_help(variant, expected),
        ),
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        } => (
            Code::WrongType,
            format!("this is {}, where {expected} belongs", article(unexpected)),
            format!("write {expected}"),
        ),
        Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => (
            Code::WrongValue,
            format!("`{}` cannot stand here", bare(unexpected)),
            format!("write {expected}"),
        ),
        Error::SerdeInvalidLength { len, expected, .. } => (
            Code::WrongValue,
            format!("{len} items cannot stand here"),
            format!("write {expected}"),
        ),
        Error::DuplicateMappingKey { key, .. } => duplicate_key(key.as_deref()),
        Error::MultipleDocuments { .. } => (
            Code::SeveralDocuments,
            "a second YAML document begins here".into(),
            "keep one document in the file, without `---` in its middle".into(),
        ),
        other => say_type(other),
    }
}

fn say_type(error: &Error) -> Said {
    let wrong = |what: &str, help: &str| (Code::WrongType, what.to_owned(), help.to_owned());
    match error {
        Error::Unexpected { expected, .. } => {
            let expected = plain_type(expected);
            wrong(
                &format!("{expected} belongs here"),
                &format!("write {expected}"),
            )
        }
        Error::InvalidScalar { ty, .. } => {
            let expected = plain_type(ty);
            wrong(
                &format!("this is not {expected}"),
                &format!("write {expected}"),
            )
        }
        Error::NullIntoString { .. } => wrong(
            "there is no value here, where a text belongs",
            "write a text, in quotes if need be",
        ),
        Error::InvalidBooleanStrict { .. } => wrong(
            "this is neither `true` nor `false`",
            "write `true` or `false`",
        ),
        Error::MergeKeyNotAllowed { .. } => (
            Code::UnknownField,
            "merge keys (`<<`) are not read".into(),
            "write the fields out".into(),
        ),
        other => say_limit(other),
    }
}

fn say_limit(error: &Error) -> Said {
    match error {
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => (
            Code::TooComplex,
            "the file is nested too deep, too large, or expands to too much".into(),
            "write it flat: 24 levels at most, with few aliases (`*name`)".into(),
        ),
        Error::UnknownAnchor { .. } => (
            Code::Syntax,
            "this alias has no anchor".into(),
            "define `&name` before `*name`, or put the text in quotes if it begins with `*`".into(),
        ),
        Error::Message { msg, .. } => say_message(msg),
        other => say_message(&other.to_string()),
    }
}

/// serde's own words, and the scanner's.
fn say_message(msg: &str) -> Said {
    let too_deep = ["nesting", "recursion limit"]
        .iter()
        .any(|word| msg.contains(word));
    if too_deep {
        return (
            Code::TooComplex,
            "the file is nested too deep".into(),
            "write it flat: 24 levels at most".into(),
        );
    }
    (
        Code::Syntax,
        format!("not valid YAML: {}", first_line(msg)),
        "check indentation, and put texts with `:`, `#`, `*`, `[` or `{` in quotes".into(),
    )
}

fn unknown_field(field: &str, expected: &[&'static str]) -> Said {
    let message = format!("there is no field `{field}` here");
    let help = match nearest(field, expected.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if expected.is_empty() => "remove it".into(),
        None => format!("the fields here are {}", list(expected)),
    };
    (Code::UnknownField, message, help)
}

fn missing_field(field: &str) -> Said {
    (
        Code::MissingField,
        format!("the field `{field}` is missing"),
        format!("add `{field}:` to this mapping"),
    )
}

fn duplicate_key(key: Option<&str>) -> Said {
    let message = match key {
        Some(key) => format!("`{key}` stands twice in this mapping"),
        None => "the same key stands twice in this mapping".into(),
    };
    (
        Code::DuplicateField,
        message,
        "keep one of the two, or give one another name".into(),
    )
}

/// `did you mean …?`, or the whole choice.
pub(crate) fn choice_help(text: &str, known: &[&str]) -> String {
    match nearest(text, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none to choose from: define one first".into(),
        None => format!("write {}", list(known)),
    }
}

/// `a`, `b` or `c`, each in backquotes.
pub(crate) fn list(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|each| format!("`{each}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The parser's names of types, in the words of the reference.
fn plain_type(name: &str) -> String {
    match name {
        "string" | "string scalar" | "str" => "a text".into(),
        "sequence start" | "sequence" => "a list".into(),
        "mapping start" | "mapping" => "a mapping".into(),
        "scalar" => "a single value".into(),
        "bool" | "boolean" => "`true` or `false`".into(),
        each if each.starts_with(['u', 'i'])
            && each.get(1..).is_some_and(|bits| bits.parse::<u8>().is_ok()) =>
        {
            "a whole number".into()
        }
        each => format!(
            "{} {each}",
            if each.starts_with(['a', 'e', 'i', 'o', 'u']) {
                "an"
            } else {
                "a"
            }
        ),
    }
}

/// serde's `string "64XB"` as `64XB`.
fn bare(unexpected: &str) -> &str {
    let quoted = unexpected
        .strip_prefix("string \"")
        .and_then(|rest| rest.strip_suffix('"'));
    quoted.unwrap_or(unexpected)
}

fn article(unexpected: &str) -> String {
    match unexpected {
        "sequence" => "a list".into(),
        "map" | "mapping" => "a mapping".into(),
        "unit value" | "null" => "nothing".into(),
        other => other.to_owned(),
    }
}

/// Without the place, which the diagnostic has already.
fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or(text);
    line.split(" at line ")
        .next()
        .unwrap_or(line)
        .trim_end_matches('.')
}
