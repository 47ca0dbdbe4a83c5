//! Content codings and charsets as bodies stream by. No I/O; memory is bounded whatever a body
//! decodes to.
//!
//! - [`Decoder`] undoes `gzip`, `deflate`, `br` and `zstd`, one or several on top of each other,
//!   and gives no more bytes at a time than asked for; [`Encoder`] makes them again;
//! - [`ToUtf8`] converts UTF-16, ISO-8859-1 and Windows-1252 to UTF-8, and [`FromUtf8`] back, byte
//!   for byte.

mod charset;
mod content;

pub use charset::{ByteOrderMark, Charset, CharsetError, CharsetErrorCode, FromUtf8, ToUtf8};
pub use content::{
    CodingError, CodingErrorCode, ContentCoding, DecodeLimits, Decoder, Encoder, Finish, Progress,
};
