//! What the scanner keeps between chunks.

use super::content::Content;
use super::cut::Cut;
use super::error::XmlErrorCode;
use super::namespaces::Namespaces;
use super::open::OpenElements;
use super::paths::Paths;
use super::tag::Tag;
use crate::error::ScanError;
use crate::held::HeldBytes;
use policies::XmlLimits;

pub(super) struct Machine {
    pub(super) limits: XmlLimits,
    /// What the XML declaration may say of the encoding.
    pub(super) encodings: &'static [&'static str],
    /// Where the chunk at hand begins, in bytes from the start of the input.
    pub(super) base: u64,
    pub(super) open: OpenElements,
    pub(super) namespaces: Namespaces,
    pub(super) tag: Tag,
    /// The text at hand.
    pub(super) content: Option<Content>,
    /// The markup at hand when a chunk ends in it.
    pub(super) cut: Option<Cut>,
    /// Bytes of one of the two.
    pub(super) held: HeldBytes,
    /// Whether the root element has begun.
    pub(super) has_root: bool,
    /// How many bytes of a byte order mark the input begins with.
    pub(super) mark: usize,
}

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Machine {
    pub(super) fn new(paths: &Paths, limits: XmlLimits) -> Self {
        Self {
            limits,
            encodings: &["utf-8", "us-ascii"],
            base: 0,
            open: OpenElements::new(paths),
            namespaces: Namespaces::default(),
            tag: Tag::default(),
            content: None,
            cut: None,
            held: HeldBytes::default(),
            has_root: false,
            mark: 0,
        }
    }

    /// Whether the document begins at an offset.
    pub(super) fn is_start(&self, offset: u64) -> bool {
        let whole = self.mark == 0 || self.mark == BYTE_ORDER_MARK.len();
        whole && offset == self.mark as u64
    }

    /// Whether the root element has ended, and nothing is open.
    pub(super) fn is_complete(&self) -> bool {
        self.has_root && self.open.depth() == 0 && self.content.is_none() && self.cut.is_none()
    }

    #[cold]
    pub(super) fn truncated(&self) -> ScanError {
        ScanError::new(XmlErrorCode::Truncated, self.base)
    }
}
