//! Follows the framing of one body (RFC 9112, sections 6 and 7), to know where it ends.

use super::field;
use super::head::Framing;

/// Longest line with a chunk's size: 16 hex digits and a short extension.
const MAX_SIZE_LINE: usize = 512;

/// A chunked body that two parsers could read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// Not 1 to 16 hex digits, an extension of plain characters, CRLF.
    #[error("a chunk's size line is malformed")]
    SizeLine,
    /// No CRLF after a chunk's data.
    #[error("a chunk does not end where its size says")]
    ChunkEnd,
    /// A trailer line that is malformed, too long, or a field that may not come after a body.
    #[error("a trailer field is malformed or not allowed in a trailer")]
    Trailer,
}

#[derive(Debug)]
enum State {
    /// Bytes of a body with a known length.
    Length(u64),
    SizeLine,
    Data(u64),
    /// The CRLF after a chunk; how many bytes of it have come.
    DataEnd(usize),
    Trailers,
    Done,
}

/// See the module's page.
#[derive(Debug)]
pub(super) struct BodyTracker {
    state: State,
    /// The line that is being read, without its line feed: a chunk's size, or a trailer.
    line: Vec<u8>,
    /// Bytes of trailers that may still come.
    trailer_budget: usize,
}

impl BodyTracker {
    /// `None` when there is no body.
    pub(super) fn new(framing: Framing, max_trailer: usize) -> Option<Self> {
        let state = match framing {
            Framing::Length(0) => return None,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::SizeLine,
        };
        Some(Self {
            state,
            line: Vec::new(),
            trailer_budget: max_trailer,
        })
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Goes on; returns how many of `bytes` belong to the body: all, unless it is done.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<usize, BodyFault> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            at += match &mut self.state {
                State::Length(left) => skip(left, rest),
                State::Data(left) => skip(left, rest),
                State::DataEnd(seen) => {
                    let expected = if *seen == 0 { b'\r' } else { b'\n' };
                    if rest.first() != Some(&expected) {
                        return Err(BodyFault::ChunkEnd);
                    }
                    *seen += 1;
                    1
                }
                State::SizeLine => self.read_line(rest, MAX_SIZE_LINE, BodyFault::SizeLine)?,
                State::Trailers => {
                    let count = self.read_line(rest, self.trailer_budget, BodyFault::Trailer)?;
                    self.trailer_budget = self.trailer_budget.saturating_sub(count);
                    count
                }
                State::Done => break,
            };
            self.settle();
        }
        Ok(at)
    }

    /// Goes to the next state where the one before is complete.
    fn settle(&mut self) {
        match self.state {
            State::Length(0) => self.state = State::Done,
            State::Data(0) => self.state = State::DataEnd(0),
            State::DataEnd(2) => self.state = State::SizeLine,
            _ => {}
        }
    }

    /// Reads up to the end of a line, and acts on it when it is whole.
    fn read_line(
        &mut self,
        rest: &[u8],
        limit: usize,
        fault: BodyFault,
    ) -> Result<usize, BodyFault> {
        let found = memchr::memchr(b'\n', rest);
        let part = rest.get(..found.unwrap_or(rest.len())).unwrap_or_default();
        if self.line.len() + part.len() > limit {
            return Err(fault);
        }
        self.line.extend_from_slice(part);
        if found.is_none() {
            return Ok(part.len());
        }
        let mut line = std::mem::take(&mut self.line);
        let content = line.strip_suffix(b"\r").ok_or(fault)?;
        self.state = match self.state {
            State::SizeLine => match chunk_size(content)? {
                0 => State::Trailers,
                size => State::Data(size),
            },
            _ if content.is_empty() => State::Done,
            _ => {
                let (name, _) = field::split(content).map_err(|_| BodyFault::Trailer)?;
                if field::is_forbidden_trailer(name) {
                    return Err(BodyFault::Trailer);
                }
                State::Trailers
            }
        };
        line.clear();
        self.line = line;
        Ok(part.len() + 1)
    }
}

fn skip(left: &mut u64, rest: &[u8]) -> usize {
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
    *left -= count as u64;
    count
}

fn chunk_size(line: &[u8]) -> Result<u64, BodyFault> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let (size, extension) = line.split_at_checked(digits).ok_or(BodyFault::SizeLine)?;
    let plain = extension.iter().all(|&byte| field::is_field_byte(byte));
    if !plain || !matches!(extension.first(), None | Some(b';')) {
        return Err(BodyFault::SizeLine);
    }
    let size = std::str::from_utf8(size).map_err(|_| BodyFault::SizeLine)?;
    u64::from_str_radix(size, 16).map_err(|_| BodyFault::SizeLine)
}
