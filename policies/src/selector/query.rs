//! Queries, segments and selectors (RFC 9535, sections 2.2 to 2.5).

use super::cursor::{Cursor, Parsed, fault};
use super::{filter, literal};
use jsonpath_rust::parser::model::{
    JpQuery, Segment, Selector, SingularQuery, SingularQuerySegment,
};

/// Largest index and step: integers that every JSON reader holds exactly (RFC 9535, section 2.1).
const MAX_INDEX: i64 = (1 << 53) - 1;

/// A whole selector.
pub(super) fn whole(cursor: &mut Cursor) -> Parsed<JpQuery> {
    if !cursor.take("$") {
        return cursor.unexpected("begin with `$`, the root of the document");
    }
    let segments = segments(cursor)?.segments;
    if cursor.peek().is_none() {
        return Ok(JpQuery::new(segments));
    }
    cursor.unexpected("go on with `.name`, `..name` or `[…]`, or end here")
}

/// Segments of a query, and whether a comparison may hold it.
pub(super) struct Segments {
    pub(super) segments: Vec<Segment>,
    /// Where a bracket has blanks inside: the grammar of singular queries has none there.
    padding: Option<usize>,
}

/// Everything that follows `$` or `@`.
pub(super) fn segments(cursor: &mut Cursor) -> Parsed<Segments> {
    let mut found = Segments {
        segments: Vec::new(),
        padding: None,
    };
    // blanks count only in front of a segment
    while let Some(segment) = cursor.attempt(|cursor| {
        cursor.blanks();
        segment(cursor, &mut found.padding)
    })? {
        found.segments.push(segment);
    }
    Ok(found)
}

fn segment(cursor: &mut Cursor, padding: &mut Option<usize>) -> Parsed<Option<Segment>> {
    if cursor.take("..") {
        let child = match cursor.peek() {
            Some('[') => bracketed(cursor, padding)?,
            _ => dotted(cursor)?,
        };
        return Ok(Some(Segment::Descendant(Box::new(child))));
    }
    match cursor.peek() {
        Some('.') => {
            cursor.next();
            dotted(cursor).map(Some)
        }
        Some('[') => bracketed(cursor, padding).map(Some),
        _ => Ok(None),
    }
}

/// `*` or a name without quotes.
fn dotted(cursor: &mut Cursor) -> Parsed<Segment> {
    if cursor.take("*") {
        return Ok(Segment::Selector(Selector::Wildcard));
    }
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || c >= '\u{80}';
    if !cursor.peek().is_some_and(first) {
        return cursor.unexpected("write a name, `*`, or a name in brackets and quotes: `['…']`");
    }
    Ok(Segment::Selector(Selector::Name(
        cursor.take_while(|c| first(c) || c.is_ascii_digit()),
    )))
}

fn bracketed(cursor: &mut Cursor, padding: &mut Option<usize>) -> Parsed<Segment> {
    cursor.nested(|cursor| {
        cursor.next();
        let mut pad = |cursor: &mut Cursor| {
            let offset = cursor.offset();
            if cursor.blanks() {
                padding.get_or_insert(offset);
            }
        };
        pad(cursor);
        let mut selectors = vec![selector(cursor)?];
        pad(cursor);
        while cursor.take(",") {
            pad(cursor);
            selectors.push(selector(cursor)?);
            pad(cursor);
        }
        if !cursor.take("]") {
            return cursor.unexpected("write `]`, or `,` and another selector");
        }
        match selectors.pop() {
            Some(only) if selectors.is_empty() => Ok(Segment::Selector(only)),
            last => Ok(Segment::Selectors(
                selectors.into_iter().chain(last).collect(),
            )),
        }
    })
}

fn selector(cursor: &mut Cursor) -> Parsed<Selector> {
    match cursor.peek() {
        Some('"' | '\'') => literal::string(cursor).map(Selector::Name),
        Some('*') => {
            cursor.next();
            Ok(Selector::Wildcard)
        }
        Some('?') => {
            cursor.next();
            cursor.blanks();
            filter::logical(cursor).map(Selector::Filter)
        }
        Some(':' | '-' | '0'..='9') => index_or_slice(cursor),
        _ => cursor.unexpected("write a name in quotes, `*`, an index, a slice or a filter (`?…`)"),
    }
}

fn index_or_slice(cursor: &mut Cursor) -> Parsed<Selector> {
    let start = optional_index(cursor)?;
    let colon = cursor.attempt(|cursor| {
        cursor.blanks();
        Ok(cursor.take(":").then_some(()))
    })?;
    if let (None, Some(index)) = (colon, start) {
        return Ok(Selector::Index(index));
    }
    let end = part(cursor)?;
    let colon = cursor.attempt(|cursor| {
        cursor.blanks();
        Ok(cursor.take(":").then_some(()))
    })?;
    let step = if colon.is_some() { part(cursor)? } else { None };
    Ok(Selector::Slice(start, end, step))
}

/// A part of a slice: blanks count only in front of a number.
fn part(cursor: &mut Cursor) -> Parsed<Option<i64>> {
    cursor.attempt(|cursor| {
        cursor.blanks();
        optional_index(cursor)
    })
}

fn optional_index(cursor: &mut Cursor) -> Parsed<Option<i64>> {
    match cursor.peek() {
        Some('-' | '0'..='9') => index(cursor).map(Some),
        _ => Ok(None),
    }
}

fn index(cursor: &mut Cursor) -> Parsed<i64> {
    let start = cursor.offset();
    let digits = literal::integer_digits(cursor)?;
    if digits == "-0" {
        return Err(fault(start, "`-0` is not an index", "write `0`"));
    }
    let number = digits
        .parse()
        .ok()
        .filter(|index| (-MAX_INDEX..=MAX_INDEX).contains(index));
    number.ok_or_else(|| {
        let help = format!("write a number from -{MAX_INDEX} to {MAX_INDEX}");
        fault(start, "this index is too large", help)
    })
}

impl Segments {
    /// The query as part of a comparison, if it can select one node at most (section 2.3.5.1).
    pub(super) fn singular(&self) -> Option<Vec<SingularQuerySegment>> {
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Selector(Selector::Name(name)) => {
                Some(SingularQuerySegment::Name(name.clone()))
            }
            Segment::Selector(Selector::Index(index)) => Some(SingularQuerySegment::Index(*index)),
            _ => None,
        });
        segments.collect()
    }

    /// See [`Segments::padding`].
    pub(super) fn padding(&self) -> Option<usize> {
        self.padding
    }
}

/// See [`super::Selector::last_names`].
pub(super) fn last_names(segments: &[Segment]) -> Vec<&str> {
    let Some((last, before)) = segments.split_last() else {
        return Vec::new();
    };
    let last = match last {
        Segment::Descendant(inner) => inner,
        other => other,
    };
    let selectors = match last {
        Segment::Selector(Selector::Index(_) | Selector::Slice(..)) => return last_names(before),
        Segment::Selector(only) => std::slice::from_ref(only),
        Segment::Selectors(all) => all,
        Segment::Descendant(_) => &[],
    };
    let names = selectors.iter().filter_map(|each| match each {
        Selector::Name(name) => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}

/// `$` or `@`: where a query inside a filter begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Root,
    Current,
}

impl Origin {
    pub(super) fn singular(self, segments: Vec<SingularQuerySegment>) -> SingularQuery {
        match self {
            Self::Root => SingularQuery::Root(segments),
            Self::Current => SingularQuery::Current(segments),
        }
    }
}
