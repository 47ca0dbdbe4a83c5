//! Why a head is refused.

/// What is wrong with a head. Each has one word, the problem document's `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A line that ends in a line feed alone.
    BareLineFeed,
    /// Not `method SP target SP HTTP/1.1`, with single spaces.
    RequestLine,
    /// The method is not a token.
    Method,
    /// The request target is none of RFC 9112's forms, or has bytes that no form allows.
    Target,
    /// Neither HTTP/1.1 nor HTTP/1.0.
    Version,
    /// A line that goes on from the one before (obs-fold).
    FoldedLine,
    /// A field name that is not a token, or white space before its colon.
    FieldName,
    /// A control character in a field value.
    FieldValue,
    /// A name that some servers read as a framing field: `Content_Length`.
    LookAlike,
    /// More than one `Content-Length`, or one that is not a decimal number below 2^63.
    ContentLength,
    /// A `Transfer-Encoding` other than `chunked`, once, in HTTP/1.1.
    TransferEncoding,
    /// Both `Content-Length` and `Transfer-Encoding`.
    TwoFramings,
    /// No `Host` in HTTP/1.1, two, one that is not a host, or one that differs from the target's.
    Host,
    /// Over the limit in bytes or in fields.
    TooLarge,
}

impl Refusal {
    /// The word in the problem document.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::BareLineFeed => "bare-line-feed",
            Self::RequestLine => "request-line",
            Self::Method => "method",
            Self::Target => "target",
            Self::Version => "version",
            Self::FoldedLine => "folded-line",
            Self::FieldName => "field-name",
            Self::FieldValue => "field-value",
            Self::LookAlike => "look-alike-field",
            Self::ContentLength => "content-length",
            Self::TransferEncoding => "transfer-encoding",
            Self::TwoFramings => "two-framings",
            Self::Host => "host",
            Self::TooLarge => "too-large",
        }
    }

    /// The sentence in the problem document.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::BareLineFeed => {
                "A line of the head ends in a line feed without a carriage return."
            }
            Self::RequestLine => {
                "The request line must be: method, one space, target, one space, version."
            }
            Self::Method => "The method must be a token (RFC 9110, section 5.6.2).",
            Self::Target => "The request target must be a path, an http URL, or * for OPTIONS.",
            Self::Version => "The version must be HTTP/1.1 or HTTP/1.0; HTTP/2 needs its preface.",
            Self::FoldedLine => {
                "A header field is continued on another line, which RFC 9112 forbids."
            }
            Self::FieldName => "A field name must be a token with a colon right after it.",
            Self::FieldValue => "A field value holds a control character.",
            Self::LookAlike => {
                "A field's name can be taken for Content-Length, Transfer-Encoding or Host."
            }
            Self::ContentLength => "Send one Content-Length, a decimal number.",
            Self::TransferEncoding => {
                "Transfer-Encoding must be chunked, once, and only in HTTP/1.1."
            }
            Self::TwoFramings => "Send either Content-Length or Transfer-Encoding, not both.",
            Self::Host => "Send one Host, a host name or address, equal to that of the target.",
            Self::TooLarge => "The head has too many bytes or fields.",
        }
    }
}
