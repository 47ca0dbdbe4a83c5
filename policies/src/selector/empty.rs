//! Queries that select nothing, whatever the document. Only what is certain is said.

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, Literal, Segment, Selector, Test,
};
use std::cmp::Ordering;

/// Largest whole number that a double holds exactly with all smaller ones.
const EXACT: u64 = 1 << 53;

/// Whether a query of these segments selects nothing.
pub(super) fn selects_nothing(segments: &[Segment]) -> bool {
    segments.iter().any(empty_segment)
}

fn empty_segment(segment: &Segment) -> bool {
    match segment {
        Segment::Descendant(inner) => empty_segment(inner),
        Segment::Selector(only) => empty(only),
        Segment::Selectors(all) => all.iter().all(empty),
    }
}

fn empty(selector: &Selector) -> bool {
    match selector {
        Selector::Slice(start, end, step) => empty_slice(*start, *end, step.unwrap_or(1)),
        Selector::Filter(filter) => constant(filter) == Some(false),
        Selector::Name(_) | Selector::Wildcard | Selector::Index(_) => false,
    }
}

/// RFC 9535, section 2.3.4.2.2, for arrays of every length. Bounds of one sign are clamped in the same
/// way, so that their order stays.
fn empty_slice(start: Option<i64>, end: Option<i64>, step: i64) -> bool {
    let same_sign = start
        .zip(end)
        .filter(|(start, end)| (*start < 0) == (*end < 0));
    match step.signum() {
        0 => true,
        1 => end == Some(0) || same_sign.is_some_and(|(start, end)| start >= end),
        _ => end == Some(-1) || same_sign.is_some_and(|(start, end)| start <= end),
    }
}

/// What a filter is for every node, where it is the same for all.
fn constant(filter: &Filter) -> Option<bool> {
    match filter {
        Filter::Or(all) => decided(all.iter().map(constant), true),
        Filter::And(all) if contradictory(all) => Some(false),
        Filter::And(all) => decided(all.iter().map(constant), false),
        Filter::Atom(FilterAtom::Filter { expr, not }) => Some(constant(expr)? != *not),
        Filter::Atom(FilterAtom::Test { expr, not }) => Some(test(expr)? != *not),
        Filter::Atom(FilterAtom::Comparison(comparison)) => compared(comparison),
    }
}

/// What `all` are together, where one that is `decisive` decides.
fn decided(all: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut certain = true;
    for each in all {
        if each == Some(decisive) {
            return each;
        }
        certain &= each.is_some();
    }
    certain.then_some(!decisive)
}

/// Whether one term asks for what another rules out.
fn contradictory(terms: &[Filter]) -> bool {
    let tests = |wanted: bool| {
        terms.iter().filter_map(move |term| match term {
            Filter::Atom(FilterAtom::Test { expr, not }) if *not == wanted => Some(expr),
            _ => None,
        })
    };
    tests(true).any(|denied| tests(false).any(|asked| asked == denied))
}

fn test(test: &Test) -> Option<bool> {
    let none = match test {
        Test::RelQuery(segments) => selects_nothing(segments),
        Test::AbsQuery(query) => selects_nothing(&query.segments),
        Test::Function(_) => false,
    };
    none.then_some(false)
}

fn compared(comparison: &Comparison) -> Option<bool> {
    let (Comparable::Literal(left), Comparable::Literal(right)) = comparison.vals() else {
        return None;
    };
    let order = order(left, right)?;
    let equal = order == Some(Ordering::Equal);
    // only numbers and strings have an order: of others one is never less
    let less = order == Some(Ordering::Less);
    let greater = order == Some(Ordering::Greater);
    Some(match comparison {
        Comparison::Eq(..) => equal,
        Comparison::Ne(..) => !equal,
        Comparison::Lt(..) => less,
        Comparison::Lte(..) => less || equal,
        Comparison::Gt(..) => greater,
        Comparison::Gte(..) => greater || equal,
    })
}

/// `None` where it is not certain; `Some(None)` for what is neither equal nor ordered.
#[expect(
    clippy::option_option,
    reason = "the two answers are of two questions: is it known, and what is it"
)]
fn order(left: &Literal, right: &Literal) -> Option<Option<Ordering>> {
    Some(match (left, right) {
        (Literal::Int(left), Literal::Int(right)) => Some(left.cmp(right)),
        (Literal::Float(left), Literal::Float(right)) => left.partial_cmp(right),
        (Literal::Int(whole), Literal::Float(float)) => float_of(*whole)?.partial_cmp(float),
        (Literal::Float(float), Literal::Int(whole)) => float.partial_cmp(&float_of(*whole)?),
        (Literal::String(left), Literal::String(right)) => Some(left.cmp(right)),
        (Literal::Bool(left), Literal::Bool(right)) if left == right => Some(Ordering::Equal),
        (Literal::Null, Literal::Null) => Some(Ordering::Equal),
        _ => None,
    })
}

fn float_of(whole: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
    (whole.unsigned_abs() <= EXACT).then_some(whole as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use crate::selector::Selector;

    fn nothing(text: &str) -> bool {
        Selector::parse(text).unwrap().selects_nothing()
    }

    #[test]
    fn what_selects_nothing_is_found() {
        for text in [
            "$.a[2:2]",
            "$[5:3]",
            "$[::0].a",
            "$..[1:4:0]",
            "$[:0]",
            "$[-3:0]",
            "$[-1:-2]",
            "$[3:5:-1]",
            "$[2:2:-1]",
            "$[:-1:-1]",
            "$[5:-1:-1]",
            "$[2:2, ?1==2]",
            "$[?1==2]",
            "$[?'a'!='a']",
            "$[?1<1]",
            "$[?true<=false]",
            "$[?null!=null]",
            "$[?1=='1']",
            "$[?1.5>2]",
            "$[?!(1==1)]",
            "$[?@.a && 1==2]",
            "$[?@.a && !@.a]",
            "$[?1==2 || 'a'=='b']",
            "$[?@.a[0:0]]",
            "$.a[?@.b && (2<1)]..c",
        ] {
            assert!(nothing(text), "{text}");
        }
    }

    #[test]
    fn what_may_select_something_is_left_alone() {
        for text in [
            "$",
            "$.a[2:3]",
            "$[-3:2]",
            "$[2:-1]",
            "$[-1:]",
            "$[::-1]",
            "$[5:3:-1]",
            "$[-1:-3:-1]",
            "$[0:]",
            "$[:1]",
            "$[2:-2:-1]",
            "$[-2:1:-1]",
            "$[2:2, 'a']",
            "$[?1==1]",
            "$[?1==2 || @.a]",
            "$[?@.a==1 && @.a==2]",
            "$[?@.a && !@.b]",
            "$[?1.0==1]",
            "$[?!(1==2)]",
            "$[?true>=true]",
            "$[?length(@.a)==2]",
            "$[?!@.a[0:0]]",
        ] {
            assert!(!nothing(text), "{text}");
        }
    }

    /// Against the definition itself, for arrays of up to 19 elements and bounds of up to four.
    #[test]
    fn slices_are_empty_as_rfc_9535_has_it() {
        let bounds = || (-5..=5_i64).map(|bound| (bound < 5).then_some(bound));
        for (start, end) in bounds().flat_map(|start| bounds().map(move |end| (start, end))) {
            for step in [-2, -1, 1, 2] {
                let some = (0..20).any(|length| selected(start, end, step, length));
                let said = super::empty_slice(start, end, step);
                assert_eq!(said, !some, "{start:?}:{end:?}:{step}");
            }
        }
    }

    /// Whether a slice has an element of an array of this length.
    fn selected(start: Option<i64>, end: Option<i64>, step: i64, length: i64) -> bool {
        let normal = |bound: i64| if bound < 0 { length + bound } else { bound };
        if step > 0 {
            let lower = start.map_or(0, normal).clamp(0, length);
            let upper = end.map_or(length, normal).clamp(0, length);
            lower < upper
        } else {
            let upper = start.map_or(length - 1, normal).clamp(-1, length - 1);
            let lower = end.map_or(-1, |end| normal(end).clamp(-1, length - 1));
            lower < upper
        }
    }
}
