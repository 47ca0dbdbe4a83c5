//! The boundary of a multipart body, which no replacement may make another of.
//!
//! The sender chooses it. Without this, what a sender knows that a value becomes (its last digits
//! after stars, say) could end a part, and what follows would be a part that no rule has seen.

use std::ops::Range;

use memchr::memmem::Finder;
use zeroize::Zeroizing;

/// What divides a multipart body (RFC 2046, section 5.1.1), piece by piece. Readers differ in which
/// line ends they want before it, so that it is looked for without.
pub(crate) struct Boundary {
    /// `--` and the boundary.
    delimiter: Finder<'static>,
    /// The end of what came before the piece at hand, as it came.
    before: Zeroizing<Vec<u8>>,
    /// Where in the piece something took the place of a value, and of which rule.
    replaced: Vec<(Range<usize>, usize)>,
}

impl Boundary {
    pub(crate) fn new(boundary: &str) -> Self {
        let delimiter = format!("--{boundary}");
        Self {
            before: Zeroizing::new(Vec::with_capacity(delimiter.len())),
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
            replaced: Vec::new(),
        }
    }

    pub(crate) fn replaced(&mut self, place: Range<usize>, rule: usize) {
        self.replaced.push((place, rule));
    }

    /// The rule of a replacement that has a delimiter in it, or is part of one; also one that may
    /// only go on in the next piece.
    pub(crate) fn made_by(&self, piece: &[u8]) -> Option<usize> {
        let made = |(place, _): &&(Range<usize>, usize)| self.is_in(piece, place);
        self.replaced.iter().find(made).map(|(_, rule)| *rule)
    }

    fn is_in(&self, piece: &[u8], place: &Range<usize>) -> bool {
        let delimiter = self.delimiter.needle();
        let reach = delimiter.len() - 1;
        let start = place.start.saturating_sub(reach);
        let end = piece.len().min(place.end + reach);
        let mut around = Zeroizing::new(Vec::with_capacity(end - start + reach));
        // no more than a delimiter that is not the replacement's has no room in
        let earlier = self.before.len().min(reach.saturating_sub(place.start));
        let earlier = self.before.get(self.before.len() - earlier..);
        around.extend_from_slice(earlier.unwrap_or_default());
        around.extend_from_slice(piece.get(start..end).unwrap_or_default());
        if self.delimiter.find(&around).is_some() {
            return true;
        }
        let begun = (1..=reach.min(around.len())).any(|length| {
            let last = around.get(around.len() - length..).unwrap_or_default();
            piece.len() - place.end < length && delimiter.starts_with(last)
        });
        end == piece.len() && begun
    }

    /// The piece as it came is done with.
    pub(crate) fn pass(&mut self, piece: &[u8]) {
        self.replaced.clear();
        let reach = self.delimiter.needle().len() - 1;
        let last = piece.get(piece.len().saturating_sub(reach)..);
        let last = last.unwrap_or_default();
        let kept = self.before.len().min(reach - last.len());
        let dropped = self.before.len() - kept;
        self.before.copy_within(dropped.., 0);
        self.before.truncate(kept);
        // within its room: no copy is left behind
        self.before.extend_from_slice(last);
    }
}
