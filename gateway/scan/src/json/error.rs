//! What is wrong with a document, and where.

/// Why a document is refused. Each has a stable kebab-case name, [`JsonErrorCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonErrorCode {
    /// A byte that JSON does not allow here.
    UnexpectedByte,
    /// A byte order mark, or text that is not UTF-8 from its first byte.
    ByteOrderMark,
    /// The input ended inside a document, or held none.
    Truncated,
    /// Something other than whitespace follows the document.
    TrailingData,
    /// A line break inside a document, where each line is a document.
    LineBreak,
    /// More arrays and objects inside each other than `max_depth`.
    TooDeep,
    /// A key longer than `max_key_bytes`.
    KeyTooLong,
    /// A matched value longer than `max_value_bytes`.
    ValueTooLong,
    /// An array or object that must be held whole is longer than `max_buffer_bytes`.
    BufferFull,
    /// A string holds bytes that are not UTF-8.
    InvalidUtf8,
    /// An escaped surrogate without its other half.
    LoneSurrogate,
    /// A backslash that begins none of JSON's escapes.
    InvalidEscape,
    /// A control character that is not escaped.
    ControlCharacter,
    /// A number that JSON does not spell that way.
    InvalidNumber,
}

impl JsonErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnexpectedByte => "json-unexpected-byte",
            Self::ByteOrderMark => "json-byte-order-mark",
            Self::Truncated => "json-truncated",
            Self::TrailingData => "json-trailing-data",
            Self::LineBreak => "json-line-break",
            Self::TooDeep => "json-too-deep",
            Self::KeyTooLong => "json-key-too-long",
            Self::ValueTooLong => "json-value-too-long",
            Self::BufferFull => "json-buffer-full",
            Self::InvalidUtf8 => "json-invalid-utf8",
            Self::LoneSurrogate => "json-lone-surrogate",
            Self::InvalidEscape => "json-invalid-escape",
            Self::ControlCharacter => "json-control-character",
            Self::InvalidNumber => "json-invalid-number",
        }
    }

    /// Whether something is longer than the policy allows, rather than malformed.
    #[must_use]
    pub const fn is_too_large(self) -> bool {
        matches!(
            self,
            Self::KeyTooLong | Self::ValueTooLong | Self::BufferFull
        )
    }

    /// A sentence for the sender: what to change. Sending the same bytes again never helps.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::UnexpectedByte => "Send JSON as RFC 8259 defines it; this byte cannot be here.",
            Self::ByteOrderMark => "Send UTF-8 without a byte order mark.",
            Self::Truncated => "Send the whole document; it ends before its value does.",
            Self::TrailingData => {
                "Send one document; for one document per line use application/x-ndjson."
            }
            Self::LineBreak => "Put each document on one line; a line break ends a document.",
            Self::TooDeep => "Nest arrays and objects less deeply, or raise json.max_depth.",
            Self::KeyTooLong => "Shorten the key, or raise json.max_key_bytes.",
            Self::ValueTooLong => "Shorten the value, or raise json.max_value_bytes.",
            Self::BufferFull => {
                "Send a smaller array or object, select without a filter or a negative index, or raise json.max_buffer_bytes."
            }
            Self::InvalidUtf8 => "Encode the text as UTF-8.",
            Self::LoneSurrogate => "Write both halves of the escaped surrogate pair.",
            Self::InvalidEscape => {
                "Use only the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hex digits."
            }
            Self::ControlCharacter => "Escape control characters inside strings.",
            Self::InvalidNumber => "Spell the number as RFC 8259, section 6, does.",
        }
    }
}

/// A fault, counted from the start of the chunk at hand: below 0 when it is in an earlier chunk.
/// The scanner turns it into a [`crate::ScanError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: i64,
    pub(crate) code: JsonErrorCode,
}

impl Fault {
    #[cold]
    pub(crate) const fn new(at: usize, code: JsonErrorCode) -> Self {
        Self {
            at: at as i64,
            code,
        }
    }
}
