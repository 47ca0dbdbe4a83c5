//! What is wrong with a multipart body.

/// Why a multipart body is refused. Each has a stable kebab-case name,
/// [`MultipartErrorCode::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MultipartErrorCode {
    /// The content type has no boundary, or one that RFC 2046 does not allow.
    NoBoundary,
    /// The body does not begin with its boundary.
    Preamble,
    /// Something other than a line break, or the two hyphens of the end, follows a boundary.
    Delimiter,
    /// The header fields of a part are longer than 16 KiB.
    HeadTooLarge,
    /// Header fields of a part that readers could take differently.
    Head,
    /// A part without the name of its field, or with one that can be read in two ways.
    Name,
    /// A part with a `Content-Transfer-Encoding` that changes its bytes.
    TransferEncoding,
    /// A part of a type that cannot be inspected.
    PartType,
    /// A part that is not UTF-8, though it is text.
    Charset,
    /// The body ended before its last boundary.
    Truncated,
    /// Something follows the last boundary.
    Epilogue,
    /// A field that becomes a token is longer than `max_value_bytes`.
    ValueTooLong,
}

impl MultipartErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoBoundary => "multipart-no-boundary",
            Self::Preamble => "multipart-preamble",
            Self::Delimiter => "multipart-delimiter",
            Self::HeadTooLarge => "multipart-head-too-large",
            Self::Head => "multipart-head",
            Self::Name => "multipart-name",
            Self::TransferEncoding => "multipart-transfer-encoding",
            Self::PartType => "multipart-part-type",
            Self::Charset => "multipart-charset",
            Self::Truncated => "multipart-truncated",
            Self::Epilogue => "multipart-epilogue",
            Self::ValueTooLong => "multipart-value-too-long",
        }
    }

    /// A sentence for the sender: what to change. Sending the same bytes again never helps.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::NoBoundary => "Give multipart/form-data one boundary of 1 to 70 characters.",
            Self::Preamble => {
                "Begin the body with the boundary that the content type names; nothing may stand before it."
            }
            Self::Delimiter => "End the line after a boundary with CR LF, and the body with `--`.",
            Self::HeadTooLarge => "Shorten the part's header fields.",
            Self::Head => {
                "Write each header field of the part once, on one line that ends in CR LF, without control characters."
            }
            Self::Name => {
                "Give each part one `Content-Disposition: form-data; name=\"...\"`, without backslashes."
            }
            Self::TransferEncoding => {
                "Send parts as they are: with Content-Transfer-Encoding 7bit, 8bit or binary, or none."
            }
            Self::PartType => {
                "Send parts of types that the policy has rules for, or set form.other_parts to pass."
            }
            Self::Charset => "Encode the part's text as UTF-8.",
            Self::Truncated => "Send the whole body; it ends before its last boundary.",
            Self::Epilogue => "End the body after its last boundary.",
            Self::ValueTooLong => "Shorten the field, or raise form.max_value_bytes.",
        }
    }

    /// Whether something is longer than the policy allows, rather than malformed.
    #[must_use]
    pub const fn is_too_large(self) -> bool {
        matches!(self, Self::HeadTooLarge | Self::ValueTooLong)
    }
}
