//! JSONPath selectors (RFC 9535).
//!
//! The model is that of `jsonpath-rust`; the parser is our own. That crate's lets blanks pass inside
//! names, cuts U+00A0 and other blanks off their ends, and knows functions that the RFC does not; a
//! policy that is read differently from how it is written leaks. The tests hold this parser against
//! the compliance suite and against that crate's.

mod cursor;
mod empty;
mod filter;
mod function;
mod literal;
mod patterns;
mod query;
#[cfg(test)]
mod tests;

use jsonpath_rust::parser::model::JpQuery;
use std::fmt;

/// A JSONPath query, well-formed and valid by RFC 9535.
///
/// Of [`Selector::query`] this is guaranteed:
/// - names and string literals are unescaped; names are never cut;
/// - a `Segment::Selectors` holds at least two selectors, a `Filter::Or` or `Filter::And` at least
///   two terms; a `Segment::Descendant` holds a `Selector` or `Selectors`, never a descendant;
/// - indexes and parts of slices lie within ±(2^53 - 1); a step may be 0, which selects nothing;
/// - calls are well-typed: `length`, `count` and `value` stand in comparisons and arguments only,
///   `match` and `search` in tests only; there is no `TestFunction::Custom` and no `FnArg::Filter`;
/// - an argument that is a value is a literal, a call, or a query of names and indexes only;
/// - `Literal::Float` is finite; `Literal::Int` is any `i64`;
/// - brackets and parentheses nest at most 64 deep, so recursion over the query is bounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    text: String,
    query: JpQuery,
}

/// Why a text is no JSONPath, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SelectorError {
    /// How many characters come before the fault.
    pub offset: usize,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// What to write instead, as one sentence without a full stop.
    pub help: String,
}

impl Selector {
    /// Parses `text`.
    ///
    /// # Errors
    /// The first thing that RFC 9535 does not allow, with its place.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let query = query::whole(&mut cursor::Cursor::new(text))?;
        Ok(Self {
            text: text.to_owned(),
            query,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parsed query.
    pub fn query(&self) -> &JpQuery {
        &self.query
    }

    /// Whether no document has a node that this selects. `false` where that is not certain.
    pub(crate) fn selects_nothing(&self) -> bool {
        empty::selects_nothing(&self.query.segments)
    }

    /// The names that the last segment asks for, of members or of the arrays that it counts in; none
    /// where it asks for something else.
    pub(crate) fn last_names(&self) -> Vec<&str> {
        query::last_names(&self.query.segments)
    }

    /// Patterns of `match` and `search` that are not regular expressions: such a call is false.
    pub(crate) fn unusable_patterns(&self) -> Vec<String> {
        patterns::unusable(&self.query)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
