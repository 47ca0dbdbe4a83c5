//! What is said of each file, for people and for programs.

use std::sync::Arc;

use policies::{
    Class, Column, Detect, DetectWhat, Diagnostic, OnNull, PathSegment, PathTemplate, Places,
    Policy, Rule, Severity,
};
use scan::{Format, Plan};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// All files.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) files: Vec<FileReport>,
}

/// One file.
#[derive(Debug, Serialize)]
pub(super) struct FileReport {
    pub(super) file: String,
    pub(super) ok: bool,
    diagnostics: Vec<Value>,
    /// The same as people read it.
    #[serde(skip)]
    pub(super) said: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<PolicyReport>,
}

/// What a policy does.
#[derive(Debug, Serialize)]
pub(super) struct PolicyReport {
    pub(super) rules: Vec<RuleReport>,
    /// Where some values wait for others of their record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) records: Option<RecordsReport>,
    /// Formats in which some rule can take something.
    pub(super) covers: Vec<&'static str>,
    /// The others.
    pub(super) refuses: Vec<&'static str>,
}

/// What a record is, besides lines and rows, and what says whose it is.
#[derive(Debug, Serialize)]
pub(super) struct RecordsReport {
    /// The rule that says the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<String>,
    pub(super) select: Vec<String>,
    pub(super) xpath: Vec<String>,
}

/// What a rule does.
#[derive(Debug, Serialize)]
pub(super) struct RuleReport {
    pub(super) name: String,
    pub(super) class: String,
    pub(super) kind: &'static str,
    pub(super) key: String,
    /// Whether `null` becomes a token too.
    pub(super) tokenizes_null: bool,
    /// The rule that says whose its values are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    /// By the policy's word for where they are.
    pub(super) places: Map<String, Value>,
}

impl Report {
    pub(super) fn add(&mut self, file: FileReport) {
        self.files.push(file);
    }

    /// Whether nothing is wrong with any file.
    pub(super) fn ok(&self) -> bool {
        self.files.iter().all(|file| file.ok)
    }
}

impl FileReport {
    /// A file with what was found in it.
    pub(super) fn new(file: &str, found: &[Diagnostic]) -> Self {
        Self {
            file: file.to_owned(),
            ok: !found.iter().any(|each| each.severity == Severity::Error),
            diagnostics: found.iter().map(diagnostic).collect(),
            said: found.iter().map(ToString::to_string).collect(),
            policy: None,
        }
    }

    /// Something else is wrong with it.
    pub(super) fn fail(&mut self, message: String) {
        self.ok = false;
        self.diagnostics
            .push(json!({"severity": "error", "message": message}));
        self.said.push(message);
    }

    /// With what its policy does.
    pub(super) fn explain(mut self, policy: Arc<Policy>) -> Self {
        let rules = policy.rules().iter().map(|rule| rule_report(&policy, rule));
        let rules = rules.collect::<Vec<_>>();
        let records = records(&policy);
        match Plan::compile(policy) {
            Ok(plan) => {
                let (covers, refuses) = formats(&plan);
                self.policy = Some(PolicyReport {
                    rules,
                    records,
                    covers,
                    refuses,
                });
            }
            Err(error) => self.fail(error.to_string()),
        }
        self
    }
}

fn diagnostic(found: &Diagnostic) -> Value {
    json!({
        "code": found.code.as_str(),
        "severity": match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "file": found.file,
        "line": found.place.line,
        "column": found.place.column,
        "length": found.place.length,
        "message": found.message,
        "help": found.help,
    })
}

fn formats(plan: &Plan) -> (Vec<&'static str>, Vec<&'static str>) {
    let all = [
        Format::Json,
        Format::JsonLines,
        Format::Csv,
        Format::Tsv,
        Format::Form,
        Format::Multipart("b".into()),
        Format::Xml,
        Format::Text,
    ];
    let (covered, others): (Vec<_>, Vec<_>) = all.iter().partition(|format| plan.takes(format));
    let names = |formats: Vec<&Format>| formats.into_iter().map(Format::name).collect::<Vec<_>>();
    let (mut covers, mut refuses) = (names(covered), names(others));
    // columns and texts, as CSV
    let parquet = if plan.takes(&Format::Csv) && plan.policy().searched_owner().is_none() {
        &mut covers
    } else {
        &mut refuses
    };
    parquet.push("parquet");
    (covers, refuses)
}

fn rule_report(policy: &Policy, rule: &Rule) -> RuleReport {
    let class = policy.class(rule.class);
    RuleReport {
        name: rule.name.clone(),
        class: class.name.to_string(),
        kind: class.kind.name(),
        key: keys(class),
        tokenizes_null: rule.null == OnNull::Tokenize,
        subject: rule.subject.and_then(|rule| rule_name(policy, rule)),
        places: places(&rule.places),
    }
}

fn records(policy: &Policy) -> Option<RecordsReport> {
    let records = policy.records();
    let selectors = records.selectors.iter();
    let xpaths = records.xpaths.iter();
    policy.has_owners().then(|| RecordsReport {
        tenant: policy
            .tenant_rule()
            .and_then(|rule| rule_name(policy, rule)),
        select: selectors.map(ToString::to_string).collect(),
        xpath: xpaths.map(ToString::to_string).collect(),
    })
}

fn rule_name(policy: &Policy, rule: usize) -> Option<String> {
    policy.rules().get(rule).map(|rule| rule.name.clone())
}

/// The names of a class's keys; `-` for a kind that needs none.
fn keys(class: &Class) -> String {
    let mut names: Vec<_> = class.keys().map(ToString::to_string).collect();
    names.dedup();
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join(", ")
    }
}

fn places(places: &Places) -> Map<String, Value> {
    let texts = |texts: &[String]| texts.iter().map(|text| json!(text)).collect::<Vec<_>>();
    let displayed = |all: Vec<String>| all.into_iter().map(Value::from).collect::<Vec<_>>();
    let columns = places.columns.iter().map(|column| match column {
        Column::Name(name) => json!(name),
        Column::Number(number) => json!(number),
    });
    let all = [
        (
            "select",
            displayed(places.selectors.iter().map(ToString::to_string).collect()),
        ),
        ("columns", columns.collect()),
        ("fields", texts(&places.fields)),
        (
            "xpath",
            displayed(places.xpaths.iter().map(ToString::to_string).collect()),
        ),
        ("headers", texts(&places.headers)),
        ("query", texts(&places.query)),
        ("path", displayed(places.paths.iter().map(path).collect())),
        ("detect", places.detect.iter().map(detect).collect()),
    ];
    let there = all.into_iter().filter(|(_, places)| !places.is_empty());
    there
        .map(|(name, places)| (name.to_owned(), Value::Array(places)))
        .collect()
}

fn path(template: &PathTemplate) -> String {
    let segments = template.segments.iter().map(|segment| match segment {
        PathSegment::Literal(text) => format!("/{text}"),
        PathSegment::Any => "/*".to_owned(),
        PathSegment::Value => "/{}".to_owned(),
    });
    let rest = if template.open { "/**" } else { "" };
    segments.chain([rest.to_owned()]).collect()
}

fn detect(detect: &Detect) -> Value {
    let mut shown = match &detect.what {
        DetectWhat::BuiltIn(detector) => json!({"built_in": detector.name()}),
        DetectWhat::Pattern { pattern, checksum } => json!({
            "pattern": pattern,
            "checksum": checksum.map(|checksum| checksum.name()),
        }),
    };
    if let Some(shown) = shown.as_object_mut() {
        shown.retain(|_, value| !value.is_null());
        if !detect.context.is_empty() {
            shown.insert("context".to_owned(), json!(detect.context));
        }
        if !detect.never.is_empty() {
            // what is never taken may be somebody's
            shown.insert("never".to_owned(), json!(detect.never.len()));
        }
    }
    shown
}
