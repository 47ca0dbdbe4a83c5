//! Patterns with `*` and `?`, and policy variables such as `${aws:PrincipalTag/team}`.

use super::context::Context;

/// What a pattern's text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` stand for any text and any one character.
    pub(crate) wildcards: bool,
    /// `${...}` stands for a value of the request (policies of version 2012-10-17).
    pub(crate) variables: bool,
}

/// A pattern as the policy has it, before the request's values are filled in.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Glyph(Glyph),
    Variable {
        key: String,
        default: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Glyph {
    Exactly(char),
    AnyText,
    AnyOne,
}

/// A pattern whose variables are filled in.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Glyph>);

impl Template {
    /// Reads a pattern. `None` when a variable is not closed or has no name.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Option<Template> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if syntax.variables
                && let Some(inside) = rest.strip_prefix("${")
            {
                let (variable, after) = inside.split_once('}')?;
                parts.push(parse_variable(variable)?);
                rest = after;
                continue;
            }
            parts.push(Part::Glyph(match first {
                '*' if syntax.wildcards => Glyph::AnyText,
                '?' if syntax.wildcards => Glyph::AnyOne,
                other => Glyph::Exactly(other),
            }));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
        Some(Template(parts))
    }

    /// Fills in the variables. `None` when the request lacks one, or has several values of it, and
    /// the policy gives no default: such a pattern matches nothing.
    pub(crate) fn fill(&self, context: &Context) -> Option<Pattern> {
        let mut glyphs = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            match part {
                Part::Glyph(glyph) => glyphs.push(*glyph),
                Part::Variable { key, default } => {
                    let value = match (context.get(key), default) {
                        ([value], _) => value,
                        ([], Some(default)) => default,
                        _ => return None,
                    };
                    glyphs.extend(value.chars().map(Glyph::Exactly));
                }
            }
        }
        Some(Pattern(glyphs))
    }
}

fn parse_variable(text: &str) -> Option<Part> {
    match text {
        "*" | "?" | "$" => return text.chars().next().map(|c| Part::Glyph(Glyph::Exactly(c))),
        _ => {}
    }
    let (key, default) = match text.split_once(',') {
        Some((key, default)) => {
            let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key.trim(), Some(default.to_owned()))
        }
        None => (text.trim(), None),
    };
    if key.is_empty() || key.contains("${") {
        return None;
    }
    Some(Part::Variable {
        key: key.to_owned(),
        default,
    })
}

impl Pattern {
    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        glob(&self.0, &text)
    }

    /// As [`Pattern::matches`], but ASCII letters match in either case.
    pub(crate) fn matches_ignoring_case(&self, text: &str) -> bool {
        let lowered: Vec<Glyph> = self.0.iter().map(|glyph| glyph.lowered()).collect();
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        glob(&lowered, &text)
    }

    /// Whether an ARN matches: each of the six parts between colons by itself, so that a `*` does
    /// not reach from one part into the next. A pattern with fewer parts has `*` for the missing.
    pub(crate) fn matches_arn(&self, arn: &str) -> bool {
        if self.0 == [Glyph::AnyText] {
            return true;
        }
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let patterns: Vec<&[Glyph]> = self.0.splitn(6, |g| *g == Glyph::Exactly(':')).collect();
        if parts.len() != 6 || patterns.first() != Some(&ARN.as_slice()) {
            return false;
        }
        parts.iter().enumerate().all(|(index, part)| {
            let text: Vec<char> = part.chars().collect();
            patterns
                .get(index)
                .is_none_or(|pattern| glob(pattern, &text))
        })
    }
}

const ARN: [Glyph; 3] = [
    Glyph::Exactly('a'),
    Glyph::Exactly('r'),
    Glyph::Exactly('n'),
];

impl Glyph {
    fn lowered(self) -> Glyph {
        match self {
            Glyph::Exactly(c) => Glyph::Exactly(c.to_lowercase().next().unwrap_or(c)),
            other => other,
        }
    }
}

/// Greedy match that goes back to the last `*` only: time is at most pattern × text.
fn glob(pattern: &[Glyph], text: &[char]) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = text.get(at_text) {
        match pattern.get(at_pattern) {
            Some(Glyph::AnyText) => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(Glyph::AnyOne) => (at_pattern, at_text) = (at_pattern + 1, at_text + 1),
            Some(Glyph::Exactly(expected)) if expected == character => {
                (at_pattern, at_text) = (at_pattern + 1, at_text + 1);
            }
            _ => match star {
                Some((star_pattern, star_text)) => {
                    star = Some((star_pattern, star_text + 1));
                    (at_pattern, at_text) = (star_pattern + 1, star_text + 1);
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at_pattern..)
        .is_none_or(|rest| rest.iter().all(|g| *g == Glyph::AnyText))
}
