//! Characters of an XPath, one after the other.

use super::XPathError;
use super::model::{NameTest, NamespaceTest};
use super::name::{is_xml_name_char, is_xml_name_start};

/// Deepest nesting of parentheses: parsing and evaluating recurse.
const MAX_DEPTH: usize = 64;

/// Bound to `xml` everywhere (Namespaces in XML 1.0, section 3).
const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";

pub(super) const SUBSET: &str = "write steps such as `/a/b`, `//a`, `//c:a`, `/a/*`, at the end also `/@a` or `/text()`, with conditions on attributes such as `[@a='x']`";

pub(super) type Parsed<T> = Result<T, XPathError>;

#[derive(Clone)]
pub(super) struct Cursor<'n> {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    namespaces: &'n [(String, String)],
}

impl<'n> Cursor<'n> {
    pub(super) fn new(text: &str, namespaces: &'n [(String, String)]) -> Self {
        Self {
            chars: text.chars().collect(),
            at: 0,
            depth: 0,
            namespaces,
        }
    }

    /// How many characters come before the next one.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    /// Goes past `text` if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or(&[]);
        let length = text.chars().count();
        let found = rest.len() >= length && text.chars().zip(rest).all(|(a, b)| a == *b);
        self.at += if found { length } else { 0 };
        found
    }

    /// Goes past blanks, which may stand between all parts.
    pub(super) fn blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    pub(super) fn take_while(&mut self, holds: impl Fn(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or(&[]);
        let taken: String = rest.iter().copied().take_while(|c| holds(*c)).collect();
        self.at += taken.chars().count();
        taken
    }

    /// A name without a colon (`NCName`), empty when none comes next.
    pub(super) fn name(&mut self) -> String {
        if self.peek().is_some_and(is_xml_name_start) {
            self.take_while(is_xml_name_char)
        } else {
            String::new()
        }
    }

    /// Goes past `word` if it comes next and is all of a name.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let before = self.at;
        let found = self.name() == word;
        if !found {
            self.at = before;
        }
        found
    }

    /// A name, `*`, `prefix:name`, `prefix:*` or `*:name`. A name without a prefix is tested for in
    /// the namespaces of `unprefixed`.
    pub(super) fn name_test(&mut self, unprefixed: NamespaceTest) -> Parsed<NameTest> {
        let before = self.at;
        let first = self.part()?;
        self.no_call(before, first.as_deref())?;
        if !self.take(":") {
            let namespace = match first {
                Some(_) => unprefixed,
                None => NamespaceTest::Any,
            };
            return Ok(NameTest {
                namespace,
                local: first,
            });
        }
        let namespace = match first {
            Some(prefix) => NamespaceTest::Uri(self.uri(before, &prefix)?),
            None => NamespaceTest::Any,
        };
        let local = self.part()?;
        self.no_call(before, local.as_deref())?;
        Ok(NameTest { namespace, local })
    }

    /// A name, or `None` for a `*`.
    fn part(&mut self) -> Parsed<Option<String>> {
        if self.take("*") {
            return Ok(None);
        }
        let name = self.name();
        if name.is_empty() {
            return self.unexpected(SUBSET);
        }
        Ok(Some(name))
    }

    /// What looks like a name may be an axis, a node test or a function.
    fn no_call(&mut self, before: usize, name: Option<&str>) -> Parsed<()> {
        let Some(name) = name else { return Ok(()) };
        let after = self.at;
        self.blanks();
        let (axis, call) = (self.take("::"), self.peek() == Some('('));
        self.at = after;
        if axis {
            let help = "write `/` for children, `//` for all inside and `@` for attributes";
            return Err(fault(
                before,
                format!("the axis `{name}` is not known here"),
                help,
            ));
        }
        if call {
            return Err(fault(
                before,
                format!("`{name}()` cannot stand here"),
                SUBSET,
            ));
        }
        Ok(())
    }

    fn uri(&self, offset: usize, prefix: &str) -> Parsed<String> {
        let mut declared = self.namespaces.iter();
        match declared.find(|(declared, _)| declared == prefix) {
            Some((_, uri)) => Ok(uri.clone()),
            None if prefix == "xml" => Ok(XML_URI.to_owned()),
            None => {
                let help = "declare it under `namespaces` of `xml`, or write the name without a prefix to take it from every namespace";
                let message = format!("the prefix `{prefix}` stands for no namespace");
                Err(fault(offset, message, help))
            }
        }
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            let help = format!("nest parentheses at most {MAX_DEPTH} deep");
            return Err(fault(self.at, "the condition is nested too deep", help));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// A fault at the next character: names it, and says what belongs here.
    pub(super) fn unexpected<T>(&self, help: impl Into<String>) -> Parsed<T> {
        let message = match self.peek() {
            Some(c) if c.is_control() => format!("U+{:04X} cannot stand here", u32::from(c)),
            Some(' ') => "a space cannot stand here".into(),
            Some(c) => format!("`{c}` cannot stand here"),
            None => "the XPath ends too early".into(),
        };
        Err(fault(self.at, message, help))
    }
}

pub(super) fn fault(
    offset: usize,
    message: impl Into<String>,
    help: impl Into<String>,
) -> XPathError {
    XPathError {
        offset,
        message: message.into(),
        help: help.into(),
    }
}
