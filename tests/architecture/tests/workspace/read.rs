//! From `cargo metadata` to a graph.

use architecture::{Dependency, Graph, Kind};
use cargo_metadata::{DependencyKind, Metadata, Node, Package, TargetKind};
use std::collections::HashMap;

pub(crate) fn graph(metadata: &Metadata) -> Graph {
    let packages: HashMap<_, _> = metadata
        .packages
        .iter()
        .map(|each| (&each.id, each))
        .collect();
    let mut graph = Graph::default();
    for node in &metadata.resolve.as_ref().unwrap().nodes {
        let package = packages[&node.id];
        let mut dependencies = Vec::new();
        for dependency in &node.deps {
            if !is_active(package, node, packages[&dependency.pkg]) {
                continue;
            }
            let kinds = dependency.dep_kinds.iter().map(|info| kind(info.kind));
            let on = &dependency.pkg.repr;
            dependencies.extend(kinds.map(|kind| Dependency {
                on: on.clone(),
                kind,
            }));
        }
        let made = architecture::Package {
            name: package.name.to_string(),
            member: metadata.workspace_members.contains(&package.id),
            proc_macro: package
                .targets
                .iter()
                .any(|each| each.kind.contains(&TargetKind::ProcMacro)),
            dependencies,
        };
        graph.packages.insert(node.id.repr.clone(), made);
    }
    drop_unreached(&mut graph);
    graph
}

fn kind(kind: DependencyKind) -> Kind {
    match kind {
        DependencyKind::Normal => Kind::Normal,
        DependencyKind::Build => Kind::Build,
        DependencyKind::Development => Kind::Development,
        other => panic!("cargo has a new kind of dependency: {other:?}"),
    }
}

/// cargo's resolution lists an optional dependency that is only mentioned as `name?/feature`,
/// although nothing turns it on and nothing builds it.
fn is_active(package: &Package, node: &Node, on: &Package) -> bool {
    let mut declared = package
        .dependencies
        .iter()
        .filter(|each| each.name == on.name.as_str());
    declared.any(|each| {
        let name = each.rename.as_ref().unwrap_or(&each.name);
        !each.optional || turned_on(package, node, name)
    })
}

/// Whether a feature that is on turns on the optional dependency `name`.
fn turned_on(package: &Package, node: &Node, name: &str) -> bool {
    let defined = node
        .features
        .iter()
        .filter_map(|feature| package.features.get(feature.as_str()));
    let mut defined = defined.flatten();
    let turns_on = |text: &String| {
        let other = text
            .strip_prefix("dep:")
            .or(text.split_once('/').map(|(other, _)| other));
        other == Some(name)
    };
    defined.any(turns_on) || node.features.iter().any(|feature| feature.as_str() == name)
}

/// Leaves what members reach, by dependencies of any kind.
fn drop_unreached(graph: &mut Graph) {
    let members = graph.packages.iter().filter(|(_, package)| package.member);
    let mut ahead: Vec<_> = members.map(|(id, _)| id.clone()).collect();
    let mut reached = std::collections::BTreeSet::new();
    while let Some(id) = ahead.pop() {
        if reached.insert(id.clone()) {
            ahead.extend(
                graph.packages[&id]
                    .dependencies
                    .iter()
                    .map(|each| each.on.clone()),
            );
        }
    }
    graph.packages.retain(|id, _| reached.contains(id));
}

/// What is not turned on is left out, and what is turned on, by whatever way, is not.
#[test]
fn optional_dependencies() {
    let graph = graph(&crate::METADATA);
    let has = |name: &str| graph.named(name).count() > 0;
    assert!(!has("ring"), "`rustls-webpki` mentions it as `ring?/alloc`");
    assert!(has("rustls-webpki") && has("aws-lc-sys"), "on by `dep:`");
    let members = graph
        .packages
        .values()
        .filter(|package| package.member)
        .count();
    assert_eq!(members, crate::METADATA.workspace_members.len());
}
