//! Filter expressions (RFC 9535, 2.3.5), compiled: regular expressions are built once, queries from
//! the root are numbered so that a document answers each once.
//!
//! `jsonpath-rust` parses them, but does not evaluate them here: it would need the part of the
//! document as a `serde_json::Value`, which drops duplicate keys and so would let a value slip by.

use super::position::{FromEnd, Position};
use jsonpath_rust::parser::model;
use regex::Regex;
use std::cmp::Ordering;

/// What a filter asks of a child.
#[derive(Debug)]
pub(crate) enum Filter {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Exists(Query),
    Compare(Comparison, Operand, Operand),
    /// `match` when `whole`, else `search`.
    Matches {
        text: Operand,
        pattern: Pattern,
        whole: bool,
    },
    /// A function that RFC 9535 does not define. It holds for every child: better a token too many
    /// than a value that passes.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Comparison {
    Equal,
    Differ,
    Less,
    LessOrEqual,
}

impl Comparison {
    /// The answer, from the operands' order (`None` when they have none) and equality.
    pub(crate) fn holds(self, order: Option<Ordering>, equal: bool) -> bool {
        match self {
            Self::Equal => equal,
            Self::Differ => !equal,
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order == Some(Ordering::Less) || equal,
        }
    }
}

/// What is compared.
#[derive(Debug)]
pub(crate) enum Operand {
    Text(String),
    Number(Number),
    Boolean(bool),
    Null,
    /// The value of the query's only node; nothing for none or many.
    Value(Query),
    Length(Box<Self>),
    Count(Query),
    Nothing,
}

/// A number, exact when it is spelled as an integer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    /// From a JSON number's spelling.
    pub(crate) fn parse(spelled: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(spelled).ok()?;
        match text.parse() {
            Ok(integer) => Some(Self::Integer(integer)),
            Err(_) => text.parse().ok().map(Self::Float),
        }
    }

    pub(crate) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(&right)),
            (left, right) => left.float().partial_cmp(&right.float()),
        }
    }

    pub(crate) const fn float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Pattern {
    /// `None` for one that is no regular expression: it matches nothing.
    Fixed(Option<Box<Regex>>),
    FromDocument(Operand),
}

/// A query inside a filter.
#[derive(Debug)]
pub(crate) struct Query {
    /// From the root: its number among the policy's.
    pub(crate) absolute: Option<usize>,
    pub(crate) segments: Vec<Segment>,
}

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) descend: bool,
    pub(crate) selectors: Vec<Selector>,
}

#[derive(Debug)]
pub(crate) enum Selector {
    Name(Box<[u8]>),
    Any,
    Position(Position),
    FromEnd(FromEnd),
    Filter(Filter),
}

/// Builds the regular expression of `match` (`whole`) or `search`.
///
/// RFC 9485: a dot stands for all but line feed and carriage return; there are no anchors.
pub(crate) fn regex(pattern: &str, whole: bool) -> Option<Regex> {
    let mut translated = String::with_capacity(pattern.len() + 8);
    let (mut in_class, mut escaped) = (false, false);
    for character in pattern.chars() {
        match character {
            _ if escaped => {}
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class => {
                translated.push_str("[^\\n\\r]");
                continue;
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        translated.push(character);
    }
    if whole {
        translated = format!("\\A(?:{translated})\\z");
    }
    Regex::new(&translated).ok()
}

/// Compiles filters and numbers them.
#[derive(Default)]
pub(crate) struct FilterCompiler {
    pub(crate) filters: Vec<Filter>,
    pub(crate) needs_root: bool,
    pub(crate) absolute_queries: usize,
}

impl FilterCompiler {
    /// The number of the filter, compiled.
    pub(crate) fn compile(&mut self, filter: &model::Filter) -> usize {
        let filter = self.filter(filter);
        self.filters.push(filter);
        self.filters.len() - 1
    }

    fn filter(&mut self, filter: &model::Filter) -> Filter {
        match filter {
            model::Filter::Or(any) => Filter::Any(any.iter().map(|one| self.filter(one)).collect()),
            model::Filter::And(all) => {
                Filter::All(all.iter().map(|one| self.filter(one)).collect())
            }
            model::Filter::Atom(atom) => self.atom(atom),
        }
    }

    fn atom(&mut self, atom: &model::FilterAtom) -> Filter {
        let (filter, not) = match atom {
            model::FilterAtom::Filter { expr, not } => (self.filter(expr), *not),
            model::FilterAtom::Test { expr, not } => (self.test(expr), *not),
            model::FilterAtom::Comparison(comparison) => (self.comparison(comparison), false),
        };
        match filter {
            // not "never": what is unknown holds either way
            Filter::Unknown => Filter::Unknown,
            filter if not => Filter::Not(Box::new(filter)),
            filter => filter,
        }
    }

    fn test(&mut self, test: &model::Test) -> Filter {
        match test {
            model::Test::RelQuery(segments) => Filter::Exists(self.query(false, segments)),
            model::Test::AbsQuery(query) => Filter::Exists(self.query(true, &query.segments)),
            model::Test::Function(function) => match function.as_ref() {
                model::TestFunction::Match(text, pattern) => self.matches(text, pattern, true),
                model::TestFunction::Search(text, pattern) => self.matches(text, pattern, false),
                _ => Filter::Unknown,
            },
        }
    }

    fn matches(&mut self, text: &model::FnArg, pattern: &model::FnArg, whole: bool) -> Filter {
        let pattern = match self.argument(pattern) {
            Operand::Text(pattern) => Pattern::Fixed(regex(&pattern, whole).map(Box::new)),
            operand => Pattern::FromDocument(operand),
        };
        Filter::Matches {
            text: self.argument(text),
            pattern,
            whole,
        }
    }

    fn comparison(&mut self, comparison: &model::Comparison) -> Filter {
        use model::Comparison as C;
        let (left, right) = comparison.vals();
        let (left, right) = (self.comparable(left), self.comparable(right));
        match comparison {
            C::Eq(..) => Filter::Compare(Comparison::Equal, left, right),
            C::Ne(..) => Filter::Compare(Comparison::Differ, left, right),
            C::Lt(..) => Filter::Compare(Comparison::Less, left, right),
            C::Lte(..) => Filter::Compare(Comparison::LessOrEqual, left, right),
            C::Gt(..) => Filter::Compare(Comparison::Less, right, left),
            C::Gte(..) => Filter::Compare(Comparison::LessOrEqual, right, left),
        }
    }

    fn comparable(&mut self, comparable: &model::Comparable) -> Operand {
        match comparable {
            model::Comparable::Literal(literal) => constant(literal),
            model::Comparable::Function(function) => self.function(function),
            model::Comparable::SingularQuery(query) => {
                let (absolute, segments) = match query {
                    model::SingularQuery::Current(segments) => (false, segments),
                    model::SingularQuery::Root(segments) => (true, segments),
                };
                let segments = segments.iter().map(|segment| Segment {
                    descend: false,
                    selectors: vec![match segment {
                        model::SingularQuerySegment::Index(index) => by_index(*index),
                        model::SingularQuerySegment::Name(name) => {
                            Selector::Name(name.as_bytes().into())
                        }
                    }],
                });
                let segments = segments.collect();
                Operand::Value(Query {
                    absolute: self.number(absolute),
                    segments,
                })
            }
        }
    }

    fn function(&mut self, function: &model::TestFunction) -> Operand {
        match function {
            model::TestFunction::Length(argument) => {
                Operand::Length(Box::new(self.argument(argument)))
            }
            model::TestFunction::Value(argument) => self.argument(argument),
            model::TestFunction::Count(argument) => match self.argument(argument) {
                Operand::Value(query) => Operand::Count(query),
                _ => Operand::Nothing,
            },
            _ => Operand::Nothing,
        }
    }

    fn argument(&mut self, argument: &model::FnArg) -> Operand {
        match argument {
            model::FnArg::Literal(literal) => constant(literal),
            model::FnArg::Test(test) => match test.as_ref() {
                model::Test::RelQuery(segments) => Operand::Value(self.query(false, segments)),
                model::Test::AbsQuery(query) => Operand::Value(self.query(true, &query.segments)),
                model::Test::Function(function) => self.function(function),
            },
            model::FnArg::Filter(_) => Operand::Nothing,
        }
    }

    fn query(&mut self, absolute: bool, segments: &[model::Segment]) -> Query {
        let absolute = self.number(absolute);
        let segments = segments
            .iter()
            .map(|segment| self.segment(segment))
            .collect();
        Query { absolute, segments }
    }

    fn number(&mut self, absolute: bool) -> Option<usize> {
        absolute.then(|| {
            self.needs_root = true;
            self.absolute_queries += 1;
            self.absolute_queries - 1
        })
    }

    fn segment(&mut self, segment: &model::Segment) -> Segment {
        match segment {
            model::Segment::Descendant(inner) => Segment {
                descend: true,
                ..self.segment(inner)
            },
            model::Segment::Selector(selector) => Segment {
                descend: false,
                selectors: vec![self.selector(selector)],
            },
            model::Segment::Selectors(selectors) => Segment {
                descend: false,
                selectors: selectors
                    .iter()
                    .map(|selector| self.selector(selector))
                    .collect(),
            },
        }
    }

    fn selector(&mut self, selector: &model::Selector) -> Selector {
        match selector {
            model::Selector::Name(name) => Selector::Name(name.as_bytes().into()),
            model::Selector::Wildcard => Selector::Any,
            model::Selector::Index(index) => by_index(*index),
            model::Selector::Slice(start, end, step) => {
                match Position::slice(*start, *end, *step) {
                    Some(position) => Selector::Position(position),
                    None => Selector::FromEnd(FromEnd::Slice(*start, *end, step.unwrap_or(1))),
                }
            }
            model::Selector::Filter(filter) => Selector::Filter(self.filter(filter)),
        }
    }
}

fn by_index(index: i64) -> Selector {
    u64::try_from(index).map_or(Selector::FromEnd(FromEnd::Index(index)), |index| {
        Selector::Position(Position::at(index))
    })
}

fn constant(literal: &model::Literal) -> Operand {
    match literal {
        model::Literal::Int(integer) => Operand::Number(Number::Integer(i128::from(*integer))),
        model::Literal::Float(float) => Operand::Number(Number::Float(*float)),
        model::Literal::String(text) => Operand::Text(text.clone()),
        model::Literal::Bool(boolean) => Operand::Boolean(*boolean),
        model::Literal::Null => Operand::Null,
    }
}
