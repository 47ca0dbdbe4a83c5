//! Exports, imports and copies: a vault's way into another.

use super::filler::Filler;
use super::{filled, folder, run, statistics};
use crate::support::{Folder, Ran, pem};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use serde_json::json;
use store::{Index, Mac, Space, Writer};

fn pair(folder: &Folder) {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let public = private.public_key().as_der().unwrap();
    folder.write("backup.pem", pem("PUBLIC KEY", public.as_ref()));
    let private = private.as_der().unwrap();
    folder.write("backup.key", pem("PRIVATE KEY", private.as_ref()));
}

#[test]
fn an_export_is_imported_whole() {
    let folder = folder();
    let filler = filled(&folder);
    pair(&folder);
    // more than one chunk
    let large = [filler.sealed(), vec![5; 700_000]].concat();
    for number in 0..5 {
        let token = format!("large-{number}");
        filler.add_sealed("ssn", "", &token, Index::None, &large);
    }
    for (how, back) in [
        (
            ["--to", "backup.pem"].as_slice(),
            ["--private-key", "backup.key"].as_slice(),
        ),
        (&["--plain"], &["--plain"]),
    ] {
        let name = format!("vault-{}.export", how.len());
        let output = ["--output", &name];
        let receipt = run(&folder, "export", &[&output, how].concat()).ok().json();
        assert_eq!(
            (&receipt["tokens"], &receipt["data_keys"]),
            (&json!(705), &json!(1))
        );
        let bytes = folder.read(&name);
        assert_eq!(receipt["bytes"], bytes.len());
        let readable = bytes.windows(5).any(|window| window == b"t-699");
        assert_eq!(readable, how.len() == 1);
        let again = run(&folder, "export", &[&output, how].concat());
        assert!(again.stderr.contains("is not replaced"), "{}", again.stderr);

        let import = |file: &str| {
            let arguments = ["vault", "import", "--config", "other.yaml", "--input", file];
            folder.run(&[&arguments, back].concat())
        };
        // cut in the second chunk: the first is there
        folder.write("cut.export", &bytes[..bytes.len() - 900_000]);
        let cut = import("cut.export");
        assert_eq!(cut.code, 1);
        assert!(cut.stderr.contains("ends before its end"), "{}", cut.stderr);
        assert!(!cut.stderr.contains("; 0 items"), "{}", cut.stderr);
        let mut altered = bytes.clone();
        let place = altered.len() - 500_000;
        altered[place] ^= 1;
        folder.write("altered.export", altered);
        assert!(
            import("altered.export")
                .stderr
                .contains("not as it was written")
        );

        let told = import(&name).ok().json();
        assert_eq!(
            told["imported"].as_u64().unwrap() + told["present"].as_u64().unwrap(),
            706
        );
        let told = import(&name).ok().json();
        assert_eq!(
            (&told["imported"], &told["present"]),
            (&json!(0), &json!(706))
        );
        let (one, other) = ("gateway.yaml", "other.yaml");
        assert_eq!(statistics(&folder, one), statistics(&folder, other));
        for file in ["other.db", "other.db-wal", "other.db-shm"] {
            let _absent = std::fs::remove_file(folder.path(file));
        }
    }
}

#[test]
fn a_vault_is_copied_and_catches_up() {
    let folder = folder();
    let filler = filled(&folder);
    let copy = || run(&folder, "copy", &["--to-config", "other.yaml"]);
    let told = copy().ok().json();
    let expected =
        json!({ "imported": 701, "present": 0, "expired": 0, "second_tokens": 0, "conflicts": 0 });
    assert_eq!(told, expected);
    filler.add("pan", "acme", "later", Index::None);
    let told = copy().ok().json();
    assert_eq!(
        (&told["imported"], &told["present"]),
        (&json!(1), &json!(701))
    );
    assert_eq!(
        statistics(&folder, "gateway.yaml"),
        statistics(&folder, "other.yaml")
    );

    // the same value got two tokens, and the same token two values
    let other = Filler::new(&folder, "other.db");
    let unique = Index::Unique(Mac([255; 32]));
    filler.add("pan", "acme", "here", unique);
    other.add("pan", "acme", "there", unique);
    filler.add("pan", "acme", "same", Index::Many(Mac([1; 32])));
    other.add("pan", "acme", "same", Index::Many(Mac([2; 32])));
    filler.add("pan", "acme", "last", Index::None);
    let counts = |ran: Ran| {
        assert_eq!(ran.code, 1);
        let told = ran.json();
        let names = ["imported", "present", "second_tokens", "conflicts"];
        names.map(|name| told[name].as_u64().unwrap())
    };
    assert_eq!(counts(copy()), [1, 702, 1, 1]);
    for token in ["there", "last", "here"] {
        assert!(other.has("pan", "acme", token), "{token}");
    }
    assert_eq!(counts(copy()), [0, 704, 0, 1]);
    let found = [(Space::new("pan", "acme").unwrap(), Mac([255; 32]))];
    let found = other.runtime.block_on(other.vault.find(&found)).unwrap();
    assert_eq!(found[0].as_ref().unwrap().token.as_str(), "there");
    let itself = run(&folder, "copy", &["--to-config", "gateway.yaml"]);
    assert!(itself.stderr.contains("the same vault"));
}

#[test]
fn a_vault_takes_over_from_its_previous_one() {
    let folder = folder();
    let filler = filled(&folder);
    let gateway = String::from_utf8(folder.read("gateway.yaml")).unwrap();
    let moving = "sqlite: { file: new.db }, previous: { sqlite: { file: vault.db } }";
    folder.write(
        "moving.yaml",
        gateway.replace("sqlite: { file: vault.db }", moving),
    );
    folder.write("after.yaml", gateway.replace("vault.db", "new.db"));
    let with = |command: &str, config: &str, more: &[&str]| {
        let arguments = [&["vault", command, "--config", config], more].concat();
        folder.run(&arguments)
    };
    let none = run(&folder, "copy", &[]);
    assert!(none.stderr.contains("no `previous`"), "{}", none.stderr);
    // the gateway makes the new file
    let other = Filler::new(&folder, "new.db");
    let both = statistics(&folder, "moving.yaml");
    assert_eq!(both, statistics(&folder, "gateway.yaml"));
    other.add("pan", "acme", "later", Index::None);

    let counts = |ran: Ran| {
        let told = ran.ok().json();
        let names = ["imported", "present", "second_tokens", "conflicts"];
        names.map(|name| told[name].as_u64().unwrap())
    };
    // both fillers keep the same head
    assert_eq!(counts(with("copy", "moving.yaml", &[])), [700, 1, 0, 0]);
    assert_eq!(counts(with("copy", "moving.yaml", &[])), [0, 701, 0, 0]);
    with("verify", "moving.yaml", &[]).ok();
    let both = statistics(&folder, "moving.yaml");
    assert_eq!(both, statistics(&folder, "after.yaml"));
    assert_eq!(both["tokens"], 701);
    let space = ["--class", "pan", "--tenant", "acme", "--all"];
    let erased = with("erase", "moving.yaml", &space).ok().json();
    assert_eq!(erased["records"], 251);
    assert!(!filler.has("pan", "acme", "t-1") && !other.has("pan", "acme", "t-1"));
    assert_eq!(counts(with("copy", "moving.yaml", &[])), [0, 451, 0, 0]);
}
