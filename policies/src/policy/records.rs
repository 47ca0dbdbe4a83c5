//! What belongs together in a document.

use crate::selector::Selector;
use crate::xpath::XPath;

/// What one record is. Lines of NDJSON and rows of CSV always are records, and around all others
/// the body is one. A value belongs to the innermost record that it is in.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// Objects and arrays of JSON.
    pub selectors: Vec<Selector>,
    /// Elements of XML.
    pub xpaths: Vec<XPath>,
    /// Most bytes of a body that wait for what says whose a record is. 64 B to 64 MiB; 1 MiB by
    /// default.
    pub max_bytes: usize,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            selectors: Vec::new(),
            xpaths: Vec::new(),
            max_bytes: 1 << 20,
        }
    }
}
