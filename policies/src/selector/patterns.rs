//! Literal patterns of `match` and `search`.

use jsonpath_rust::parser::model::{
    Comparable, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment, Selector, Test, TestFunction,
};

/// Patterns that are no regular expressions. RFC 9535 makes such a call false, not the query invalid.
pub(super) fn unusable(query: &JpQuery) -> Vec<String> {
    let mut found = Vec::new();
    segments(&query.segments, &mut found);
    found.retain(|pattern| regex::Regex::new(pattern).is_err());
    found
}

fn segments(all: &[Segment], found: &mut Vec<String>) {
    for segment in all {
        match segment {
            Segment::Descendant(inner) => segments(std::slice::from_ref(inner), found),
            Segment::Selector(only) => selector(only, found),
            Segment::Selectors(all) => all.iter().for_each(|each| selector(each, found)),
        }
    }
}

fn selector(selector: &Selector, found: &mut Vec<String>) {
    if let Selector::Filter(inner) = selector {
        filter(inner, found);
    }
}

fn filter(each: &Filter, found: &mut Vec<String>) {
    match each {
        Filter::Or(all) | Filter::And(all) => all.iter().for_each(|each| filter(each, found)),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => filter(expr, found),
        Filter::Atom(FilterAtom::Test { expr, .. }) => test(expr, found),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            for side in [left, right] {
                if let Comparable::Function(call) = side {
                    function(call, found);
                }
            }
        }
    }
}

fn test(each: &Test, found: &mut Vec<String>) {
    match each {
        Test::RelQuery(inner) => segments(inner, found),
        Test::AbsQuery(inner) => segments(&inner.segments, found),
        Test::Function(inner) => function(inner, found),
    }
}

fn function(call: &TestFunction, found: &mut Vec<String>) {
    match call {
        TestFunction::Match(subject, pattern) | TestFunction::Search(subject, pattern) => {
            argument(subject, found);
            match pattern {
                FnArg::Literal(Literal::String(text)) => found.push(text.clone()),
                other => argument(other, found),
            }
        }
        TestFunction::Length(inner) => argument(inner, found),
        TestFunction::Value(inner) | TestFunction::Count(inner) => argument(inner, found),
        TestFunction::Custom(_, all) => all.iter().for_each(|each| argument(each, found)),
    }
}

fn argument(each: &FnArg, found: &mut Vec<String>) {
    match each {
        FnArg::Literal(_) => {}
        FnArg::Test(inner) => test(inner, found),
        FnArg::Filter(inner) => filter(inner, found),
    }
}
