//! Texts of every kind, checked byte by byte up to where they end.

use super::characters::{NONCHARACTER, find};
use super::error::XmlErrorCode;
use super::reference::Reference;
use crate::syntax::{Beside, Syntax};

/// What a text stands in, which tells what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Between markup: ends before a `<`.
    Text,
    /// A CDATA section: ends with `]]>`.
    Cdata,
    /// A comment: ends with `-->`.
    Comment,
    /// A processing instruction: ends with `?>`.
    Instruction,
    /// An attribute's value in `"`: ends before it.
    DoubleQuoted,
    /// An attribute's value in `'`: ends before it.
    SingleQuoted,
}

impl Kind {
    /// What ends it, as far as that is part of what is read.
    pub(super) const fn terminator(self) -> &'static [u8] {
        match self {
            Self::Cdata => b"]]>",
            Self::Comment => b"-->",
            Self::Instruction => b"?>",
            Self::Text | Self::DoubleQuoted | Self::SingleQuoted => b"",
        }
    }

    /// How it is spelled.
    pub(super) const fn syntax(self) -> Syntax {
        match self {
            Self::Cdata => Syntax::Cdata(Beside::NOTHING),
            Self::Comment => Syntax::Comment(Beside::NOTHING),
            Self::Instruction => Syntax::Instruction(Beside::NOTHING),
            Self::Text | Self::DoubleQuoted | Self::SingleQuoted => Syntax::Xml(Beside::NOTHING),
        }
    }

    fn next_special(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Text => find::<b'<', b'&', b']'>(bytes),
            Self::Cdata => find::<b']', b']', b']'>(bytes),
            Self::Comment => find::<b'-', b'-', b'-'>(bytes),
            Self::Instruction => find::<b'?', b'?', b'?'>(bytes),
            Self::DoubleQuoted => find::<b'"', b'<', b'&'>(bytes),
            Self::SingleQuoted => find::<b'\'', b'<', b'&'>(bytes),
        }
    }
}

/// Reads one text, in parts that may be cut anywhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reader {
    pending: Pending,
}

/// What the last bytes may turn out to be.
#[derive(Debug, Clone, Copy, Default)]
enum Pending {
    #[default]
    Nothing,
    /// So many bytes of a terminator; in a text, of the `]]>` that must not be there.
    End(u8),
    Reference(Reference),
    /// So many bytes of U+FFFE or U+FFFF.
    Noncharacter(u8),
}

/// What came of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// The text goes on.
    More,
    /// It ended after so many bytes, the terminator included.
    Ended(usize),
    /// It is refused at this byte.
    Fault(usize, XmlErrorCode),
}

enum Next {
    On,
    Ended,
    EndedBefore,
}

impl Reader {
    pub(super) fn read(&mut self, kind: Kind, bytes: &[u8]) -> Read {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if matches!(self.pending, Pending::Nothing) {
                match kind.next_special(rest) {
                    Some(special) => at += special,
                    None => return Read::More,
                }
            }
            let Some(&byte) = bytes.get(at) else {
                return Read::More;
            };
            match self.take(kind, byte) {
                Ok(Next::On) => at += 1,
                Ok(Next::Ended) => return Read::Ended(at + 1),
                Ok(Next::EndedBefore) => return Read::Ended(at),
                Err(code) => return Read::Fault(at, code),
            }
        }
    }

    /// How many of the last bytes may belong to the terminator.
    pub(super) fn pending_end(&self, kind: Kind) -> usize {
        match self.pending {
            Pending::End(length) if kind != Kind::Text => usize::from(length),
            _ => 0,
        }
    }

    fn take(&mut self, kind: Kind, byte: u8) -> Result<Next, XmlErrorCode> {
        match &mut self.pending {
            Pending::Nothing => return self.special(kind, byte),
            Pending::Reference(reference) => {
                if reference.take(byte)? {
                    self.pending = Pending::Nothing;
                }
                return Ok(Next::On);
            }
            Pending::Noncharacter(1) if byte == 0xBF => {
                self.pending = Pending::Noncharacter(2);
                return Ok(Next::On);
            }
            Pending::Noncharacter(2) if matches!(byte, 0xBE | 0xBF) => {
                return Err(XmlErrorCode::InvalidCharacter);
            }
            &mut Pending::End(length) => match (kind, length, byte) {
                (Kind::Text, 2, b'>') => return Err(XmlErrorCode::CdataEnd),
                (Kind::Cdata | Kind::Comment, 2, b'>') | (Kind::Instruction, _, b'>') => {
                    return Ok(Next::Ended);
                }
                (Kind::Comment, 2, _) => return Err(XmlErrorCode::CommentDashes),
                (Kind::Text | Kind::Cdata, _, b']') | (Kind::Comment, _, b'-') => {
                    self.pending = Pending::End(2);
                    return Ok(Next::On);
                }
                (Kind::Instruction, _, b'?') => return Ok(Next::On),
                _ => {}
            },
            Pending::Noncharacter(_) => {}
        }
        self.pending = Pending::Nothing;
        self.special(kind, byte)
    }

    fn special(&mut self, kind: Kind, byte: u8) -> Result<Next, XmlErrorCode> {
        let quoted = matches!(kind, Kind::DoubleQuoted | Kind::SingleQuoted);
        self.pending = match (kind, byte) {
            (Kind::Text, b'<') => return Ok(Next::EndedBefore),
            (Kind::DoubleQuoted, b'"') | (Kind::SingleQuoted, b'\'') => {
                return Ok(Next::EndedBefore);
            }
            (_, b'<') if quoted => return Err(XmlErrorCode::UnexpectedByte),
            (Kind::Text | Kind::DoubleQuoted | Kind::SingleQuoted, b'&') => {
                Pending::Reference(Reference::new())
            }
            (Kind::Text | Kind::Cdata, b']')
            | (Kind::Comment, b'-')
            | (Kind::Instruction, b'?') => Pending::End(1),
            (_, NONCHARACTER) => Pending::Noncharacter(1),
            (_, b'\t' | b'\n' | b'\r') => Pending::Nothing,
            (_, 0..b' ') => return Err(XmlErrorCode::InvalidCharacter),
            _ => Pending::Nothing,
        };
        Ok(Next::On)
    }
}
