//! What is written in a value's place.

mod csv;
mod json;
mod line;
mod url;
mod xml;

use super::{Syntax, Unfit};

impl Syntax {
    /// Writes `token`, which is ASCII without quotes, backslash, `<`, `>` and `&`, in the place of
    /// `raw`.
    ///
    /// # Errors
    /// Where nothing can be escaped, and it has what would be more than text; then nothing is
    /// written.
    pub fn write_token(self, token: &[u8], raw: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
        let quoted = match self {
            Self::Json => true,
            Self::Csv { delimiter, .. } => raw.first() == Some(&b'"') || token.contains(&delimiter),
            Self::Form | Self::Path => {
                url::push_percent_encoded(token, out);
                return Ok(());
            }
            Self::CsvPart { delimiter, .. } if token.contains(&delimiter) => {
                return Err(Unfit::Structure);
            }
            // base64url has dashes, and two of them end a comment
            Self::Comment(beside) => {
                let token = std::str::from_utf8(token).map_err(|_| Unfit::Character)?;
                return xml::COMMENT.write(token, beside, out);
            }
            _ => false,
        };
        if quoted {
            out.push(b'"');
            out.extend_from_slice(token);
            out.push(b'"');
        } else {
            out.extend_from_slice(token);
        }
        Ok(())
    }

    /// Writes any text in the place of `raw`, with the escapes that its place needs: in JSON a
    /// string. What reads the document reads exactly `text` there.
    ///
    /// # Errors
    /// That it would not; then nothing is written.
    pub fn write_text(self, text: &str, raw: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
        match self {
            Self::Json => json::write_string(text, out),
            Self::JsonText => json::write_inside(text, out),
            Self::Csv { delimiter, .. } => {
                csv::write(text, delimiter, raw.first() == Some(&b'"'), out)
            }
            Self::CsvText => csv::write_quoted(text, out),
            Self::CsvPart { delimiter, .. } => return csv::write_part(text, delimiter, out),
            Self::Form => url::push_percent_encoded(text.as_bytes(), out),
            Self::Path => return url::write_segment(text, out),
            Self::Xml(beside) => return xml::write(text, beside, out),
            Self::Cdata(beside) => return xml::CDATA.write(text, beside, out),
            Self::Comment(beside) => return xml::COMMENT.write(text, beside, out),
            Self::Instruction(beside) => return xml::INSTRUCTION.write(text, beside, out),
            Self::FileName { quoted } => return line::write_file_name(text, quoted, out),
            Self::Header => return line::write_header(text, out),
            Self::Plain => return line::write_plain(text, out),
        }
        Ok(())
    }

    /// Writes a number, as JSON spells it, in the place of `raw`: in the place of a whole JSON value
    /// as it is, elsewhere its text.
    ///
    /// # Errors
    /// As [`Self::write_text`]; or that it is no number.
    pub fn write_number(self, spelling: &str, raw: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
        if !json::is_number(spelling.as_bytes()) {
            return Err(Unfit::Number);
        }
        match self {
            Self::Json => out.extend_from_slice(spelling.as_bytes()),
            _ => self.write_text(spelling, raw, out)?,
        }
        Ok(())
    }

    /// Writes `null` in the place of `raw` when that is a whole JSON value, elsewhere no text. A
    /// CSV field has quotes then only when its row would be none without: readers that know nulls
    /// take a field without quotes for one.
    ///
    /// # Errors
    /// As [`Self::write_text`].
    pub fn write_null(self, raw: &[u8], out: &mut Vec<u8>) -> Result<(), Unfit> {
        match self {
            Self::Json => out.extend_from_slice(b"null"),
            Self::Csv { alone: false, .. } => {}
            _ => self.write_text("", raw, out)?,
        }
        Ok(())
    }
}
