//! Plain text: nothing has a place in it, so only what it holds can tell.

mod error;

pub use error::TextErrorCode;

use crate::error::ScanError;
use crate::output::{Output, TextPart};
use crate::syntax::Syntax;

/// Scans plain text: all of it is one text.
#[derive(Debug, Default)]
pub(crate) struct TextScanner {
    offset: u64,
}

impl TextScanner {
    pub(crate) fn push(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<(), ScanError> {
        self.tell(chunk, false, output);
        Ok(())
    }

    pub(crate) fn finish(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        self.tell(&[], true, output);
        Ok(())
    }

    fn tell(&mut self, raw: &[u8], ends: bool, output: &mut impl Output) {
        let (offset, syntax) = (self.offset, Syntax::Plain);
        self.offset += raw.len() as u64;
        output.text(TextPart {
            raw,
            syntax,
            offset,
            ends,
        });
    }
}
