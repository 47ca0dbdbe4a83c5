//! What begins with `<`: read as a whole, from a chunk or from what was held of it.

use super::characters::{expect, is_space, past_spaces, read_name};
use super::content::Content;
use super::declaration;
use super::element::{Element, resolve};
use super::error::{Stop, XmlErrorCode};
use super::feed::Feed;
use super::machine::Machine;
use super::namespaces::Space;
use super::paths::Paths;
use super::reader::Kind;
use crate::error::ScanError;
use crate::output::{Output, RecordEdge};
use crate::syntax::{Beside, Syntax};

/// A `<` and what follows, up to the limit.
#[derive(Clone, Copy)]
struct Markup<'a> {
    bytes: &'a [u8],
    /// Its place in the feed.
    at: usize,
}

impl Machine {
    /// Reads the markup at `at`; gives where it ends, or `None` when the feed ends in it.
    pub(super) fn markup<O: Output>(
        &mut self,
        at: usize,
        feed: &mut Feed<'_, O>,
        paths: &Paths,
    ) -> Result<Option<usize>, ScanError> {
        let limit = self.limits.max_tag_bytes;
        let bytes = feed.bytes.get(at..).unwrap_or_default();
        let bytes = bytes.get(..limit).unwrap_or(bytes);
        let markup = Markup { bytes, at };
        let read = match bytes.get(1) {
            None => Err(Stop::Incomplete),
            Some(b'/') => self.end_tag(markup, feed),
            Some(b'!') => self.section(markup, feed.offset(at)),
            Some(b'?') => self.instruction(markup, feed.offset(at)),
            Some(_) => self.start_tag(markup, feed, paths),
        };
        match read {
            Ok(length) => Ok(Some(at + length)),
            Err(Stop::Incomplete) if bytes.len() < limit => Ok(None),
            Err(Stop::Incomplete) => Err(ScanError::new(
                XmlErrorCode::TagTooLarge,
                feed.offset(at + limit),
            )),
            Err(Stop::Fault { at: place, code }) => {
                Err(ScanError::new(code, feed.offset(at + place)))
            }
        }
    }

    fn start_tag<O: Output>(
        &mut self,
        markup: Markup<'_>,
        feed: &mut Feed<'_, O>,
        paths: &Paths,
    ) -> Result<usize, Stop> {
        if self.has_root && self.open.depth() == 0 {
            return Err(Stop::fault(1, XmlErrorCode::SecondRoot));
        }
        if self.open.depth() >= self.limits.max_depth {
            return Err(Stop::fault(1, XmlErrorCode::TooDeep));
        }
        let limits = &self.limits;
        let length = self.tag.read(markup.bytes, limits.max_name_bytes)?;
        let bytes = markup.bytes.get(..length).unwrap_or_default();
        let outside = self.namespaces.count();
        let (tag, namespaces) = (&mut self.tag, &mut self.namespaces);
        resolve(bytes, tag, namespaces, limits.max_tag_bytes)
            .map_err(|(at, code)| Stop::fault(at, code))?;
        let element = Element {
            bytes,
            tag: &self.tag,
            namespaces: &self.namespaces,
        };
        if let Some(again) = element.duplicate() {
            return Err(Stop::fault(again, XmlErrorCode::DuplicateAttribute));
        }
        self.has_root = true;
        self.open.enter(&element, outside, paths);
        if self.open.is_record() {
            let offset = feed.offset(markup.at);
            feed.output.record(RecordEdge::Begins, offset);
        }
        if O::TEXTS || self.open.wants_attributes(paths) {
            self.attributes(markup, &element_of(self, bytes), feed, paths)?;
        }
        if self.tag.empty {
            self.leave(markup.at + length, feed);
        }
        Ok(length)
    }

    /// Takes and tells the values of attributes.
    fn attributes<O: Output>(
        &self,
        markup: Markup<'_>,
        element: &Element<'_>,
        feed: &mut Feed<'_, O>,
        paths: &Paths,
    ) -> Result<(), Stop> {
        let syntax = Syntax::Xml(Beside::NOTHING);
        for attribute in &element.tag.attributes {
            let value = &attribute.value;
            if value.is_empty() || attribute.space == Space::Declaration {
                continue;
            }
            let span = markup.at + value.start..markup.at + value.end;
            match self.open.attribute_rule(element, attribute, paths) {
                Some(_) if value.len() > self.limits.max_value_bytes => {
                    let at = value.start + self.limits.max_value_bytes;
                    return Err(Stop::fault(at, XmlErrorCode::ValueTooLong));
                }
                Some(rule) => feed.value(span, syntax, rule),
                None if O::TEXTS => feed.text(span, syntax, true),
                None => {}
            }
        }
        Ok(())
    }

    fn end_tag<O: Output>(
        &mut self,
        markup: Markup<'_>,
        feed: &mut Feed<'_, O>,
    ) -> Result<usize, Stop> {
        if self.open.depth() == 0 {
            return Err(Stop::fault(1, XmlErrorCode::TagMismatch));
        }
        let (bytes, name) = (markup.bytes, self.open.name());
        let after = 2 + name.len();
        if bytes.get(2..after) != Some(name) {
            expect(bytes, 2, name, XmlErrorCode::TagMismatch)?;
        }
        let end = past_spaces(bytes, after);
        match bytes.get(end) {
            None => Err(Stop::Incomplete),
            Some(b'>') => {
                self.leave(markup.at + end + 1, feed);
                Ok(end + 1)
            }
            Some(_) if end == after => Err(Stop::fault(end, XmlErrorCode::TagMismatch)),
            Some(_) => Err(Stop::fault(end, XmlErrorCode::UnexpectedByte)),
        }
    }

    /// The innermost element ends before `end`.
    fn leave<O: Output>(&mut self, end: usize, feed: &mut Feed<'_, O>) {
        if self.open.is_record() {
            let offset = feed.offset(end);
            feed.output.record(RecordEdge::Ends, offset);
        }
        let outside = self.open.leave();
        self.namespaces.leave(outside);
    }

    /// A comment or a CDATA section begins; all else that `<!` begins is refused.
    fn section(&mut self, markup: Markup<'_>, offset: u64) -> Result<usize, Stop> {
        let (opener, kind): (&[u8], _) = match markup.bytes.get(2) {
            None => return Err(Stop::Incomplete),
            Some(b'-') => (b"<!--", Kind::Comment),
            Some(b'[') if self.open.depth() == 0 => {
                return Err(Stop::fault(2, XmlErrorCode::TextOutsideRoot));
            }
            Some(b'[') => (b"<![CDATA[", Kind::Cdata),
            Some(_) => return Err(Stop::fault(2, XmlErrorCode::Doctype)),
        };
        let code = match kind {
            Kind::Comment => XmlErrorCode::UnexpectedByte,
            _ => XmlErrorCode::Doctype,
        };
        expect(markup.bytes, 0, opener, code)?;
        let rule = self.open.text_rule().filter(|_| kind == Kind::Cdata);
        let start = offset + opener.len() as u64;
        self.content = Some(Content::new(kind, start, rule));
        Ok(opener.len())
    }

    /// A processing instruction begins, or is the XML declaration.
    fn instruction(&mut self, markup: Markup<'_>, offset: u64) -> Result<usize, Stop> {
        let bytes = markup.bytes;
        let target = read_name(bytes, 2, self.limits.max_name_bytes)?;
        if let Some(colon) = target.colon {
            return Err(Stop::fault(colon, XmlErrorCode::InvalidName));
        }
        if target.whole(bytes).eq_ignore_ascii_case(b"xml") {
            return match target.whole(bytes) {
                b"xml" if self.is_start(offset) => declaration::read(bytes, self.encodings),
                _ => Err(Stop::fault(2, XmlErrorCode::Declaration)),
            };
        }
        match bytes.get(target.end) {
            None => Err(Stop::Incomplete),
            Some(b'?') => {
                expect(bytes, target.end + 1, b">", XmlErrorCode::UnexpectedByte)?;
                Ok(target.end + 2)
            }
            Some(&byte) if is_space(byte) => {
                let length = target.end + 1;
                let start = offset + length as u64;
                self.content = Some(Content::new(Kind::Instruction, start, None));
                Ok(length)
            }
            Some(_) => Err(Stop::fault(target.end, XmlErrorCode::InvalidName)),
        }
    }
}

fn element_of<'e>(machine: &'e Machine, bytes: &'e [u8]) -> Element<'e> {
    Element {
        bytes,
        tag: &machine.tag,
        namespaces: &machine.namespaces,
    }
}
