//! The scanners of formats that are not made of others.

use crate::csv::CsvScanner;
use crate::error::ScanError;
use crate::form::FormScanner;
use crate::format::Format;
use crate::json::{Documents, JsonScanner};
use crate::output::Output;
use crate::plan::Plan;
use crate::text::TextScanner;
use crate::xml::XmlScanner;
use policies::CsvSettings;

/// The scanner of one such format.
pub(super) enum SingleScanner {
    Json(Box<JsonScanner>),
    Csv(Box<CsvScanner>),
    Form(Box<FormScanner>),
    Xml(Box<XmlScanner>),
    Text(TextScanner),
}

impl SingleScanner {
    /// The scanner of a format that is not made of others; a multipart body inside another is text.
    pub(super) fn new(plan: &Plan, format: &Format) -> Self {
        let json = |documents| {
            let scanner = JsonScanner::new(plan.selectors.clone(), plan.policy.json(), documents);
            Self::Json(Box::new(scanner))
        };
        let csv = |settings| {
            let scanner = CsvScanner::new(plan.columns.clone(), settings);
            Self::Csv(Box::new(scanner))
        };
        match format {
            Format::Json => json(Documents::One),
            Format::JsonLines => json(Documents::Lines),
            Format::Csv => csv(*plan.policy.csv()),
            Format::Tsv => csv(CsvSettings {
                delimiter: b'\t',
                ..*plan.policy.csv()
            }),
            Format::Form => {
                let scanner = FormScanner::new(plan.fields.clone(), *plan.policy.form());
                Self::Form(Box::new(scanner))
            }
            Format::Xml => {
                let scanner = XmlScanner::new(plan.paths.clone(), *plan.policy.xml());
                Self::Xml(Box::new(scanner))
            }
            Format::Multipart(_) | Format::Text => Self::Text(TextScanner::default()),
        }
    }

    /// The scanner of a URL's query.
    pub(super) fn query(plan: &Plan) -> Self {
        let scanner = FormScanner::new(plan.query.clone(), *plan.policy.form());
        Self::Form(Box::new(scanner))
    }

    /// The document came in another charset, which is known by these names: XML can say so itself.
    pub(super) fn set_charset(&mut self, names: &'static [&'static str]) {
        if let Self::Xml(scanner) = self {
            scanner.set_encodings(names);
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8], output: &mut impl Output) -> Result<(), ScanError> {
        match self {
            Self::Json(scanner) => scanner.push_to(chunk, output),
            Self::Csv(scanner) => scanner.push(chunk, output),
            Self::Form(scanner) => scanner.push(chunk, output),
            Self::Xml(scanner) => scanner.push(chunk, output),
            Self::Text(scanner) => scanner.push(chunk, output),
        }
    }

    pub(super) fn finish(&mut self, output: &mut impl Output) -> Result<(), ScanError> {
        match self {
            Self::Json(scanner) => scanner.finish_to(output),
            Self::Csv(scanner) => scanner.finish(output),
            Self::Form(scanner) => scanner.finish(output),
            Self::Xml(scanner) => scanner.finish(output),
            Self::Text(scanner) => scanner.finish(output),
        }
    }
}
