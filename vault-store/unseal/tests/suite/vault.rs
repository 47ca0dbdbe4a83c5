//! Kind `vault` and heads that a vault keeps: what the crate `seal` makes is opened from the same
//! file, and who may not open it learns nothing of what is there.

use crate::edge::Edge;
use crate::support::caller;
use record::ValueType;
use store::{Erasure, Keeper, RecordKey, Space, Token};
use unseal::{Caller, Candidate, NotRevealed, RevealClass, Usage, Value};

const POLICY: &str = r#"version: 1
classes:
  card: { kind: vault, key: payments, alphabet: digits, outside: keep, keep_last: 4, luhn: valid, min_length: 12 }
  mail: { kind: vault, key: payments, format: uuid, index_key: joins, deterministic: true }
  note: { kind: envelope, key: payments, stored: true }
rules: [ { select: $.a, class: card } ]
"#;

/// A gateway that seals under a version of the key.
fn edge(version: u16) -> Edge {
    Edge::new(
        POLICY,
        &[("payments", version, &format!("kms-pay-{version}"))],
    )
}

async fn open(
    vault: &Edge,
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
    let opener = &vault.world.opener;
    let opened = opener
        .open_batch(caller, &Usage::new(100), &candidates)
        .await;
    opened.unwrap()
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
    let vault = edge(1);
    let ann = vault.world.reader("ann");
    let card = "4111-1111-1111-1111";
    let tokens = vault
        .seal("", &[("card", TEXT, card), ("card", TEXT, card)])
        .await;
    assert_ne!(tokens[0], tokens[1]);
    let class = vault.class("card").unwrap();
    let asked = [
        tokens[0].as_str(),
        &tokens[1],
        "4111-1111-1111-1111",
        "no token",
    ];
    let opened = open(&vault, &ann, &class, "", &asked).await;
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
    let opened = open(&vault, &ann, &vault.class("mail").unwrap(), "", &asked).await;
    let types: Vec<_> = opened
        .iter()
        .map(|value| value.as_ref().ok().unwrap().value_type)
        .collect();
    assert_eq!(types, [ValueType::Number, TEXT, TEXT]);
    assert!(vault.world.kms.take_calls().is_empty(), "all is remembered");
}

#[tokio::test]
async fn a_token_opens_only_as_what_it_was_made_for() {
    let vault = edge(1);
    let ann = vault.world.reader("ann");
    let token = &vault.seal("acme", &[("mail", TEXT, "a@example.com")]).await[0];
    let mail = vault.class("mail").unwrap();
    let opened = open(&vault, &ann, &mail, "acme", &[token]).await;
    assert_eq!(texts(&opened), [Some("a@example.com".to_owned())]);
    for (class, tenant) in [("mail", ""), ("mail", "other"), ("card", "acme")] {
        let opened = open(&vault, &ann, &vault.class(class).unwrap(), tenant, &[token]).await;
        assert_eq!(texts(&opened), [None], "{class} {tenant}");
    }
    // a record that is moved to another token in the vault does not open
    let other = &vault.seal("acme", &[("mail", TEXT, "b@example.com")]).await[0];
    let mut items = vault.kept().await;
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
    let opened = open(&vault, &ann, &mail, "acme", &[token, other]).await;
    assert_eq!(texts(&opened), [None, None]);
}

#[tokio::test]
async fn who_may_not_learns_nothing_of_the_vault() {
    let vault = edge(1);
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
    let mail = vault.class("mail").unwrap();
    let mut calls = Vec::new();
    for asked in [
        vec![there[0].as_str()],
        vec![absent],
        vec![&there[0], &there[1], absent],
        vec!["", "\u{e9}"],
    ] {
        let stranger = caller("mallory");
        for _ in 0..2 {
            let opened = open(&vault, &stranger, &mail, "", &asked).await;
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
    let vault = edge(1);
    let token = &vault.seal("", &[("mail", TEXT, "a@example.com")]).await[0];
    let old = caller("old");
    vault.world.kms.allow("old", "kms-pay-1");
    let opened = open(&vault, &old, &vault.class("mail").unwrap(), "", &[token]).await;
    assert_eq!(texts(&opened), [Some("a@example.com".to_owned())]);
    let new = caller("new");
    vault.world.kms.allow("new", "kms-pay-2");
    let opened = open(&vault, &new, &vault.class("mail").unwrap(), "", &[token]).await;
    assert_eq!(texts(&opened), [None]);
}

#[tokio::test]
async fn heads_in_the_vault_open_the_tokens_that_name_them() {
    let vault = edge(2);
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
