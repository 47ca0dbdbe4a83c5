//! Filters (RFC 9535, section 2.3.5).

use super::cursor::{Cursor, Parsed, fault};
use super::function::{self, Call};
use super::literal;
use super::query::{self, Origin, Segments};
use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, JpQuery, Literal, Test,
};

const OPERATORS: &[&str] = &["==", "!=", "<=", ">=", "<", ">"];

/// What stands in a comparison, in a test, or between a function's parentheses.
pub(super) enum Operand {
    Literal(Literal),
    Query(Origin, Segments),
    Call(Call),
}

/// `a || b && c`
pub(super) fn logical(cursor: &mut Cursor) -> Parsed<Filter> {
    let terms = joined(cursor, "||", |cursor| {
        let terms = joined(cursor, "&&", |cursor| atom(cursor).map(Filter::Atom))?;
        Ok(one_or(terms, Filter::And))
    })?;
    Ok(one_or(terms, Filter::Or))
}

fn joined<T>(
    cursor: &mut Cursor,
    operator: &str,
    mut parse: impl FnMut(&mut Cursor) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut terms = vec![parse(cursor)?];
    while cursor
        .attempt(|cursor| {
            cursor.blanks();
            Ok(cursor.take(operator).then_some(()))
        })?
        .is_some()
    {
        cursor.blanks();
        terms.push(parse(cursor)?);
    }
    Ok(terms)
}

fn one_or(mut terms: Vec<Filter>, many: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        last => many(terms.into_iter().chain(last).collect()),
    }
}

fn atom(cursor: &mut Cursor) -> Parsed<FilterAtom> {
    let not = cursor.take("!");
    if not {
        cursor.blanks();
    }
    if cursor.peek() == Some('(') {
        return parenthesized(cursor).map(|filter| FilterAtom::filter(filter, not));
    }
    let start = cursor.offset();
    let left = operand(cursor)?;
    let operator = if not { None } else { operator(cursor)? };
    let Some(operator) = operator else {
        return Ok(FilterAtom::test(test(left, start)?, not));
    };
    let left = comparable(left, start)?;
    cursor.blanks();
    let start = cursor.offset();
    let right = operand(cursor)?;
    let right = comparable(right, start)?;
    let made = Comparison::try_new(operator, left, right);
    let made = made.map_err(|error| fault(start, error.to_string(), "write another operator"))?;
    Ok(FilterAtom::cmp(Box::new(made)))
}

fn parenthesized(cursor: &mut Cursor) -> Parsed<Filter> {
    cursor.nested(|cursor| {
        cursor.next();
        cursor.blanks();
        let filter = logical(cursor)?;
        cursor.blanks();
        if cursor.take(")") {
            Ok(filter)
        } else {
            cursor.unexpected("write `)`, `&&` or `||`")
        }
    })
}

fn operator(cursor: &mut Cursor) -> Parsed<Option<&'static str>> {
    cursor.attempt(|cursor| {
        cursor.blanks();
        Ok(OPERATORS
            .iter()
            .find(|operator| cursor.take(operator))
            .copied())
    })
}

pub(super) fn operand(cursor: &mut Cursor) -> Parsed<Operand> {
    match cursor.peek() {
        Some('"' | '\'') => Ok(Operand::Literal(Literal::String(literal::string(cursor)?))),
        Some('-' | '0'..='9') => literal::number(cursor).map(Operand::Literal),
        Some('$') => {
            cursor.next();
            Ok(Operand::Query(Origin::Root, query::segments(cursor)?))
        }
        Some('@') => {
            cursor.next();
            Ok(Operand::Query(Origin::Current, query::segments(cursor)?))
        }
        Some('a'..='z') => word(cursor),
        _ => cursor.unexpected("write a query (`@…` or `$…`), a literal or a function call"),
    }
}

/// `true`, `false`, `null` or a function call.
fn word(cursor: &mut Cursor) -> Parsed<Operand> {
    let start = cursor.offset();
    let word = cursor.take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if cursor.peek() == Some('(') {
        return function::call(cursor, &word, start).map(Operand::Call);
    }
    Ok(Operand::Literal(match word.as_str() {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "null" => Literal::Null,
        _ => {
            let help = "put strings in quotes; begin paths with `@` or `$`";
            return Err(fault(
                start,
                format!("`{word}` is nothing that can stand here"),
                help,
            ));
        }
    }))
}

/// What stands alone must be true or false by itself (section 2.3.5.1, table 12).
fn test(operand: Operand, start: usize) -> Parsed<Test> {
    match operand {
        Operand::Query(origin, found) => Ok(query_test(origin, found)),
        Operand::Call(call) if call.is_logical() => Ok(Test::Function(Box::new(call.function))),
        Operand::Call(_) => Err(fault(
            start,
            "this function's result is neither true nor false",
            "compare it with something: `count(@.*) > 1`",
        )),
        Operand::Literal(_) => Err(fault(
            start,
            "a literal alone tests nothing",
            "compare it with something: `@.kind == 'card'`",
        )),
    }
}

pub(super) fn query_test(origin: Origin, found: Segments) -> Test {
    match origin {
        Origin::Root => Test::AbsQuery(JpQuery::new(found.segments)),
        Origin::Current => Test::RelQuery(found.segments),
    }
}

/// What is compared must be one value (section 2.3.5.1).
fn comparable(operand: Operand, start: usize) -> Parsed<Comparable> {
    match operand {
        Operand::Literal(literal) => Ok(Comparable::Literal(literal)),
        Operand::Call(call) if !call.is_logical() => Ok(Comparable::Function(call.function)),
        Operand::Call(_) => Err(fault(
            start,
            "this function's result is true or false, and cannot be compared",
            "write the call alone, or `!` in front of it",
        )),
        Operand::Query(origin, found) => {
            if let Some(padding) = found.padding() {
                let message = "blanks cannot stand inside the brackets of a query that is compared";
                return Err(fault(padding, message, "remove them"));
            }
            let singular = found.singular().ok_or_else(|| {
                fault(
                    start,
                    "this query can select several nodes, and cannot be compared",
                    "compare a query of names and indexes only, or use `value(…)` or `count(…)`",
                )
            })?;
            Ok(Comparable::SingularQuery(origin.singular(singular)))
        }
    }
}
