//! Kind `vault` and heads that a vault keeps: what the crate `seal` makes is opened from the same
//! file, and who may not open it learns nothing of what is there.

use crate::support::{EDGE_KEY, World, caller, public_key_pem};
use policies::{Policy, compile_policy};
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, PublicKey, Replacement, Sealer, SecretKey,
    Tokens,
};
use std::sync::Arc;
use store::sqlite::{Settings, Sqlite, SqliteReader};
use store::{Erasure, Keeper, RecordKey, Space, Token, Writer};
use unseal::{Caller, Candidate, NotRevealed, RevealClass, Usage, Value};

const POLICY: &str = r#"version: 1
classes:
  card: { kind: vault, key: payments, alphabet: digits, outside: keep, keep_last: 4, luhn: valid, min_length: 12 }
  mail: { kind: vault, key: payments, format: uuid, index_key: joins, deterministic: true }
  note: { kind: envelope, key: payments, stored: true }
rules: [ { select: $.a, class: card } ]
"#;

struct Vault {
    world: World,
    policy: Policy,
    sealer: Sealer,
    sqlite: Arc<Sqlite>,
    _folder: tempfile::TempDir,
}

impl Vault {
    /// A gateway that seals under `version` of the key, and an opener on the same file.
    async fn new(version: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path().join("vault.db"));
        let sqlite = Arc::new(Sqlite::open(&settings).unwrap());
        let world = World::new().with_vault(Arc::new(SqliteReader::open(&settings).unwrap()));
        let policy = compile_policy("policy.yaml", POLICY).unwrap();
        let sealer = sealer(&world, &policy, version, sqlite.clone());
        Self {
            world,
            policy,
            sealer,
            sqlite,
            _folder: folder,
        }
    }

    async fn seal(&self, tenant: &str, values: &[(&str, ValueType, &str)]) -> Vec<String> {
        let mut batch = Batch::for_tenant(tenant);
        for (class, value_type, value) in values {
            let class = self.policy.class_named(class).unwrap();
            batch.push(class, *value_type, value.as_bytes());
        }
        let mut tokens = Tokens::new();
        self.sealer.prepare(&mut batch).await.unwrap();
        self.sealer.seal_batch(&mut batch, &mut tokens).unwrap();
        let texts = tokens.iter().map(|token| match token {
            Replacement::Text(text) => text.to_owned(),
            Replacement::Made(token) => String::from_utf8(token.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        });
        texts.collect()
    }

    fn class(&self, name: &str) -> RevealClass {
        let class = self.policy.class(self.policy.class_named(name).unwrap());
        RevealClass::new(class, &self.world.ring).unwrap()
    }

    async fn open(
        &self,
        caller: &Caller,
        class: &RevealClass,
        tenant: &str,
        texts: &[&str],
    ) -> Vec<Result<Value, NotRevealed>> {
        let candidates = texts.iter().map(|text| Candidate::OfClass {
            class,
            tenant,
            text: text.as_bytes(),
        });
        let candidates: Vec<_> = candidates.collect();
        let opener = &self.world.opener;
        let usage = Usage::new(100);
        let opened = opener.open_batch(caller, &usage, &candidates).await;
        opened.unwrap()
    }
}

fn sealer(world: &World, policy: &Policy, version: u16, vault: Arc<dyn Writer>) -> Sealer {
    let format = &world.ring.key("payments").unwrap().format;
    let pem = public_key_pem(&format!("kms-pay-{version}"));
    let key = PublicKey::from_pem(KeyId::new("payments", version), format, pem.as_bytes());
    let secret = SecretKey::new(KeyId::new("joins", 1), format, &[4; 32]);
    let material = Material {
        keys: vec![key.unwrap()],
        secrets: vec![secret.unwrap()],
        edge_keys: vec![EdgeKey::new(&EDGE_KEY)],
        signer: Arc::new(LocalSigner::from_pem(world.signer_pem().as_bytes()).unwrap()),
        signer_id: KeyId::new("edge", 1),
        epochs: EpochLimits::default(),
        vault: Some(vault),
    };
    Sealer::new(policy, material).unwrap()
}

fn texts(opened: &[Result<Value, NotRevealed>]) -> Vec<Option<String>> {
    let text = |value: &Value| String::from_utf8(value.bytes.to_vec()).unwrap();
    opened
        .iter()
        .map(|opened| opened.as_ref().ok().map(text))
        .collect()
}

const TEXT: ValueType = ValueType::Text;

#[tokio::test]
async fn values_come_back_with_their_type_for_two_calls() {
    let vault = Vault::new(1).await;
    let ann = vault.world.reader("ann");
    let card = "4111-1111-1111-1111";
    let tokens = vault
        .seal("", &[("card", TEXT, card), ("card", TEXT, card)])
        .await;
    assert_ne!(tokens[0], tokens[1]);
    let class = vault.class("card");
    let asked = [
        tokens[0].as_str(),
        &tokens[1],
        "4111-1111-1111-1111",
        "no token",
    ];
    let opened = vault.open(&ann, &class, "", &asked).await;
    let some = Some(card.to_owned());
    assert_eq!(texts(&opened), [some.clone(), some, None, None]);
    // the gate of the newest version, and the head's data key
    assert_eq!(vault.world.kms.take_calls().len(), 2);
    let mails = [
        ("mail", ValueType::Number, "42"),
        ("mail", TEXT, "42"),
        ("mail", TEXT, "42"),
    ];
    let tokens = vault.seal("", &mails).await;
    assert!(tokens[0] != tokens[1] && tokens[1] == tokens[2]);
    let asked: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let opened = vault.open(&ann, &vault.class("mail"), "", &asked).await;
    let types: Vec<_> = opened
        .iter()
        .map(|value| value.as_ref().ok().unwrap().value_type)
        .collect();
    assert_eq!(types, [ValueType::Number, TEXT, TEXT]);
    assert!(vault.world.kms.take_calls().is_empty(), "all is remembered");
}

#[tokio::test]
async fn a_token_opens_only_as_what_it_was_made_for() {
    let vault = Vault::new(1).await;
    let ann = vault.world.reader("ann");
    let token = &vault.seal("acme", &[("mail", TEXT, "a@example.com")]).await[0];
    let mail = vault.class("mail");
    let opened = vault.open(&ann, &mail, "acme", &[token]).await;
    assert_eq!(texts(&opened), [Some("a@example.com".to_owned())]);
    for (class, tenant) in [("mail", ""), ("mail", "other"), ("card", "acme")] {
        let opened = vault
            .open(&ann, &vault.class(class), tenant, &[token])
            .await;
        assert_eq!(texts(&opened), [None], "{class} {tenant}");
    }
    // a record that is moved to another token in the vault does not open
    let other = &vault.seal("acme", &[("mail", TEXT, "b@example.com")]).await[0];
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let page = vault.sqlite.export(cursor.as_ref(), 100).await.unwrap();
        items.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let space = Space::new("mail", "acme").unwrap();
    let key = |token: &str| RecordKey {
        space: space.clone(),
        token: Token::new(token).unwrap(),
    };
    for token in [token, other] {
        let erased = vault
            .sqlite
            .erase(&Erasure::Token(key(token)))
            .await
            .unwrap();
        assert_eq!(erased.records, 1);
    }
    let mut records: Vec<_> = items
        .iter_mut()
        .filter_map(|item| match item {
            store::Item::Record(key, _) => Some(key),
            _ => None,
        })
        .collect();
    let (first, second) = (records[0].token.clone(), records[1].token.clone());
    records[0].token = second;
    records[1].token = first;
    vault.sqlite.import(&items).await.unwrap();
    let opened = vault.open(&ann, &mail, "acme", &[token, other]).await;
    assert_eq!(texts(&opened), [None, None]);
}

#[tokio::test]
async fn who_may_not_learns_nothing_of_the_vault() {
    let vault = Vault::new(1).await;
    let there = vault
        .seal(
            "",
            &[
                ("mail", TEXT, "a@example.com"),
                ("mail", TEXT, "b@example.com"),
            ],
        )
        .await;
    let absent = "00000000-0000-4000-8000-000000000000";
    let mail = vault.class("mail");
    let mut calls = Vec::new();
    for asked in [
        vec![there[0].as_str()],
        vec![absent],
        vec![&there[0], &there[1], absent],
        vec!["", "\u{e9}"],
    ] {
        let stranger = caller("mallory");
        for _ in 0..2 {
            let opened = vault.open(&stranger, &mail, "", &asked).await;
            assert!(opened.iter().all(Result::is_err));
            calls.push(vault.world.kms.take_calls());
        }
    }
    // the gates of both versions once, whatever is asked; then the refusal is remembered
    let (first, again): (Vec<_>, Vec<_>) = calls.chunks(2).map(|two| (&two[0], &two[1])).unzip();
    assert!(
        first
            .iter()
            .all(|calls| *calls == first[0] && calls.len() == 2),
        "{first:?}"
    );
    assert!(again.iter().all(|calls| calls.is_empty()));
}

#[tokio::test]
async fn an_older_version_opens_what_is_sealed_under_it() {
    let vault = Vault::new(1).await;
    let token = &vault.seal("", &[("mail", TEXT, "a@example.com")]).await[0];
    let old = caller("old");
    vault.world.kms.allow("old", "kms-pay-1");
    let opened = vault.open(&old, &vault.class("mail"), "", &[token]).await;
    assert_eq!(texts(&opened), [Some("a@example.com".to_owned())]);
    let new = caller("new");
    vault.world.kms.allow("new", "kms-pay-2");
    let opened = vault.open(&new, &vault.class("mail"), "", &[token]).await;
    assert_eq!(texts(&opened), [None]);
}

#[tokio::test]
async fn heads_in_the_vault_open_the_tokens_that_name_them() {
    let vault = Vault::new(2).await;
    let ann = vault.world.reader("ann");
    let values = [
        ("note", TEXT, "one"),
        ("note", ValueType::Number, "2"),
        ("note", TEXT, ""),
    ];
    let tokens = vault.seal("", &values).await;
    let open = async |caller: &Caller, tokens: &[String]| {
        let opener = &vault.world.opener;
        let candidates: Vec<_> = tokens
            .iter()
            .map(|text| opener.candidate(text.as_bytes()))
            .collect();
        let opened = opener
            .open_batch(caller, &Usage::new(100), &candidates)
            .await;
        texts(&opened.unwrap())
    };
    let values: Vec<_> = values
        .iter()
        .map(|(_, _, value)| Some((*value).to_owned()))
        .collect();
    assert_eq!(open(&ann, &tokens).await, values);
    assert_eq!(vault.world.kms.take_calls().len(), 1);
    // altered in any character of the name, the body or the tag
    let altered: Vec<String> = (5..tokens[0].len() - 1)
        .filter(|place| tokens[0].as_bytes()[*place] != b'.')
        .map(|place| {
            let mut bytes = tokens[0].clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'E' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        })
        .filter(|text| *text != tokens[0])
        .collect();
    assert!(open(&ann, &altered).await.iter().all(Option::is_none));
    // unknown names cost what refused ones cost
    vault.world.kms.take_calls();
    let unknown = altered[3].clone();
    let mut calls = Vec::new();
    for token in [&tokens[0], &unknown] {
        let stranger = caller("mallory");
        for _ in 0..2 {
            assert_eq!(open(&stranger, std::slice::from_ref(token)).await, [None]);
            calls.push(vault.world.kms.take_calls().len());
        }
    }
    assert_eq!(calls, [1, 0, 1, 0]);
}
