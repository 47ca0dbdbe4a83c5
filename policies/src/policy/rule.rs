//! What a rule takes, and where.

use crate::detector::{Checksum, Detector};
use crate::policy::ClassId;
use crate::selector::Selector;
use crate::xpath::XPath;

/// Which values get which class.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Unique in the policy; `rule 1` for a first rule without a name.
    pub name: String,
    /// At least one of all its places.
    pub places: Places,
    /// The class of the values.
    pub class: ClassId,
    /// What to do with `null`.
    pub null: OnNull,
    /// The rule, by its place in the policy, whose value in the same record says whose its values
    /// are. Only of classes of kind `date`.
    pub subject: Option<usize>,
}

/// The places of values, by where they can be, and what values look like anywhere.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// In JSON.
    pub selectors: Vec<Selector>,
    /// In CSV and TSV.
    pub columns: Vec<Column>,
    /// In forms, multipart ones too: names as they read; a `*` at the end stands for any rest.
    pub fields: Vec<String>,
    /// In XML.
    pub xpaths: Vec<XPath>,
    /// Request header fields, in lower case.
    pub headers: Vec<String>,
    /// Parameters of the query, as [`Self::fields`].
    pub query: Vec<String>,
    /// Segments of the path.
    pub paths: Vec<PathTemplate>,
    /// In any text that no rule takes by its place.
    pub detect: Vec<Detect>,
}

impl Places {
    /// Whether any are in the request's head, which leaves before its body.
    pub fn has_head(&self) -> bool {
        !(self.headers.is_empty() && self.query.is_empty() && self.paths.is_empty())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.selectors.is_empty()
            && self.columns.is_empty()
            && self.fields.is_empty()
            && self.xpaths.is_empty()
            && self.headers.is_empty()
            && self.query.is_empty()
            && self.paths.is_empty()
            && self.detect.is_empty()
    }
}

/// What a rule does with a selected `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnNull {
    /// It stays `null`.
    Pass,
    /// It becomes a token like any other value, so that its absence of content does not show.
    Tokenize,
}

/// A column of a CSV document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Column {
    /// What its field of the header row reads.
    Name(String),
    /// Its place, from 1.
    Number(u32),
}

/// What to look for in texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detect {
    /// What a value looks like.
    pub what: DetectWhat,
    /// When not empty, one of these words must stand near a value; they stand in for the words that
    /// a built-in detector has of its own.
    pub context: Vec<String>,
    /// What is never taken.
    pub never: Vec<String>,
}

/// What a value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetectWhat {
    /// What a built-in detector knows.
    BuiltIn(Detector),
    /// The user's own.
    Pattern {
        /// A regular expression that does not match the empty text. When it has a group named
        /// `value`, that is the value.
        pattern: String,
        /// What a match must pass to be a value.
        checksum: Option<Checksum>,
    },
}

/// A path some of whose segments are values: `/patients/{}/visits/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    /// In order.
    pub segments: Vec<PathSegment>,
    /// Whether more segments may follow (`/**` at the end).
    pub open: bool,
}

impl PathTemplate {
    /// Reads a template; `None` for what is none, and for one without a value.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, open) = match text.strip_suffix("/**") {
            Some(path) => (path, true),
            None => (text, false),
        };
        let segments = path
            .strip_prefix('/')?
            .split('/')
            .map(|segment| match segment {
                "*" => Some(PathSegment::Any),
                _ if segment.starts_with('{') && segment.ends_with('}') => Some(PathSegment::Value),
                _ if segment.is_empty() || segment.contains(['{', '}', '*', '?', '#', '%']) => None,
                literal => Some(PathSegment::Literal(literal.to_owned())),
            });
        let segments = segments.collect::<Option<Vec<_>>>()?;
        let has_value = segments.contains(&PathSegment::Value);
        has_value.then_some(Self { segments, open })
    }
}

/// One segment of a path template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathSegment {
    /// This one, as it reads.
    Literal(String),
    /// Any one (`*`).
    Any,
    /// Any one, which is the value (`{}` or `{name}`).
    Value,
}
