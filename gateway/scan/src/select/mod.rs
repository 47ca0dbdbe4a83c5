//! The selectors of a policy's rules, compiled for the scan.

pub(crate) mod filter;
pub(crate) mod graph;
pub(crate) mod names;
mod position;
pub(crate) mod table;

use graph::Graph;
use jsonpath_rust::parser::model::JpQuery;
use names::Names;
use policies::{OnNull, Policy};
use table::{StateId, Table};

/// The selectors of all of a policy's rules, as one automaton. Built once and shared by scanners.
#[derive(Debug)]
pub struct Selectors {
    names: Names,
    graph: Graph,
    table: Table,
    root: StateId,
    /// By rule: whether `null` passes.
    nulls_pass: Vec<bool>,
    /// The number that stands for the policy's records. It is behind those of all rules: a node that
    /// a rule takes is one value and no record.
    record: u32,
}

impl Selectors {
    /// Compiles the selectors of all rules. The first rule that matches a node takes it.
    #[must_use]
    pub fn compile(policy: &Policy) -> Self {
        let rules = policy.rules();
        let queries = rules.iter().enumerate().flat_map(|(number, rule)| {
            rule.places
                .selectors
                .iter()
                .map(move |selector| (number, selector.query()))
        });
        let records = policy.records().selectors.iter();
        let records = records.map(|selector| (rules.len(), selector.query()));
        let nulls_pass = rules.iter().map(|rule| rule.null == OnNull::Pass).collect();
        Self::from_queries(queries.chain(records), nulls_pass)
    }

    /// Compiles queries, each with its rule's number, and by rule whether `null` passes.
    pub(crate) fn from_queries<'a>(
        queries: impl IntoIterator<Item = (usize, &'a JpQuery)>,
        nulls_pass: Vec<bool>,
    ) -> Self {
        let mut names = Names::default();
        let graph = Graph::build(queries, &mut names);
        names.freeze();
        let table = Table::build(&graph, &names);
        let root = table.root(&graph);
        Self {
            names,
            graph,
            table,
            root,
            record: u32::try_from(nulls_pass.len()).unwrap_or(u32::MAX),
            nulls_pass,
        }
    }

    pub(crate) const fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) const fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(crate) const fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) const fn root(&self) -> StateId {
        self.root
    }

    /// Whether this stands for a record and not for a rule.
    pub(crate) const fn is_record(&self, rule: u32) -> bool {
        rule == self.record
    }

    pub(crate) fn null_passes(&self, rule: u32) -> bool {
        self.nulls_pass.get(rule as usize).copied().unwrap_or(false)
    }
}
