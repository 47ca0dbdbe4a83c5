//! Whole tokens of a valid document that were held: what of them is text.

use crate::buffered::{scalar_end, string_end};
use crate::output::{Output, TextPart};
use crate::syntax::Syntax;

/// Passes `tokens`, which begin at `offset`, and tells their strings and numbers as texts. Names of
/// members are none.
pub(crate) fn tell(tokens: &[u8], offset: u64, output: &mut impl Output) {
    let (mut passed, mut at) = (0, 0);
    while let Some(&byte) = tokens.get(at) {
        let (end, text) = match byte {
            b'"' => {
                let end = string_end(tokens, at);
                let name = follows_colon(tokens, end);
                (end, (!name).then_some((at + 1..end - 1, Syntax::JsonText)))
            }
            b'-' | b'0'..=b'9' => {
                let end = scalar_end(tokens, at);
                (end, Some((at..end, Syntax::Json)))
            }
            _ => (at + 1, None),
        };
        if let Some((span, syntax)) = text {
            output.pass(tokens.get(passed..span.start).unwrap_or_default());
            passed = span.end;
            output.text(TextPart {
                offset: offset + span.start as u64,
                raw: tokens.get(span).unwrap_or_default(),
                syntax,
                ends: true,
            });
        }
        at = end;
    }
    output.pass(tokens.get(passed..).unwrap_or_default());
}

fn follows_colon(tokens: &[u8], at: usize) -> bool {
    let after = tokens.get(at..).unwrap_or_default().trim_ascii_start();
    after.first() == Some(&b':')
}
