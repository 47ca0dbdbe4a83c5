//! The places that rules name.

use super::detect;
use super::raw;
use crate::diagnostic::{Code, Place};
use crate::policy::{Column, CsvSettings, PathSegment, PathTemplate, Places};
use crate::selector::Selector;
use crate::xpath::XPath;
use crate::yaml::{OneOrMany, Report, Source, Spanned};
use std::collections::HashMap;

/// Header fields that say how a message travels, or where to: a token in their place breaks it.
const FRAMING: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Most columns of a CSV document that a rule can count to.
const MAX_COLUMN: u32 = 65_536;

/// Reads the places of one rule after the other.
pub(super) struct PlacesReader<'a> {
    source: &'a Source<'a>,
    namespaces: &'a [(String, String)],
    csv: &'a CsvSettings,
    /// Each place that a rule took, with that rule's name.
    seen: HashMap<(&'static str, String), String>,
}

impl<'a> PlacesReader<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        namespaces: &'a [(String, String)],
        csv: &'a CsvSettings,
    ) -> Self {
        Self {
            source,
            namespaces,
            csv,
            seen: HashMap::new(),
        }
    }

    pub(super) fn read(&mut self, report: &mut Report<'_>, raw: &raw::Rule, rule: &str) -> Places {
        let named = [
            &raw.select,
            &raw.fields,
            &raw.xpath,
            &raw.headers,
            &raw.query,
            &raw.path,
        ];
        let none = named.iter().all(|place| place.is_none());
        if none && raw.columns.is_none() && raw.detect.is_none() {
            report.error(
                Code::EmptySelect,
                &raw.class,
                "this rule selects nothing",
                "write where its values are: `select` for JSON, `columns` for CSV, `fields` for forms, `xpath` for XML, `headers`, `query` or `path`, or what they look like: `detect`",
            );
        }
        Places {
            selectors: self.each(report, rule, "select", raw.select.as_ref(), Self::selector),
            columns: self.each(report, rule, "columns", raw.columns.as_ref(), Self::column),
            fields: self.each(report, rule, "fields", raw.fields.as_ref(), Self::field),
            xpaths: self.each(report, rule, "xpath", raw.xpath.as_ref(), Self::xpath),
            headers: self.each(report, rule, "headers", raw.headers.as_ref(), Self::header),
            query: self.each(report, rule, "query", raw.query.as_ref(), Self::field),
            paths: self.each(report, rule, "path", raw.path.as_ref(), Self::path),
            detect: detect::compile(report, self.source, raw.detect.as_ref()),
        }
    }

    fn each<R: Clone + ToString, T>(
        &mut self,
        report: &mut Report<'_>,
        rule: &str,
        field: &'static str,
        raw: Option<&Spanned<OneOrMany<R>>>,
        read: fn(&Self, &mut Report<'_>, &Spanned<R>) -> Option<T>,
    ) -> Vec<T> {
        let Some(raw) = raw else { return Vec::new() };
        let list = OneOrMany::list(raw);
        if list.is_empty() {
            let help = example(field);
            report.error(Code::EmptySelect, raw, "this rule selects nothing", help);
        }
        let mut places = Vec::new();
        for raw in &list {
            let place = read(self, report, raw);
            let key = (field, spelling(field, &raw.value.to_string()));
            if place.is_some()
                && let Some(earlier) = self.seen.insert(key, rule.to_owned())
            {
                let what = if field == "select" {
                    "selector"
                } else {
                    "place"
                };
                let message =
                    format!("`{earlier}` has this {what} already and takes all its nodes");
                let help = "remove one of the two";
                report.warning(Code::ShadowedSelector, raw, message, help);
            }
            places.extend(place);
        }
        places
    }

    pub(super) fn selector(
        &self,
        report: &mut Report<'_>,
        raw: &Spanned<String>,
    ) -> Option<Selector> {
        match Selector::parse(&raw.value) {
            Ok(selector) => {
                self.look_twice(report, raw, &selector);
                Some(selector)
            }
            Err(error) => {
                let place = self.source.inside(raw, error.offset);
                report.error(Code::Selector, place, error.message, error.help);
                None
            }
        }
    }

    /// What RFC 9535 allows, and is a mistake all the same.
    fn look_twice(&self, report: &mut Report<'_>, text: &Spanned<String>, selector: &Selector) {
        for pattern in selector.unusable_patterns() {
            let before = text.value.find(pattern.as_str());
            let offset = before
                .and_then(|end| text.value.get(..end))
                .map(|head| head.chars().count());
            let place = offset.map_or_else(
                || Place::from(text),
                |offset| self.source.inside(text, offset),
            );
            let message =
                format!("`{pattern}` is not a regular expression, so this matches nothing");
            let help = "write an I-Regexp (RFC 9485): no look-around, no back-reference";
            report.warning(Code::Pattern, place, message, help);
        }
        if selector.selects_nothing() {
            let message = "this selects nothing in any document: a slice of it is empty, or a filter never holds";
            let help = "write a slice whose end comes after its start and whose step is not 0, or a filter that can hold, such as `?@.kind == 'card'`";
            report.warning(Code::NeverMatches, text, message, help);
        }
    }

    fn column(&self, report: &mut Report<'_>, raw: &Spanned<raw::Column>) -> Option<Column> {
        match &raw.value {
            raw::Column::Name(name) if self.csv.header => Some(Column::Name(name.clone())),
            raw::Column::Name(_) => {
                let message = "without a header row no column has a name";
                let help = "write the column's number, from 1, or `csv: { header: true }`";
                report.error(Code::Place, raw, message, help);
                None
            }
            raw::Column::Number(number) => {
                let number = u32::try_from(*number).unwrap_or(0);
                if (1..=MAX_COLUMN).contains(&number) {
                    return Some(Column::Number(number));
                }
                let help = format!("columns are counted from 1 to {MAX_COLUMN}");
                report.error(Code::OutOfRange, raw, "there is no such column", help);
                None
            }
        }
    }

    fn field(&self, report: &mut Report<'_>, raw: &Spanned<String>) -> Option<String> {
        let inner = raw.value.strip_suffix('*').unwrap_or(&raw.value);
        if raw.value.is_empty() || inner.contains('*') {
            let message = "this cannot name a field";
            let help = "write its name; a `*` may stand at the end, for any rest";
            report.error(Code::Place, raw, message, help);
            return None;
        }
        Some(raw.value.clone())
    }

    pub(super) fn xpath(&self, report: &mut Report<'_>, raw: &Spanned<String>) -> Option<XPath> {
        let parsed = XPath::parse(&raw.value, self.namespaces).map_err(|error| {
            let place = self.source.inside(raw, error.offset);
            report.error(Code::XPath, place, error.message, error.help);
        });
        let xpath = parsed.ok()?;
        if xpath.contradicts_itself() {
            let message =
                "conditions of a path here contradict each other, so that it takes nothing";
            let help = "join conditions that exclude each other by `or`, or remove one";
            report.warning(Code::NeverMatches, raw, message, help);
        }
        Some(xpath)
    }

    fn header(&self, report: &mut Report<'_>, raw: &Spanned<String>) -> Option<String> {
        let name = raw.value.to_ascii_lowercase();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let (message, help) = if name.is_empty() || !name.bytes().all(token) {
            (
                "this cannot name a header field",
                "write a name such as `x-patient-id`",
            )
        } else if FRAMING.contains(&name.as_str()) {
            let help = "take the value out of the body, the query or another header field";
            ("this header field says how the request travels", help)
        } else {
            return Some(name);
        };
        report.error(Code::Place, raw, message, help);
        None
    }

    fn path(&self, report: &mut Report<'_>, raw: &Spanned<String>) -> Option<PathTemplate> {
        let template = PathTemplate::parse(&raw.value);
        let dots = |segment: &PathSegment| matches!(segment, PathSegment::Literal(text) if text == "." || text == "..");
        if template
            .as_ref()
            .is_some_and(|template| template.segments.iter().any(dots))
        {
            let message = "no request has this path: one with `.` or `..` in it is refused";
            let help = "write the path that is meant, without them";
            report.warning(Code::NeverMatches, raw, message, help);
        }
        if template.is_none() {
            let message = "this is no path with values in it";
            let help = "write a path from its beginning, with `{}` for a segment that is a value, `*` for any one segment and `/**` at the end for any rest: `/patients/{}/visits/*`";
            report.error(Code::Place, raw, message, help);
        }
        template
    }
}

/// What a place is known by: header fields are the same in any case.
fn spelling(field: &str, text: &str) -> String {
    match field {
        "headers" => text.to_ascii_lowercase(),
        _ => text.to_owned(),
    }
}

fn example(field: &str) -> &'static str {
    match field {
        "columns" => {
            "write a column's name or number, such as `card_number` or `3`, or a list of them"
        }
        "fields" | "query" => "write a name such as `card_number`, or a list of them",
        "xpath" => "write an XPath such as `//card/number`, or a list of them",
        "headers" => "write a name such as `x-patient-id`, or a list of them",
        "path" => "write a path such as `/patients/{}`, or a list of them",
        _ => "write a JSONPath such as `$..card.number`, or a list of them",
    }
}
