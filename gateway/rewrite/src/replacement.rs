//! What takes a value's place, written there.

use scan::{Syntax, Unfit};
use seal::Replacement;

/// Writes a replacement in the place of `raw`, with the escapes that its place needs.
///
/// # Errors
/// That it would read as something else there; then nothing is written.
pub fn write_replacement(
    replacement: Replacement<'_>,
    syntax: Syntax,
    raw: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    match replacement {
        Replacement::Made(token) => syntax.write_token(token, raw, out),
        Replacement::Text(text) => syntax.write_text(text, raw, out),
        Replacement::Number(spelling) => syntax.write_number(spelling, raw, out),
        Replacement::Null => syntax.write_null(raw, out),
        Replacement::Kept => {
            out.extend_from_slice(raw);
            Ok(())
        }
    }
}
