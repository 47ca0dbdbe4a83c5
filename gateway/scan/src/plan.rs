//! A policy's rules, compiled for every format.

use std::fmt;
use std::sync::Arc;

use detect::{DetectError, DetectRule, Detection, What};
use policies::{Column, DetectWhat, Places, Policy};

use crate::csv::Columns;
use crate::form::Fields;
use crate::format::Format;
use crate::select::Selectors;
use crate::xml::Paths;

/// What to take, in every format. Built once and shared by scanners.
pub struct Plan {
    pub(crate) policy: Arc<Policy>,
    pub(crate) selectors: Arc<Selectors>,
    pub(crate) columns: Arc<Columns>,
    pub(crate) fields: Arc<Fields>,
    pub(crate) query: Arc<Fields>,
    pub(crate) paths: Arc<Paths>,
    pub(crate) detection: Option<Detection>,
    places: Has,
}

/// Of which places there are any.
#[derive(Clone, Copy)]
struct Has {
    selectors: bool,
    columns: bool,
    fields: bool,
    xpaths: bool,
    query: bool,
}

impl Plan {
    /// Compiles all rules. The first rule that names a place takes what is there.
    ///
    /// # Errors
    /// A pattern that the search cannot use; a compiled policy has none but very large ones.
    pub fn compile(policy: Arc<Policy>) -> Result<Self, DetectError> {
        let selectors = Arc::new(Selectors::compile(&policy));
        let xpaths = each(&policy, |places| &places.xpaths);
        let has = |any: fn(&Places) -> bool| policy.rules().iter().any(|rule| any(&rule.places));
        let places = Has {
            selectors: has(|places| !places.selectors.is_empty()),
            columns: has(|places| !places.columns.is_empty()),
            fields: has(|places| !places.fields.is_empty()),
            xpaths: has(|places| !places.xpaths.is_empty()),
            query: has(|places| !places.query.is_empty()),
        };
        Ok(Self {
            selectors,
            columns: Arc::new(columns(&policy)),
            fields: Arc::new(fields(&policy, |places| &places.fields)),
            query: Arc::new(fields(&policy, |places| &places.query)),
            paths: Arc::new(Paths::compile(xpaths, &policy.records().xpaths)),
            detection: detection(&policy)?,
            places,
            policy,
        })
    }

    /// The policy that it was compiled from.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// What is searched for in texts; `None` when no rule looks for anything.
    #[must_use]
    pub fn detection(&self) -> Option<&Detection> {
        self.detection.as_ref()
    }

    /// Whether any rule can take something in documents of this format.
    #[must_use]
    pub fn takes(&self, format: &Format) -> bool {
        self.detection.is_some()
            || match format {
                Format::Json | Format::JsonLines => self.places.selectors,
                Format::Csv | Format::Tsv => self.places.columns,
                Format::Form => self.places.fields,
                // a part may be of any format
                Format::Multipart(_) => {
                    self.places.fields
                        || self.places.selectors
                        || self.places.columns
                        || self.places.xpaths
                }
                Format::Xml => self.places.xpaths,
                Format::Text => false,
            }
    }

    /// Whether any rule names a parameter of the query.
    #[must_use]
    pub fn takes_query(&self) -> bool {
        self.places.query
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Plan").finish_non_exhaustive()
    }
}

/// Every place of one sort, with its rule.
fn each<'p, T: 'p>(
    policy: &'p Policy,
    of: fn(&Places) -> &Vec<T>,
) -> impl Iterator<Item = (usize, &'p T)> {
    let rules = policy.rules().iter().enumerate();
    rules.flat_map(move |(rule, each)| of(&each.places).iter().map(move |place| (rule, place)))
}

fn columns(policy: &Policy) -> Columns {
    let (mut by_name, mut by_number) = (Vec::new(), Vec::new());
    for (rule, column) in each(policy, |places| &places.columns) {
        match column {
            Column::Name(name) => by_name.push((name.clone(), rule)),
            Column::Number(number) => by_number.push((*number, rule)),
        }
    }
    Columns::new(by_name, by_number)
}

fn fields(policy: &Policy, of: fn(&Places) -> &Vec<String>) -> Fields {
    let fields = each(policy, of).map(|(rule, name)| (name.clone(), rule));
    Fields::new(fields.collect())
}

fn detection(policy: &Policy) -> Result<Option<Detection>, DetectError> {
    let rules: Vec<_> = each(policy, |places| &places.detect)
        .map(|(rule, detect)| DetectRule {
            rule,
            what: match &detect.what {
                DetectWhat::BuiltIn(detector) => What::BuiltIn(*detector),
                DetectWhat::Pattern { pattern, checksum } => What::Pattern {
                    pattern: pattern.clone(),
                    checksum: *checksum,
                },
            },
            context: detect.context.clone(),
            never: detect.never.clone(),
        })
        .collect();
    if rules.is_empty() {
        return Ok(None);
    }
    Detection::compile(&rules).map(Some)
}
