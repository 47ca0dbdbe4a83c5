//! Content codings (RFC 9110, section 8.4.1).

mod decode;
mod encode;
mod error;
#[cfg(test)]
mod tests;
mod zstd;

pub use decode::{DecodeLimits, Decoder, Finish, Progress};
pub use encode::Encoder;
pub use error::{CodingError, CodingErrorCode};

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentCoding {
    /// RFC 1952, with any number of members.
    Gzip,
    /// The zlib format (RFC 1950), as RFC 9110 says; not the bare RFC 1951 that some send, which
    /// has no checksum and could be taken for the other.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878, with windows of up to 8 MiB as RFC 9659 says, and any number of frames.
    Zstd,
}

impl ContentCoding {
    /// The coding of a member of `Content-Encoding`, in any case.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        let token = token.to_ascii_lowercase();
        Some(match token.as_str() {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// Its name in `Content-Encoding`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Whether several streams may follow each other.
    const fn repeats(self) -> bool {
        matches!(self, Self::Gzip | Self::Zstd)
    }
}
