//! The walls of this workspace, read from `cargo metadata`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod read;

use architecture::{Edges, Graph, banned, beyond, edges, reaches};
use cargo_metadata::{Metadata, MetadataCommand};
use std::path::Path;
use std::sync::LazyLock;

/// Which member may depend on which. A new crate, or a new edge, is a decision: write it down here.
const EDGES: &[(&str, &[&str])] = &[
    // bottom: no member at all
    ("ff1", &[]),
    ("policies", &["shape"]),
    ("record", &[]),
    ("service", &[]),
    ("shape", &[]),
    // what both sides compute under symmetric keys
    ("symmetric", &["ff1", "shape"]),
    // keeps what both sides seal or open; holds no key: the gateway writes, vault-store reads
    ("store", &[]),
    ("vault-config", &["policies", "store"]),
    // gateway: nothing here can reveal
    ("coding", &[]),
    ("detect", &["policies"]),
    ("scan", &["detect", "policies"]),
    (
        "seal",
        &["policies", "record", "shape", "store", "symmetric"],
    ),
    ("rewrite", &["coding", "policies", "record", "scan", "seal"]),
    (
        "proxy",
        &[
            "coding",
            "detect",
            "policies",
            "record",
            "rewrite",
            "scan",
            "seal",
            "service",
            "store",
            "vault-config",
        ],
    ),
    (
        "cli",
        &[
            "coding",
            "detect",
            "policies",
            "proxy",
            "record",
            "rewrite",
            "scan",
            "seal",
            "store",
            "vault-config",
        ],
    ),
    // vault-store: nothing here sees a request on its way to an application
    (
        "unseal",
        &["policies", "record", "shape", "store", "symmetric"],
    ),
    // scan: where a policy's values stand in a document; it holds no key, and leads to nothing that
    // seals or opens
    (
        "detokenize",
        &[
            "policies",
            "record",
            "scan",
            "service",
            "store",
            "unseal",
            "vault-config",
        ],
    ),
    // deploy and tests: on nobody's way
    ("local-kms", &["service"]),
    ("quickstart", &["service"]),
    ("architecture", &[]),
    // tests only: certificates
    ("authority", &[]),
    (
        "bench-probe",
        &[
            "coding", "policies", "record", "rewrite", "scan", "seal", "unseal",
        ],
    ),
    (
        "fuzz-checks",
        &["coding", "detect", "policies", "record", "scan"],
    ),
];

/// All that `policies` may link: YAML, JSONPath, regular expressions and what they stand on. Nothing
/// that encrypts, reads a file, opens a socket or waits; `windows-*` is `stacker`'s, on Windows only.
const POLICIES: &[&str] = &[
    "aho-corasick",
    "annotate-snippets",
    "anstyle",
    "arraydeque",
    "base64",
    "cfg-if",
    "core_detect",
    "encoding_rs",
    "encoding_rs_io",
    "equivalent",
    "foldhash",
    "granit-parser",
    "hashbrown",
    "indexmap",
    "itoa",
    "jsonpath-rust",
    "libc",
    "libm",
    "memchr",
    "nohash-hasher",
    "num-traits",
    "pest",
    "pest_stack_guard",
    "psm",
    "regex",
    "regex-automata",
    "regex-syntax",
    "scopeguard",
    "serde",
    "serde-saphyr",
    "serde_core",
    "serde_json",
    "shape",
    "simdutf8",
    "smallvec",
    "stacker",
    "thiserror",
    "ucd-trie",
    "unicode-width",
    "windows-link",
    "windows-sys",
    "zmij",
];

/// All that `record` may link.
const RECORD: &[&str] = &["base64-simd", "memchr", "outref", "thiserror", "vsimd"];

/// All that `shape` may link: it neither encrypts nor reads.
const SHAPE: &[&str] = &["thiserror"];

/// Other implementations of what aws-lc-rs does, a second TLS stack, and what is no longer kept.
const BANNED: &[&str] = &[
    "boring",
    "native-tls",
    "openidconnect",
    "openssl",
    "openssl-sys",
    "ring",
    "rsa",
    "serde_yaml",
    "tower_governor",
];

/// What opens tokens, or leads to what does.
const OPENS: &[&str] = &["unseal", "detokenize"];

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let mut command = MetadataCommand::new();
    // --locked: what is checked is what Cargo.lock builds
    command
        .manifest_path(manifest)
        .other_options(["--locked".to_owned()])
        .exec()
        .unwrap()
});

static GRAPH: LazyLock<Graph> = LazyLock::new(|| read::graph(&METADATA));

#[track_caller]
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_gateway_cannot_open() {
    for crate_ in ["proxy", "cli", "rewrite", "seal", "scan"] {
        none(reaches(&GRAPH, crate_, OPENS));
    }
}

/// The detokenize service reads documents with the gateway's scanner, which has nothing of sealing.
#[test]
fn the_detokenize_service_cannot_seal() {
    for crate_ in ["detokenize", "scan"] {
        none(reaches(
            &GRAPH,
            crate_,
            &["seal", "rewrite", "proxy", "cli"],
        ));
    }
}

/// The same reading finds the way that must be there: the check above is not blind.
#[test]
fn the_detokenize_service_can_open() {
    assert_eq!(
        reaches(&GRAPH, "detokenize", &["unseal"]),
        ["`detokenize` reaches `unseal`"]
    );
    assert_eq!(reaches(&GRAPH, "detokenize", &["aws-lc-sys"]).len(), 1);
}

#[test]
fn policies_record_and_shape_neither_encrypt_nor_read_nor_wait() {
    none(beyond(&GRAPH, "policies", POLICIES));
    none(beyond(&GRAPH, "record", RECORD));
    none(beyond(&GRAPH, "shape", SHAPE));
}

#[test]
fn dependencies_point_one_way() {
    let table: Edges = EDGES.iter().copied().collect();
    assert_eq!(table.len(), EDGES.len(), "a crate has two rows");
    none(edges(&GRAPH, &table));
}

#[test]
fn one_cryptography() {
    none(banned(&GRAPH, BANNED));
    assert_eq!(GRAPH.named("aws-lc-rs").count(), 1);
}

/// Folders are trust zones: a crate cannot move to the other side by its name alone.
#[test]
fn crates_live_in_their_zones() {
    let zones = [
        (
            "gateway/",
            &[
                "cli", "coding", "detect", "proxy", "rewrite", "scan", "seal",
            ][..],
        ),
        (
            "vault-store/",
            &["detokenize", "record", "store", "unseal", "vault-config"],
        ),
        ("policies/", &["policies"]),
        ("common/", &["ff1", "service", "shape", "symmetric"]),
    ];
    for package in METADATA.workspace_packages() {
        let path = package
            .manifest_path
            .strip_prefix(&METADATA.workspace_root)
            .unwrap();
        for (zone, crates) in zones {
            let lives = path.as_str().starts_with(zone);
            let belongs = crates.contains(&package.name.as_str());
            assert_eq!(lives, belongs, "`{}` is at {path}", package.name);
        }
    }
}

/// clippy reads the nearest `clippy.toml` above a crate; the gateway's refuses KMS operations that
/// open or could lead to it. `tests/run` runs clippy with warnings denied.
#[test]
fn the_gateway_s_lints_refuse_kms_operations_that_open() {
    let root = METADATA.workspace_root.as_std_path();
    let lints = std::fs::read_to_string(root.join("gateway/clippy.toml")).unwrap();
    for operation in [
        "decrypt",
        "re_encrypt",
        "derive_shared_secret",
        "generate_data_key",
        "create_grant",
        "put_key_policy",
    ] {
        assert!(
            lints.contains(&format!("\"aws_sdk_kms::Client::{operation}\"")),
            "{operation}"
        );
    }
    for name in [
        "cli", "coding", "detect", "proxy", "rewrite", "scan", "seal",
    ] {
        for file in ["clippy.toml", ".clippy.toml"] {
            assert!(
                !root.join("gateway").join(name).join(file).exists(),
                "{name} has its own {file}"
            );
        }
    }
}
