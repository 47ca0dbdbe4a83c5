//! What is wrong with an XML document.

/// Why an input is refused. Each has a stable kebab-case name, [`XmlErrorCode::as_str`].
///
/// Sections are those of XML 1.0 (fifth edition) unless it says Namespaces, which is Namespaces in
/// XML 1.0 (third edition).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum XmlErrorCode {
    /// A byte that markup does not allow here.
    UnexpectedByte,
    /// The input ended inside the document, or held none.
    Truncated,
    /// A name that XML or Namespaces does not allow.
    InvalidName,
    /// A character that XML does not allow (section 2.2).
    InvalidCharacter,
    /// An end tag that is not the open element's (section 3).
    TagMismatch,
    /// An attribute that its element has already (section 3.1; Namespaces, section 6.3).
    DuplicateAttribute,
    /// A reference to an entity that is not one of the five predefined ones (section 4.6).
    UnknownEntity,
    /// A reference that is not spelled as section 4.1 does, or is longer than 32 bytes.
    InvalidReference,
    /// `]]>` outside a CDATA section (section 2.4).
    CdataEnd,
    /// `--` inside a comment (section 2.5).
    CommentDashes,
    /// An XML declaration that is misplaced or not as section 2.8 has it.
    Declaration,
    /// A version other than 1.0.
    Version,
    /// A declared encoding other than the one that the document came in.
    Encoding,
    /// A document type declaration, or other declarations: none are read.
    Doctype,
    /// Text before or after the root element.
    TextOutsideRoot,
    /// A second root element.
    SecondRoot,
    /// A prefix that is not declared (Namespaces, section 5).
    UndeclaredPrefix,
    /// A declaration that Namespaces, section 3, does not allow.
    Namespace,
    /// More namespace declarations in scope than 256, or than `max_tag_bytes`.
    TooManyNamespaces,
    /// More elements inside each other than `max_depth`.
    TooDeep,
    /// A name longer than `max_name_bytes`.
    NameTooLong,
    /// A tag longer than `max_tag_bytes`, or an XML declaration longer than that or 1024 bytes.
    TagTooLarge,
    /// A matched value longer than `max_value_bytes`.
    ValueTooLong,
}

impl XmlErrorCode {
    /// The stable name that users and programs see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnexpectedByte => "xml-unexpected-byte",
            Self::Truncated => "xml-truncated",
            Self::InvalidName => "xml-invalid-name",
            Self::InvalidCharacter => "xml-invalid-character",
            Self::TagMismatch => "xml-tag-mismatch",
            Self::DuplicateAttribute => "xml-duplicate-attribute",
            Self::UnknownEntity => "xml-unknown-entity",
            Self::InvalidReference => "xml-invalid-reference",
            Self::CdataEnd => "xml-cdata-end",
            Self::CommentDashes => "xml-comment-dashes",
            Self::Declaration => "xml-declaration",
            Self::Version => "xml-version",
            Self::Encoding => "xml-encoding",
            Self::Doctype => "xml-doctype",
            Self::TextOutsideRoot => "xml-text-outside-root",
            Self::SecondRoot => "xml-second-root",
            Self::UndeclaredPrefix => "xml-undeclared-prefix",
            Self::Namespace => "xml-namespace",
            Self::TooManyNamespaces => "xml-too-many-namespaces",
            Self::TooDeep => "xml-too-deep",
            Self::NameTooLong => "xml-name-too-long",
            Self::TagTooLarge => "xml-tag-too-large",
            Self::ValueTooLong => "xml-value-too-long",
        }
    }

    /// A sentence for the sender: what to change. Sending the same bytes again never helps.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::UnexpectedByte => "Send well-formed XML 1.0; this byte cannot be here.",
            Self::Truncated => "Send the whole document; it ends before its root element does.",
            Self::InvalidName => "Use names that XML 1.0 allows, with one colon at most.",
            Self::InvalidCharacter => "Leave out characters that XML 1.0 does not allow.",
            Self::TagMismatch => "Close elements in the order in which they were opened.",
            Self::DuplicateAttribute => "Give each attribute of an element once.",
            Self::UnknownEntity => {
                "Use only &lt; &gt; &amp; &quot; &apos; and character references."
            }
            Self::InvalidReference => {
                "Write & as &amp; and references as &name; or &#number;, at most 32 bytes long."
            }
            Self::CdataEnd => "Write ]]> in text as ]]&gt;.",
            Self::CommentDashes => "Leave -- out of comments.",
            Self::Declaration => {
                "Put the XML declaration first, with version, encoding and standalone in this order."
            }
            Self::Version => "Send XML 1.0.",
            Self::Encoding => {
                "Declare the encoding that the charset parameter names (without one, UTF-8), or none."
            }
            Self::Doctype => "Send the document without a document type declaration.",
            Self::TextOutsideRoot => "Put all text into the root element.",
            Self::SecondRoot => "Send one document, with one root element.",
            Self::UndeclaredPrefix => "Declare the prefix with an xmlns attribute.",
            Self::Namespace => "Declare namespaces as Namespaces in XML 1.0, section 3, allows.",
            Self::TooManyNamespaces => {
                "Declare fewer or shorter namespaces, or raise xml.max_tag_bytes; 256 is the most."
            }
            Self::TooDeep => "Nest elements less deeply, or raise xml.max_depth.",
            Self::NameTooLong => "Shorten the name, or raise xml.max_name_bytes.",
            Self::TagTooLarge => "Shorten the tag, or raise xml.max_tag_bytes.",
            Self::ValueTooLong => "Shorten the value, or raise xml.max_value_bytes.",
        }
    }

    /// Whether something is longer than the policy allows, rather than malformed.
    #[must_use]
    pub const fn is_too_large(self) -> bool {
        matches!(
            self,
            Self::TooManyNamespaces | Self::NameTooLong | Self::TagTooLarge | Self::ValueTooLong
        )
    }
}

/// Why markup could not be read; places count from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It may go on after the bytes that are here.
    Incomplete,
    /// It is refused.
    Fault { at: usize, code: XmlErrorCode },
}

impl Stop {
    #[cold]
    pub(super) const fn fault(at: usize, code: XmlErrorCode) -> Self {
        Self::Fault { at, code }
    }
}
