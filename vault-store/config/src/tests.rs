#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crate::{
    Backend, ClientFiles, Servers, TlsFiles, VaultConfig, compile, open_keeper, open_reader,
    open_writer, raw,
};
use policies::Diagnostics;
use policies::yaml::{Source, Spanned};
use std::path::Path;
use std::time::Duration;
use store::redis::{Accept, Address, Durability};

#[derive(serde::Deserialize)]
struct File {
    vault: Spanned<raw::Vault>,
}

fn read(folder: &Path, yaml: &str) -> Result<VaultConfig, Diagnostics> {
    let text = format!("vault: {yaml}\n");
    let source = Source::new("gateway.yaml", &text);
    let file: File = source.parse()?;
    let mut report = source.report();
    let compiled = compile(&mut report, folder, &file.vault);
    let ((), _) = report.finish(())?;
    Ok(compiled.unwrap())
}

fn refused(yaml: &str) -> String {
    read(Path::new(""), yaml).unwrap_err().to_string()
}

#[test]
fn sections_are_read() {
    let folder = Path::new("/etc/veilgate");
    let sqlite = read(folder, "{ sqlite: { file: vault.db, timeout: 2s } }").unwrap();
    assert_eq!(
        sqlite.backend,
        Backend::Sqlite {
            file: "/etc/veilgate/vault.db".into(),
            timeout: Duration::from_secs(2),
        }
    );
    let redis = read(
        folder,
        "{ redis: { server: \"[::1]:6379\", user: gateway, password_file: pw, tls: { roots: ca.pem, certificate: gateway.pem, key: gateway.key }, durability: { fsync: false, replicas: 2 }, accept: [late-fsync] }, cache: { tokens: 5, longest: 1s } }",
    );
    let redis = redis.unwrap();
    assert_eq!(
        (redis.cache.tokens, redis.cache.longest),
        (5, Duration::from_secs(1))
    );
    let Backend::Redis(redis) = redis.backend else {
        panic!("{redis:?}")
    };
    assert_eq!(redis.servers, Servers::Single(Address::new("::1", 6379)));
    let client = ClientFiles {
        certificate: "/etc/veilgate/gateway.pem".into(),
        key: "/etc/veilgate/gateway.key".into(),
    };
    let tls = TlsFiles {
        roots: Some("/etc/veilgate/ca.pem".into()),
        client: Some(client),
    };
    assert_eq!(redis.tls, Some(tls));
    let durability = Durability {
        fsync: false,
        replicas: 2,
    };
    assert_eq!(
        (redis.durability, redis.accept),
        (durability, vec![Accept::LateFsync])
    );
    for other in [
        "{ redis: { cluster: [a:1, b:2], tls: {} } }",
        "{ redis: { sentinel: { name: vault, sentinels: [a:26379], password_file: pw } } }",
    ] {
        read(folder, other).unwrap();
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (yaml, expected) in [
        ("{}", "the vault has no backend"),
        (
            "{ sqlite: { file: a }, redis: { server: a:1 } }",
            "here are two",
        ),
        ("{ redis: {} }", "says where Redis is"),
        (
            "{ redis: { server: a:1, tls: { key: gateway.key } } }",
            "need each other",
        ),
        (
            "{ redis: { server: a:1, tls: { insecure: true } } }",
            "VG0002",
        ),
        (
            "{ redis: { server: a:1, cluster: [a:1] } }",
            "says where Redis is",
        ),
        ("{ redis: { server: a } }", "not an address"),
        ("{ redis: { cluster: [] } }", "there is no address"),
        (
            "{ redis: { server: a:1, accept: [loss] } }",
            "no risk that can be accepted",
        ),
        (
            "{ redis: { server: a:1, connections: 0 } }",
            "outside its range",
        ),
        ("{ sqlite: { file: a, timeout: 2h } }", "outside its range"),
        ("{ sqlite: { file: a, size: 2 } }", "VG0002"),
    ] {
        let said = refused(yaml);
        assert!(
            said.contains(expected) && said.contains("gateway.yaml:1:"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_file_is_opened_in_each_role() {
    let folder = tempfile::tempdir().unwrap();
    let config = read(folder.path(), "{ sqlite: { file: vault.db } }").unwrap();
    assert!(open_reader(&config).is_err(), "nobody has written it yet");
    let writer = open_writer(&config).await.unwrap();
    let id = store::DataKeyId([1; 16]);
    writer.put_data_key(id, b"head").await.unwrap();
    let reader = open_reader(&config).unwrap();
    let heads = reader.data_keys(&[id]).await.unwrap();
    assert_eq!(heads, [Some(b"head"[..].into())]);
    open_keeper(&config).await.unwrap().sweep().await.unwrap();
    let missing = read(
        folder.path(),
        "{ redis: { server: localhost:1, password_file: none } }",
    );
    let said = open_reader(&missing.unwrap()).err().unwrap().to_string();
    assert!(said.contains("none"), "{said}");
}

#[test]
fn a_previous_backend_is_read_and_is_another_one() {
    let yaml = "{ redis: { server: \"r:6379\" }, previous: { sqlite: { file: vault.db } } }";
    let config = read(Path::new("/etc"), yaml).unwrap();
    assert!(matches!(config.backend, Backend::Redis(_)));
    let previous = config.previous.clone().unwrap();
    assert!(
        matches!(&previous, Backend::Sqlite { file, .. } if file == Path::new("/etc/vault.db"))
    );
    let alone = config.of(previous.clone());
    assert_eq!((alone.backend, alone.previous), (previous, None));
    for (yaml, part) in [
        (
            "{ sqlite: { file: a }, previous: { sqlite: { file: a } } }",
            "takes over from itself",
        ),
        ("{ sqlite: { file: a }, previous: {} }", "no backend"),
        ("{ previous: { sqlite: { file: a } } }", "no backend"),
        (
            "{ sqlite: { file: a }, previous: { sqlite: { file: b }, cache: {} } }",
            "no field `cache`",
        ),
    ] {
        let said = refused(yaml);
        assert!(said.to_lowercase().contains(part), "{said}");
    }
}

#[tokio::test]
async fn a_previous_file_must_be_there_and_is_asked() {
    use store::{Index, Insertion, NewRecord, Record, RecordKey, Space, Timestamp, Token};
    let folder = tempfile::tempdir().unwrap();
    let yaml = "{ sqlite: { file: new.db }, previous: { sqlite: { file: old.db } } }";
    let config = read(folder.path(), yaml).unwrap();
    assert!(open_writer(&config).await.is_err());
    assert!(open_keeper(&config).await.is_err());
    let old = read(folder.path(), "{ sqlite: { file: old.db } }").unwrap();
    let key = RecordKey {
        space: Space::new("pan", "acme").unwrap(),
        token: Token::new("t").unwrap(),
    };
    let record = Record {
        sealed: [7; 9].into(),
        created: Timestamp::now(),
        expires: None,
        index: Index::None,
    };
    let new = [NewRecord {
        key: key.clone(),
        record: record.clone(),
        renew: false,
    }];
    let writer = open_writer(&old).await.unwrap();
    assert_eq!(writer.insert(&new).await.unwrap(), [Insertion::Inserted]);
    let writer = open_writer(&config).await.unwrap();
    assert_eq!(writer.insert(&new).await.unwrap(), [Insertion::Collision]);
    let reader = open_reader(&config).unwrap();
    assert_eq!(reader.records(&[key]).await.unwrap(), [Some(record)]);
    let keeper = open_keeper(&config).await.unwrap();
    assert_eq!(
        keeper.statistics().await.unwrap().first().unwrap().records,
        1
    );
}
