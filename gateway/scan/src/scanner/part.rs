//! What scans the parts of a multipart body.

use super::single::SingleScanner;
use crate::error::ScanError;
use crate::format::{Format, MediaType};
use crate::multipart::{MultipartErrorCode, Nested, PartHead, PartPlan};
use crate::output::Output;
use crate::plan::Plan;
use crate::utf8::Utf8Check;
use policies::OtherParts;
use std::sync::Arc;

/// Scans one part after the other, each by its own content type.
pub(crate) struct PartScanner {
    plan: Arc<Plan>,
    scanner: Option<SingleScanner>,
    check: Utf8Check,
    /// Bytes of the part that came so far.
    length: u64,
}

impl PartScanner {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            scanner: None,
            check: Utf8Check::default(),
            length: 0,
        }
    }

    /// The format of a part; `None` when it cannot be inspected.
    fn format(&self, content_type: Option<&str>) -> Option<Format> {
        let Some(content_type) = content_type else {
            return Some(Format::Text);
        };
        let media_type = MediaType::parse(content_type)?;
        let charset = media_type.parameter("charset").ok()?;
        let utf8 = charset.is_none_or(|label| {
            ["utf-8", "utf8", "us-ascii"]
                .iter()
                .any(|own| label.eq_ignore_ascii_case(own))
        });
        let format = media_type.format().ok()??;
        let single = !matches!(format, Format::Multipart(_));
        let plain = format == Format::Text;
        (utf8 && single && (plain || self.plan.takes(&format))).then_some(format)
    }

    fn not_utf8(&self, at: i64) -> ScanError {
        let offset = self.length.saturating_add_signed(at);
        ScanError::new(MultipartErrorCode::Charset, offset)
    }
}

impl Nested for PartScanner {
    fn begin(&mut self, head: &PartHead<'_>) -> Result<PartPlan, MultipartErrorCode> {
        self.scanner = None;
        self.check = Utf8Check::default();
        self.length = 0;
        let names = head.names();
        let rule = names
            .iter()
            .find_map(|name| self.plan.fields.rule(name.as_bytes()));
        if let Some(rule) = rule {
            return Ok(PartPlan::Value(rule));
        }
        match self.format(head.content_type) {
            Some(Format::Text) => Ok(PartPlan::Text),
            Some(format) => {
                self.scanner = Some(SingleScanner::new(&self.plan, &format));
                Ok(PartPlan::Scan)
            }
            None => match self.plan.policy.form().other_parts {
                OtherParts::Pass => Ok(PartPlan::Pass),
                OtherParts::Reject => Err(MultipartErrorCode::PartType),
            },
        }
    }

    fn push<O: Output>(&mut self, content: &[u8], output: &mut O) -> Result<(), ScanError> {
        // the scanner gets whole characters only, so that what is refused first, by it or for not
        // being UTF-8, is the same however the part is chunked
        let held = self.check.begun().to_vec();
        let checked = self.check.push(content);
        let sound = match checked {
            Ok(()) => held.len() + content.len() - self.check.begun().len(),
            Err(at) => usize::try_from(at).map_or(0, |at| held.len() + at),
        };
        let checked = checked.map_err(|at| self.not_utf8(at));
        self.length += content.len() as u64;
        if let Some(scanner) = &mut self.scanner
            && let Some(sound) = sound.checked_sub(held.len())
        {
            scanner.push(&held, output)?;
            scanner.push(content.get(..sound).unwrap_or_default(), output)?;
        }
        checked
    }

    fn finish<O: Output>(&mut self, output: &mut O) -> Result<(), ScanError> {
        let ended = self.check.finish();
        ended.map_err(|begun| self.not_utf8(-(begun as i64)))?;
        match &mut self.scanner {
            Some(scanner) => scanner.finish(output),
            None => Ok(()),
        }
    }
}
