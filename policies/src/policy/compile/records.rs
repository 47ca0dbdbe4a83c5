//! The `records` section.

use super::places::PlacesReader;
use super::{limits, raw};
use crate::diagnostic::Code;
use crate::policy::Records;
use crate::xpath::{Takes, XPath};
use crate::yaml::{OneOrMany, Report, Spanned};

pub(super) fn compile(
    report: &mut Report<'_>,
    raw: Option<&raw::Records>,
    places: &PlacesReader<'_>,
) -> Records {
    let default = Records::default();
    let Some(raw) = raw else { return default };
    let list = |raw: Option<&_>| raw.map(OneOrMany::list).unwrap_or_default();
    let max_bytes = limits::value_size(report, raw.max_bytes.as_ref());
    let selectors = list(raw.select.as_ref());
    let xpaths = list(raw.xpath.as_ref());
    Records {
        selectors: selectors
            .iter()
            .filter_map(|raw| places.selector(report, raw))
            .collect(),
        xpaths: xpaths
            .iter()
            .filter_map(|raw| element(report, raw, places))
            .collect(),
        max_bytes: max_bytes.unwrap_or(default.max_bytes),
    }
}

/// Only elements hold others.
fn element(
    report: &mut Report<'_>,
    raw: &Spanned<String>,
    places: &PlacesReader<'_>,
) -> Option<XPath> {
    let xpath = places.xpath(report, raw)?;
    let mut paths = xpath.paths().iter();
    let elements = paths.all(|path| path.takes == Takes::Element);
    if !elements {
        let help = "write the path of the elements that hold one record each: `//patient`";
        let message = "a record is an element, not a text or an attribute";
        report.error(Code::XPath, raw, message, help);
    }
    elements.then_some(xpath)
}
