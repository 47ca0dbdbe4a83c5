//! The `Condition` element: operators, their modifiers, and when they hold.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::{Iso8601, Rfc3339};

use super::address::AddressRange;
use super::context::Context;
use super::document::PolicyError;
use super::pattern::{Pattern, Syntax, Template};

/// One key of one operator: it holds when a value of the request compares with one of the policy's.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    quantifier: Quantifier,
    if_exists: bool,
    key: String,
    test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// The plain operator.
    One,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

#[derive(Clone, Debug)]
enum Test {
    Text {
        negated: bool,
        matcher: TextMatch,
        values: Vec<Template>,
    },
    Numeric {
        comparison: Comparison,
        values: Vec<f64>,
    },
    Date {
        comparison: Comparison,
        values: Vec<f64>,
    },
    Bool(Vec<bool>),
    Address {
        negated: bool,
        ranges: Vec<AddressRange>,
    },
    Null(Vec<bool>),
}

#[derive(Clone, Copy, Debug)]
enum TextMatch {
    Exact,
    IgnoreCase,
    Arn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equals,
    NotEquals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Condition {
    /// Reads `"operator": {"key": values}`.
    ///
    /// # Errors
    /// An unknown operator, or a value that the operator cannot compare with.
    pub(crate) fn parse(
        operator: &str,
        key: &str,
        values: &Value,
        variables: bool,
    ) -> Result<Condition, PolicyError> {
        let (quantifier, name) = match operator.split_once(':') {
            Some(("ForAllValues", name)) => (Quantifier::All, name),
            Some(("ForAnyValue", name)) => (Quantifier::Any, name),
            Some(_) => return Err(unknown(operator)),
            None => (Quantifier::One, operator),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) if name != "Null" => (name, true),
            _ => (name, false),
        };
        let values = texts(operator, values)?;
        let test = Test::parse(name, &values, variables).map_err(|fault| match fault {
            Fault::Operator => unknown(operator),
            Fault::Value(value) => PolicyError::new(format!(
                "Condition operator {operator} cannot compare with the value \"{value}\"."
            )),
        })?;
        Ok(Condition {
            quantifier,
            if_exists,
            key: key.to_ascii_lowercase(),
            test,
        })
    }

    /// Whether the condition holds for a request.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let actual = context.get(&self.key);
        if let Test::Null(values) = &self.test {
            return values.contains(&actual.is_empty());
        }
        if actual.is_empty() {
            return match self.quantifier {
                Quantifier::One => self.if_exists || self.test.negated(),
                Quantifier::All => true,
                Quantifier::Any => self.if_exists,
            };
        }
        let prepared = self.test.prepare(context);
        let negated = self.test.negated();
        match self.quantifier {
            // A plain negated operator must hold for each value, a plain positive one for some.
            Quantifier::One if negated => actual.iter().all(|v| !prepared.matches(v)),
            Quantifier::One => actual.iter().any(|v| prepared.matches(v)),
            Quantifier::All => actual.iter().all(|v| prepared.matches(v) != negated),
            Quantifier::Any => actual.iter().any(|v| prepared.matches(v) != negated),
        }
    }
}

fn unknown(operator: &str) -> PolicyError {
    PolicyError::new(format!("Unknown condition operator: {operator}."))
}

enum Fault {
    Operator,
    Value(String),
}

impl Test {
    fn parse(name: &str, values: &[String], variables: bool) -> Result<Test, Fault> {
        let text = |negated, matcher, wildcards| {
            let syntax = Syntax {
                wildcards,
                variables,
            };
            let values = each(values, |v| Template::parse(v, syntax))?;
            Ok(Test::Text {
                negated,
                matcher,
                values,
            })
        };
        match name {
            "StringEquals" => text(false, TextMatch::Exact, false),
            "StringNotEquals" => text(true, TextMatch::Exact, false),
            "StringEqualsIgnoreCase" => text(false, TextMatch::IgnoreCase, false),
            "StringNotEqualsIgnoreCase" => text(true, TextMatch::IgnoreCase, false),
            "StringLike" => text(false, TextMatch::Exact, true),
            "StringNotLike" => text(true, TextMatch::Exact, true),
            "ArnEquals" | "ArnLike" => text(false, TextMatch::Arn, true),
            "ArnNotEquals" | "ArnNotLike" => text(true, TextMatch::Arn, true),
            // Values of requests are texts here, so base64 compares as it is written.
            "BinaryEquals" => {
                let syntax = Syntax {
                    wildcards: false,
                    variables: false,
                };
                let values = each(values, |v| Template::parse(v, syntax))?;
                Ok(Test::Text {
                    negated: false,
                    matcher: TextMatch::Exact,
                    values,
                })
            }
            "Bool" => Ok(Test::Bool(each(values, parse_bool)?)),
            "Null" => Ok(Test::Null(each(values, parse_bool)?)),
            "IpAddress" | "NotIpAddress" => Ok(Test::Address {
                negated: name == "NotIpAddress",
                ranges: each(values, AddressRange::parse)?,
            }),
            _ => Test::parse_ordered(name, values),
        }
    }

    fn parse_ordered(name: &str, values: &[String]) -> Result<Test, Fault> {
        if let Some(rest) = name.strip_prefix("Numeric") {
            let comparison = Comparison::parse(rest).ok_or(Fault::Operator)?;
            return Ok(Test::Numeric {
                comparison,
                values: each(values, parse_number)?,
            });
        }
        if let Some(rest) = name.strip_prefix("Date") {
            let comparison = Comparison::parse(rest).ok_or(Fault::Operator)?;
            return Ok(Test::Date {
                comparison,
                values: each(values, parse_date)?,
            });
        }
        Err(Fault::Operator)
    }

    fn negated(&self) -> bool {
        match self {
            Test::Text { negated, .. } | Test::Address { negated, .. } => *negated,
            Test::Numeric { comparison, .. } | Test::Date { comparison, .. } => {
                *comparison == Comparison::NotEquals
            }
            Test::Bool(_) | Test::Null(_) => false,
        }
    }

    fn prepare(&self, context: &Context) -> Prepared<'_> {
        let patterns = match self {
            Test::Text { values, .. } => values.iter().filter_map(|v| v.fill(context)).collect(),
            _ => Vec::new(),
        };
        Prepared {
            test: self,
            patterns,
        }
    }
}

/// A test whose variables are filled in.
struct Prepared<'a> {
    test: &'a Test,
    patterns: Vec<Pattern>,
}

impl Prepared<'_> {
    /// Whether a value compares with one of the policy's, before negation.
    fn matches(&self, actual: &str) -> bool {
        match self.test {
            Test::Text { matcher, .. } => self.patterns.iter().any(|pattern| match matcher {
                TextMatch::Exact => pattern.matches(actual),
                TextMatch::IgnoreCase => pattern.matches_ignoring_case(actual),
                TextMatch::Arn => pattern.matches_arn(actual),
            }),
            Test::Numeric { comparison, values } => {
                parse_number(actual).is_some_and(|a| values.iter().any(|v| comparison.holds(a, *v)))
            }
            Test::Date { comparison, values } => {
                parse_date(actual).is_some_and(|a| values.iter().any(|v| comparison.holds(a, *v)))
            }
            Test::Bool(values) => parse_bool(actual).is_some_and(|a| values.contains(&a)),
            Test::Address { ranges, .. } => ranges.iter().any(|range| range.contains(actual)),
            Test::Null(_) => false,
        }
    }
}

impl Comparison {
    fn parse(name: &str) -> Option<Comparison> {
        Some(match name {
            "Equals" => Comparison::Equals,
            "NotEquals" => Comparison::NotEquals,
            "LessThan" => Comparison::LessThan,
            "LessThanEquals" => Comparison::LessThanEquals,
            "GreaterThan" => Comparison::GreaterThan,
            "GreaterThanEquals" => Comparison::GreaterThanEquals,
            _ => return None,
        })
    }

    /// For `NotEquals` this says "equals": the caller negates, once for all the policy's values.
    #[expect(
        clippy::float_cmp,
        reason = "both sides are parsed from decimal text the same way"
    )]
    fn holds(self, actual: f64, policy: f64) -> bool {
        match self {
            Comparison::Equals | Comparison::NotEquals => actual == policy,
            Comparison::LessThan => actual < policy,
            Comparison::LessThanEquals => actual <= policy,
            Comparison::GreaterThan => actual > policy,
            Comparison::GreaterThanEquals => actual >= policy,
        }
    }
}

fn each<T>(values: &[String], parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Fault> {
    values
        .iter()
        .map(|v| parse(v).ok_or_else(|| Fault::Value(v.clone())))
        .collect()
}

fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn parse_number(text: &str) -> Option<f64> {
    text.trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

/// A date as ISO 8601 or as seconds since 1970, to seconds since 1970.
fn parse_date(text: &str) -> Option<f64> {
    if let Some(seconds) = parse_number(text) {
        return Some(seconds);
    }
    let date = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, &Iso8601::PARSING))
        .ok()
        .or_else(|| parse_day(text))?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 are exact in a double"
    )]
    let seconds = date.unix_timestamp() as f64 + f64::from(date.nanosecond()) / 1e9;
    Some(seconds)
}

fn parse_day(text: &str) -> Option<OffsetDateTime> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    time::Date::parse(text, format)
        .ok()
        .map(|day| day.midnight().assume_utc())
}

/// A value or a list of values; numbers and booleans are taken as their text.
fn texts(operator: &str, value: &Value) -> Result<Vec<String>, PolicyError> {
    let items = match value {
        Value::Array(items) if !items.is_empty() => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    items
        .iter()
        .map(|item| match item {
            Value::String(text) => Ok(text.clone()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(PolicyError::new(format!(
                "Condition values of {operator} must be strings, numbers or booleans."
            ))),
        })
        .collect()
}
