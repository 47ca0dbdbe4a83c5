//! Strings and numbers (RFC 9535, sections 2.3.1.1 and 2.3.5.1).

use super::cursor::{Cursor, Parsed, fault};
use jsonpath_rust::parser::model::Literal;

/// A string in single or double quotes, unescaped.
pub(super) fn string(cursor: &mut Cursor) -> Parsed<String> {
    let start = cursor.offset();
    let Some(quote) = cursor.next() else {
        return cursor.unexpected("write a string in quotes");
    };
    let mut text = String::new();
    loop {
        match cursor.peek() {
            None => {
                return Err(fault(
                    start,
                    "this string has no end",
                    format!("close it with `{quote}`"),
                ));
            }
            Some(c) if c == quote => {
                cursor.next();
                return Ok(text);
            }
            Some('\\') => text.push(escape(cursor, quote)?),
            Some(c) if c < ' ' => {
                return cursor.unexpected("write control characters as escapes: `\\n`, `\\u0000`");
            }
            Some(c) => {
                cursor.next();
                text.push(c);
            }
        }
    }
}

fn escape(cursor: &mut Cursor, quote: char) -> Parsed<char> {
    let start = cursor.offset();
    cursor.next();
    Ok(match cursor.next() {
        Some('b') => '\u{8}',
        Some('f') => '\u{C}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some(c @ ('/' | '\\')) => c,
        Some(c) if c == quote => c,
        Some('u') => return unicode(cursor, start),
        _ => {
            let help =
                "escapes are `\\b \\f \\n \\r \\t \\/ \\\\ \\uXXXX` and the string's own quote";
            return Err(fault(start, "this is not an escape", help));
        }
    })
}

/// What follows `\u`: four digits, or a pair of surrogates.
fn unicode(cursor: &mut Cursor, start: usize) -> Parsed<char> {
    let lone = || {
        fault(
            start,
            "a lone surrogate is not a character",
            "write both halves: `\\uD83D\\uDE00`",
        )
    };
    let code = match hex(cursor, start)? {
        high @ 0xD800..=0xDBFF => {
            if !cursor.take("\\u") {
                return Err(lone());
            }
            match hex(cursor, start)? {
                low @ 0xDC00..=0xDFFF => 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00),
                _ => return Err(lone()),
            }
        }
        code => code,
    };
    char::from_u32(code).ok_or_else(lone)
}

fn hex(cursor: &mut Cursor, start: usize) -> Parsed<u32> {
    let mut code = 0;
    for _ in 0..4 {
        let digit = cursor.peek().and_then(|c| c.to_digit(16));
        let Some(digit) = digit else {
            return Err(fault(
                start,
                "this escape is too short",
                "write four hex digits after `\\u`",
            ));
        };
        cursor.next();
        code = code * 16 + digit;
    }
    Ok(code)
}

/// `-`, and digits without a leading zero.
pub(super) fn integer_digits(cursor: &mut Cursor) -> Parsed<String> {
    let start = cursor.offset();
    let sign = if cursor.take("-") { "-" } else { "" };
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    match digits.as_bytes() {
        [] => cursor.unexpected("write digits"),
        [b'0', _, ..] => Err(fault(
            start,
            "a number cannot begin with 0",
            "remove the leading zeros",
        )),
        _ => Ok(format!("{sign}{digits}")),
    }
}

/// A number to compare with: integer, fraction, exponent.
pub(super) fn number(cursor: &mut Cursor) -> Parsed<Literal> {
    let start = cursor.offset();
    let whole = integer_digits(cursor)?;
    let mut spelled = whole.clone();
    if cursor.take(".") {
        spelled.push('.');
        spelled.push_str(&digits(cursor)?);
    }
    if matches!(cursor.peek(), Some('e' | 'E')) {
        cursor.next();
        spelled.push('e');
        if cursor.take("-") {
            spelled.push('-');
        } else {
            cursor.take("+");
        }
        spelled.push_str(&digits(cursor)?);
    }
    if let (true, Ok(number)) = (spelled == whole, whole.parse()) {
        return Ok(Literal::Int(number));
    }
    let number = spelled
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    number.map(Literal::Float).ok_or_else(|| {
        fault(
            start,
            "this number is too large",
            "write a number that a double can hold",
        )
    })
}

fn digits(cursor: &mut Cursor) -> Parsed<String> {
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    if digits.is_empty() {
        cursor.unexpected("write digits")
    } else {
        Ok(digits)
    }
}
