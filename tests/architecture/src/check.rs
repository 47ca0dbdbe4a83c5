//! The checks. Each returns what is wrong, one line each; nothing when the walls stand.

use crate::graph::{Dependency, Graph, Kind, Walk};
use std::collections::{BTreeMap, BTreeSet};

/// For each member of the workspace, the members that it may depend on.
pub type Edges = BTreeMap<&'static str, &'static [&'static str]>;

/// Faults when a package named `from` is missing, or reaches one of `forbidden`.
pub fn reaches(graph: &Graph, from: &str, forbidden: &[&str]) -> Vec<String> {
    let Some(closure) = graph.closure(from, Walk::Built) else {
        return vec![format!("there is no package `{from}`")];
    };
    let found = forbidden.iter().filter(|each| closure.contains(*each));
    found
        .map(|each| format!("`{from}` reaches `{each}`"))
        .collect()
}

/// Faults when a package named `from` is missing, or links anything that is not in `allowed`.
pub fn beyond(graph: &Graph, from: &str, allowed: &[&str]) -> Vec<String> {
    let Some(closure) = graph.closure(from, Walk::Linked) else {
        return vec![format!("there is no package `{from}`")];
    };
    let found = closure.into_iter().filter(|each| !allowed.contains(each));
    found
        .map(|each| format!("`{from}` links `{each}`, which is not on its list"))
        .collect()
}

/// Faults for each package with a name of `banned`, however it came in.
pub fn banned(graph: &Graph, banned: &[&str]) -> Vec<String> {
    let found = graph
        .packages
        .values()
        .filter(|package| banned.contains(&package.name.as_str()));
    let names: BTreeSet<_> = found.map(|package| &package.name).collect();
    names
        .into_iter()
        .map(|name| format!("`{name}` is in the workspace's dependencies"))
        .collect()
}

/// Faults for members without a row, rows without a member, and dependencies between members that
/// are not in the table or go around in a circle.
pub fn edges(graph: &Graph, allowed: &Edges) -> Vec<String> {
    let mut faults = Vec::new();
    let members: Vec<_> = graph
        .packages
        .values()
        .filter(|package| package.member)
        .collect();
    let names: BTreeSet<_> = members
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let missing = allowed.keys().filter(|name| !names.contains(*name));
    faults.extend(missing.map(|name| format!("the table has `{name}`, the workspace has not")));
    for package in members {
        let Some(may) = allowed.get(package.name.as_str()) else {
            faults.push(format!("`{}` has no row in the table", package.name));
            continue;
        };
        let built = |each: &&Dependency| each.kind != Kind::Development;
        let dependencies = package.dependencies.iter().filter(built);
        let on = dependencies.filter_map(|each| graph.packages.get(&each.on));
        let crossing = on.filter(|other| other.member && !may.contains(&other.name.as_str()));
        let crossing =
            crossing.map(|other| format!("`{}` depends on `{}`", package.name, other.name));
        faults.extend(crossing);
    }
    faults.extend(circles(allowed));
    faults
}

/// The table itself points one way only.
fn circles(allowed: &Edges) -> Vec<String> {
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    let settles =
        |settled: &BTreeSet<&str>, on: &[&str]| on.iter().all(|each| settled.contains(each));
    loop {
        let open = allowed.iter().filter(|(name, _)| !settled.contains(*name));
        let ready: Vec<_> = open
            .filter(|(_, on)| settles(&settled, on))
            .map(|(name, _)| *name)
            .collect();
        if ready.is_empty() {
            break;
        }
        settled.extend(ready);
    }
    let left = allowed.keys().filter(|name| !settled.contains(*name));
    left.map(|name| format!("the table goes around in a circle at `{name}`"))
        .collect()
}
