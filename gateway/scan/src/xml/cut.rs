//! Markup that a chunk ended in: where it may be whole.

/// Reads on until markup may be whole, without reading it again from its start each time.
#[derive(Debug)]
pub(super) struct Cut {
    /// Where it begins, in bytes from the start of the input.
    pub(super) offset: u64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Start,
    /// After `<`.
    Open,
    /// Ends with a `>` outside quotes.
    StartTag {
        quote: Option<u8>,
    },
    /// Ends with a `>`.
    EndTag,
    /// A few fixed bytes: any may be the last.
    Fixed,
    /// A target, which a blank or a `?>` ends; or the XML declaration.
    Instruction,
}

impl Cut {
    pub(super) fn new(offset: u64, bytes: &[u8]) -> Self {
        let mut cut = Self {
            offset,
            kind: Kind::Start,
        };
        for &byte in bytes {
            cut.take(byte);
        }
        cut
    }

    /// Takes the next byte; tells whether the markup may be whole with it.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        match &mut self.kind {
            Kind::Start => {
                self.kind = Kind::Open;
                false
            }
            Kind::Open => {
                self.kind = match byte {
                    b'/' => Kind::EndTag,
                    b'!' => Kind::Fixed,
                    b'?' => Kind::Instruction,
                    _ => Kind::StartTag { quote: None },
                };
                // what cannot begin a name is refused at once
                true
            }
            Kind::StartTag { quote } => {
                match *quote {
                    Some(open) if open == byte => *quote = None,
                    None if matches!(byte, b'"' | b'\'') => *quote = Some(byte),
                    _ => {}
                }
                quote.is_none() && byte == b'>'
            }
            Kind::EndTag => byte == b'>',
            Kind::Fixed => true,
            Kind::Instruction => matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'?' | b'>'),
        }
    }
}
