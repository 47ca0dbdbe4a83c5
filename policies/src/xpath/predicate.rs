//! Conditions in brackets.

use super::cursor::{Cursor, Parsed, fault};
use super::model::{NameTest, NamespaceTest, Predicate};
use super::path::attribute_name;

pub(super) const HELP: &str = "ask for an attribute with `@a`, `@a='x'` or `@a!='x'`, joined by `and`, `or` and `not()`: that is what a start tag tells";

/// What stands between `[` and `]`.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Parsed<Predicate> {
    either(cursor, false)
}

/// `negated` tells whether an odd number of `not()` is around it.
fn either(cursor: &mut Cursor<'_>, negated: bool) -> Parsed<Predicate> {
    joined(cursor, "or", Predicate::Or, |cursor| {
        joined(cursor, "and", Predicate::And, |cursor| {
            term(cursor, negated)
        })
    })
}

fn joined(
    cursor: &mut Cursor<'_>,
    word: &str,
    join: impl Fn(Vec<Predicate>) -> Predicate,
    mut parse: impl FnMut(&mut Cursor<'_>) -> Parsed<Predicate>,
) -> Parsed<Predicate> {
    let first = parse(cursor)?;
    cursor.blanks();
    if !cursor.take_word(word) {
        return Ok(first);
    }
    let mut terms = vec![first];
    loop {
        terms.push(parse(cursor)?);
        cursor.blanks();
        if !cursor.take_word(word) {
            return Ok(join(terms));
        }
    }
}

fn term(cursor: &mut Cursor<'_>, negated: bool) -> Parsed<Predicate> {
    cursor.blanks();
    let before = cursor.offset();
    match cursor.peek() {
        Some('(') => parenthesized(cursor, negated),
        Some('@') => {
            let name = attribute(cursor, negated)?;
            compared(cursor, name)
        }
        Some('\'' | '"') => reversed(cursor, negated),
        Some(c) if c.is_ascii_digit() => Err(position(before)),
        _ => {
            let name = cursor.name();
            cursor.blanks();
            if name == "not" && cursor.peek() == Some('(') {
                return Ok(Predicate::Not(Box::new(parenthesized(cursor, !negated)?)));
            }
            if matches!(name.as_str(), "position" | "last") && cursor.peek() == Some('(') {
                return Err(position(before));
            }
            if name.is_empty() {
                return cursor.unexpected(HELP);
            }
            let message = format!("`{name}` is not known when the start tag has been read");
            Err(fault(before, message, HELP))
        }
    }
}

fn parenthesized(cursor: &mut Cursor<'_>, negated: bool) -> Parsed<Predicate> {
    cursor.take("(");
    let inside = cursor.nested(|cursor| either(cursor, negated))?;
    if !cursor.take(")") {
        return cursor.unexpected(HELP);
    }
    Ok(inside)
}

/// A name without a prefix takes in more where that makes the condition hold more often.
fn attribute(cursor: &mut Cursor<'_>, negated: bool) -> Parsed<NameTest> {
    cursor.take("@");
    cursor.blanks();
    attribute_name(
        cursor,
        match negated {
            true => NamespaceTest::NoNamespace,
            false => NamespaceTest::Any,
        },
    )
}

fn compared(cursor: &mut Cursor<'_>, name: NameTest) -> Parsed<Predicate> {
    cursor.blanks();
    let differs = cursor.take("!=");
    if !differs && !cursor.take("=") {
        return Ok(Predicate::Has(name));
    }
    let value = literal(cursor)?;
    Ok(comparison(differs, name, value))
}

/// The literal may stand first.
fn reversed(cursor: &mut Cursor<'_>, negated: bool) -> Parsed<Predicate> {
    let value = literal(cursor)?;
    cursor.blanks();
    let differs = cursor.take("!=");
    if !differs && !cursor.take("=") {
        return cursor.unexpected("compare it with an attribute, such as `@a='x'`");
    }
    cursor.blanks();
    if cursor.peek() != Some('@') {
        return cursor.unexpected("compare it with an attribute, such as `@a='x'`");
    }
    Ok(comparison(differs, attribute(cursor, negated)?, value))
}

fn comparison(differs: bool, name: NameTest, value: String) -> Predicate {
    match differs {
        true => Predicate::Differs(name, value),
        false => Predicate::Equals(name, value),
    }
}

fn literal(cursor: &mut Cursor<'_>) -> Parsed<String> {
    cursor.blanks();
    let help = "compare with a text in quotes, such as `@a='x'`";
    let Some(quote @ ('\'' | '"')) = cursor.peek() else {
        return cursor.unexpected(help);
    };
    cursor.next();
    let value = cursor.take_while(|c| c != quote);
    if cursor.next().is_none() {
        return cursor.unexpected("close the quotes");
    }
    Ok(value)
}

fn position(offset: usize) -> super::XPathError {
    let help = "take them all, or tell them apart by an attribute: a name may stand in any namespace, which makes places among siblings uncertain";
    fault(offset, "places among siblings cannot be asked for", help)
}
