//! The scan of one chunk.

use super::content::Content;
use super::cut::Cut;
use super::error::XmlErrorCode;
use super::feed::Feed;
use super::machine::{BYTE_ORDER_MARK, Machine};
use super::paths::Paths;
use super::reader::{Kind, Read};
use crate::error::ScanError;
use crate::output::Output;

pub(super) struct Run<'a, O> {
    machine: &'a mut Machine,
    paths: &'a Paths,
    feed: Feed<'a, O>,
}

impl<'a, O: Output> Run<'a, O> {
    pub(super) fn new(
        machine: &'a mut Machine,
        paths: &'a Paths,
        chunk: &'a [u8],
        output: &'a mut O,
    ) -> Self {
        let feed = Feed::new(chunk, machine.base, output);
        Self {
            machine,
            paths,
            feed,
        }
    }

    pub(super) fn chunk(&mut self) -> Result<(), ScanError> {
        let mut at = self.resume()?;
        while let Some(&byte) = self.feed.bytes.get(at) {
            at = if self.machine.content.is_some() {
                self.content(at)?
            } else if byte == b'<' {
                self.markup(at)?
            } else if self.machine.open.depth() > 0 {
                let (start, rule) = (self.feed.offset(at), self.machine.open.text_rule());
                self.machine.content = Some(Content::new(Kind::Text, start, rule));
                self.content(at)?
            } else {
                self.outside(at, byte)?
            };
        }
        if let Some(content) = &mut self.machine.content {
            content.chunk_ends(&mut self.feed, &mut self.machine.held);
        }
        self.feed.pass_until(self.feed.bytes.len());
        Ok(())
    }

    /// Around the root element: white space, after a byte order mark at the very start.
    fn outside(&mut self, at: usize, byte: u8) -> Result<usize, ScanError> {
        let offset = self.feed.offset(at);
        let mark = self.machine.mark;
        if offset == mark as u64 && BYTE_ORDER_MARK.get(mark) == Some(&byte) {
            self.machine.mark += 1;
            return Ok(at + 1);
        }
        let partial = mark > 0 && mark < BYTE_ORDER_MARK.len();
        if !partial && super::characters::is_space(byte) {
            return Ok(super::characters::past_spaces(self.feed.bytes, at));
        }
        Err(ScanError::new(XmlErrorCode::TextOutsideRoot, offset))
    }

    fn markup(&mut self, at: usize) -> Result<usize, ScanError> {
        if let Some(end) = self.machine.markup(at, &mut self.feed, self.paths)? {
            return Ok(end);
        }
        let length = self.feed.bytes.len();
        self.feed.pass_until(at);
        let cut = self.feed.withhold_until(length);
        self.machine.held.extend(cut);
        self.machine.cut = Some(Cut::new(self.feed.offset(at), cut));
        Ok(length)
    }

    /// Goes on with markup that the chunk before ended in; gives where it ends.
    fn resume(&mut self) -> Result<usize, ScanError> {
        let mut at = 0;
        while let Some(cut) = &mut self.machine.cut {
            let held = self.machine.held.as_slice().len();
            let room = self.machine.limits.max_tag_bytes.saturating_sub(held);
            let rest = self.feed.bytes.get(at..).unwrap_or_default();
            let whole = rest.iter().take(room).position(|&byte| cut.take(byte));
            let length = whole.map_or(rest.len().min(room), |last| last + 1);
            at += length;
            self.machine.held.extend(self.feed.withhold_until(at));
            if whole.is_none() && length < room {
                break;
            }
            self.read_held()?;
        }
        Ok(at)
    }

    /// Reads what was held of markup, which may be whole.
    fn read_held(&mut self) -> Result<(), ScanError> {
        let Some(cut) = &self.machine.cut else {
            return Ok(());
        };
        let mut held = std::mem::take(&mut self.machine.held);
        let mut feed = Feed::new(held.as_slice(), cut.offset, self.feed.output);
        let read = self.machine.markup(0, &mut feed, self.paths);
        if let Ok(Some(end)) = read {
            feed.pass_until(end);
            held.clear();
            self.machine.cut = None;
        }
        self.machine.held = held;
        read.map(|_| ())
    }

    /// At the input's end: what was held of markup is refused, if not for its end then for a fault.
    pub(super) fn finish(&mut self) -> Result<(), ScanError> {
        self.read_held()
    }

    fn content(&mut self, at: usize) -> Result<usize, ScanError> {
        let Some(content) = &mut self.machine.content else {
            return Ok(at);
        };
        let rest = self.feed.bytes.get(at..).unwrap_or_default();
        let read = content.reader.read(content.kind, rest);
        let (length, beyond) = match read {
            Read::More => (rest.len(), content.reader.pending_end(content.kind)),
            Read::Ended(length) => (length, content.kind.terminator().len()),
            Read::Fault(length, _) => (length, 0),
        };
        let after = at + length;
        // the terminator may have begun in an earlier chunk
        let end = self.feed.offset(after) - beyond as u64;
        let limit = self.machine.limits.max_value_bytes as u64;
        if content.rule.is_some() && end.saturating_sub(content.start) > limit {
            let offset = content.start + limit;
            return Err(ScanError::new(XmlErrorCode::ValueTooLong, offset));
        }
        if let Read::Fault(_, code) = read {
            return Err(ScanError::new(code, self.feed.offset(after)));
        }
        if matches!(read, Read::Ended(_))
            && let Some(content) = self.machine.content.take()
        {
            content.end(end, after, &mut self.feed, &mut self.machine.held);
        }
        Ok(after)
    }
}
