//! Each check over a made-up graph in which it must fail, and one in which it must not.
#![allow(clippy::unwrap_used, reason = "tests")]

use crate::{Dependency, Edges, Graph, Kind, Package, Walk, banned, beyond, edges, reaches};

/// `a -> b`, `a => b` and `a ~> b`: normal, build and development dependencies, one each line. `*`
/// marks members, `!` what runs in the compiler.
fn graph(lines: &[&str]) -> Graph {
    let mut graph = Graph::default();
    let mut add = |word: &str| {
        let id = word.trim_matches(['*', '!']).to_owned();
        // `name@2` is another version of `name`
        let name = id.split('@').next().unwrap().to_owned();
        let package = graph.packages.entry(id.clone()).or_insert(Package {
            name,
            ..Package::default()
        });
        package.member |= word.ends_with('*');
        package.proc_macro |= word.ends_with('!');
        id
    };
    let mut found = Vec::new();
    for line in lines {
        let words: Vec<_> = line.split(' ').collect();
        let [from, arrow, on] = words.as_slice() else {
            add(line);
            continue;
        };
        let kind = match *arrow {
            "->" => Kind::Normal,
            "=>" => Kind::Build,
            _ => Kind::Development,
        };
        found.push((add(from), Dependency { on: add(on), kind }));
    }
    for (from, dependency) in found {
        graph
            .packages
            .get_mut(&from)
            .unwrap()
            .dependencies
            .push(dependency);
    }
    graph
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_way_through_others_is_found() {
    for way in ["helper -> unseal*", "helper => unseal*"] {
        let graph = graph(&["proxy* -> seal*", "seal* -> helper", way]);
        assert_eq!(
            reaches(&graph, "proxy", &["unseal", "detokenize"]),
            ["`proxy` reaches `unseal`"]
        );
        assert_eq!(reaches(&graph, "helper", &["seal"]), NOTHING);
    }
}

#[test]
fn a_way_through_another_version_is_found() {
    let graph = graph(&[
        "proxy* -> helper@2",
        "helper@2 -> unseal*",
        "helper -> other",
    ]);
    assert_eq!(
        reaches(&graph, "proxy", &["unseal"]),
        ["`proxy` reaches `unseal`"]
    );
}

#[test]
fn what_tests_use_is_no_way() {
    let graph = graph(&["proxy* -> seal*", "seal* ~> unseal*"]);
    assert_eq!(reaches(&graph, "proxy", &["unseal"]), NOTHING);
}

#[test]
fn a_package_that_is_gone_is_a_fault() {
    let graph = graph(&["proxy* -> seal*"]);
    assert_eq!(
        reaches(&graph, "gateway", &["unseal"]),
        ["there is no package `gateway`"]
    );
    assert_eq!(
        beyond(&graph, "gateway", &[]),
        ["there is no package `gateway`"]
    );
}

#[test]
fn what_is_not_on_the_list_is_found() {
    let graph = graph(&[
        "policies* -> serde",
        "serde -> tokio",
        "policies* ~> proptest",
    ]);
    let fault = ["`policies` links `tokio`, which is not on its list"];
    assert_eq!(beyond(&graph, "policies", &["serde"]), fault);
    assert_eq!(beyond(&graph, "policies", &["serde", "tokio"]), NOTHING);
}

#[test]
fn the_compiler_s_own_is_not_linked() {
    let graph = graph(&[
        "policies* -> derive!",
        "derive! -> sha2",
        "policies* => cc",
        "cc -> jobserver",
    ]);
    assert_eq!(beyond(&graph, "policies", &[]), NOTHING);
    let built = graph.closure("policies", Walk::Built).unwrap();
    assert_eq!(
        built.into_iter().collect::<Vec<_>>(),
        ["cc", "derive", "jobserver", "sha2"]
    );
}

#[test]
fn a_circle_ends() {
    let graph = graph(&["a -> b", "b -> a"]);
    assert_eq!(
        graph
            .closure("a", Walk::Built)
            .unwrap()
            .into_iter()
            .collect::<Vec<_>>(),
        ["b"]
    );
}

#[test]
fn banned_packages_are_found_wherever_they_are() {
    let graph = graph(&["proxy* -> tls", "tls ~> ring", "ring", "ring@2"]);
    assert_eq!(
        banned(&graph, &["ring", "rsa"]),
        ["`ring` is in the workspace's dependencies"]
    );
    assert_eq!(banned(&graph, &["rsa"]), NOTHING);
}

#[test]
fn edges_that_the_table_lacks_are_found() {
    let table: Edges = [("proxy", &["seal"][..]), ("seal", &[]), ("record", &[])].into();
    let good = graph(&[
        "proxy* -> seal*",
        "seal* -> serde",
        "record*",
        "record* ~> seal*",
    ]);
    assert_eq!(edges(&good, &table), NOTHING);
    let back = graph(&[
        "proxy* -> seal*",
        "seal* => record*",
        "record* -> proxy*",
        "new*",
    ]);
    assert_eq!(
        edges(&back, &table),
        [
            "`new` has no row in the table",
            "`record` depends on `proxy`",
            "`seal` depends on `record`"
        ]
    );
    let gone = graph(&["proxy* -> seal*"]);
    assert_eq!(
        edges(&gone, &table),
        ["the table has `record`, the workspace has not"]
    );
}

#[test]
fn a_table_with_a_circle_is_a_fault() {
    let table: Edges = [("a", &["b"][..]), ("b", &["a"]), ("c", &[])].into();
    let graph = graph(&["a* -> b*", "b*", "c*"]);
    let circle = "the table goes around in a circle at";
    assert_eq!(
        edges(&graph, &table),
        [format!("{circle} `a`"), format!("{circle} `b`")]
    );
}
