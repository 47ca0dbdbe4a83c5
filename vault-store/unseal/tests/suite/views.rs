//! Views: who may use a view's key sees the view and no more, and whoever may use the class's key
//! sees the value; wherever the token, or what the vault keeps, carries them.

use crate::edge::Edge;
use crate::support::caller;
use record::ValueType;
use seal::Replacement;
use store::{Item, NewRecord, RecordKey, Space, Token, Writer};
use unseal::{Caller, Candidate, Usage};

const POLICY: &str = r#"version: 1
classes:
  card: { kind: envelope, key: payments, views: { last4: { key: last4, keep_last: 4 }, bin: { key: last4, keep_first: 6 } } }
  short: { kind: envelope, key: payments, stored: true, views: { last4: { key: last4, keep_last: 4 } } }
  kept: { kind: vault, key: payments, format: uuid, views: { last4: { key: last4, keep_last: 4 } } }
  plain: { kind: envelope, key: payments }
rules: [ { select: $.a, class: card } ]
"#;
const CARD: &str = "4111-1111-1111-1234";
/// A token that nobody made.
const OTHER: &str = "00000000-0000-4000-8000-000000000000";
const CLASSES: [&str; 3] = ["card", "short", "kept"];

fn edge() -> Edge {
    Edge::new(
        POLICY,
        &[("payments", 1, "kms-pay-1"), ("last4", 1, "kms-view-1")],
    )
}

async fn seal(edge: &Edge, values: &[(&str, &str)]) -> Vec<String> {
    let values = values.iter();
    let values: Vec<_> = values
        .map(|(class, value)| (*class, ValueType::Text, *value))
        .collect();
    edge.seal("", &values).await
}

/// The class, type and text of what opens, and the KMS keys that were asked.
async fn open(
    edge: &Edge,
    caller: &Caller,
    (class, token): (&str, &str),
    views: &[&str],
) -> (Option<(String, ValueType, String)>, Vec<String>) {
    let reveal = edge.class(class);
    let candidate = match &reveal {
        Some(class) => Candidate::OfClass {
            class,
            tenant: "",
            text: token.as_bytes(),
        },
        None => edge.world.opener.candidate(token.as_bytes()),
    };
    edge.world.kms.take_calls();
    let usage = Usage::new(100);
    let opener = &edge.world.opener;
    let opened = opener.open_views(caller, &usage, &[candidate], views).await;
    let opened = opened.unwrap().remove(0).ok().map(|value| {
        let text = String::from_utf8(value.bytes.to_vec()).unwrap();
        (value.class.to_string(), value.value_type, text)
    });
    let asked = edge.world.kms.take_calls();
    (opened, asked.into_iter().map(|(_, key)| key).collect())
}

#[tokio::test]
async fn who_may_see_the_view_sees_no_more_and_needs_no_right_to_the_whole() {
    let edge = edge();
    let support = caller("support");
    edge.world.kms.allow("support", "kms-view-1");
    let fraud = caller("fraud");
    edge.world.kms.allow("fraud", "kms-pay-1");
    for class in CLASSES {
        let tokens = seal(&edge, &[(class, CARD)]).await;
        let token = (class, tokens[0].as_str());
        let (seen, asked) = open(&edge, &support, token, &["last4"]).await;
        let expected = (format!("{class}/last4"), ValueType::Text, "1234".to_owned());
        assert_eq!(seen, Some(expected), "{class}");
        assert!(asked.iter().all(|key| key == "kms-view-1"), "{asked:?}");
        assert!(!asked.is_empty());
        let (whole, asked) = open(&edge, &support, token, &[]).await;
        assert_eq!(whole, None, "{class}");
        assert!(!asked.is_empty(), "{class}: nobody was asked");
        let (whole, _) = open(&edge, &fraud, token, &[]).await;
        assert_eq!(whole, Some((class.into(), ValueType::Text, CARD.into())));
        let (view, asked) = open(&edge, &fraud, token, &["last4"]).await;
        assert_eq!(view, None, "{class}");
        assert!(asked.iter().all(|key| key == "kms-view-1"), "{asked:?}");
    }
}

#[tokio::test]
async fn of_the_views_that_are_asked_for_the_first_that_the_token_has_is_opened() {
    let edge = edge();
    let ann = edge.world.reader("ann");
    let tokens = seal(&edge, &[("card", CARD), ("card", "1234"), ("plain", CARD)]).await;
    let text = |seen: Option<(String, ValueType, String)>| seen.map(|(_, _, text)| text);
    let open = |token: usize, asked: &'static [&'static str]| {
        let class = ["card", "card", "plain"][token];
        open(&edge, &ann, (class, &tokens[token]), asked)
    };
    assert_eq!(
        text(open(0, &["year", "bin", "last4"]).await.0).as_deref(),
        Some("411111")
    );
    assert_eq!(
        text(open(0, &["last4", "bin"]).await.0).as_deref(),
        Some("1234")
    );
    // a value that is not longer than its view has an empty one
    assert_eq!(text(open(1, &["last4"]).await.0).as_deref(), Some(""));
    // which views a token has is no secret: nobody is asked
    for (token, asked) in [(0, &["year"][..]), (2, &["last4"][..])] {
        assert_eq!(open(token, asked).await, (None, Vec::new()));
    }
}

#[tokio::test]
async fn no_bit_of_a_token_with_views_can_be_changed() {
    let edge = edge();
    let ann = edge.world.reader("ann");
    let tokens = seal(&edge, &[("short", CARD)]).await;
    let (head, body) = tokens[0].trim_matches('~').rsplit_once('.').unwrap();
    let decode = |text: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
    let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let body = decode(body);
    for bit in 0..body.len() * 8 {
        let mut altered = body.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let token = format!("~{head}.{}~", encode(&altered));
        for asked in [&[][..], &["last4"][..]] {
            let (seen, _) = open(&edge, &ann, ("short", &token), asked).await;
            assert_eq!(seen, None, "bit {bit}");
        }
    }
}

#[tokio::test]
async fn what_the_vault_keeps_of_a_view_is_bound_to_its_token() {
    let edge = edge();
    let ann = edge.world.reader("ann");
    let token = seal(&edge, &[("kept", CARD)]).await.remove(0);
    let record = edge.kept().await.into_iter().find_map(|item| match item {
        Item::Record(_, record) => Some(record),
        Item::DataKey(..) => None,
    });
    let moved = NewRecord {
        key: RecordKey {
            space: Space::new("kept", "").unwrap(),
            token: Token::new(OTHER).unwrap(),
        },
        record: record.unwrap(),
        renew: false,
    };
    edge.sqlite.insert(&[moved]).await.unwrap();
    for asked in [&[][..], &["last4"][..]] {
        let (own, _) = open(&edge, &ann, ("kept", &token), asked).await;
        assert!(own.is_some());
        assert_eq!(open(&edge, &ann, ("kept", OTHER), asked).await.0, None);
    }
}

#[tokio::test]
async fn who_may_not_see_a_view_learns_nothing_of_what_the_vault_has() {
    let edge = edge();
    let token = seal(&edge, &[("kept", CARD)]).await.remove(0);
    for asked in [&[][..], &["last4"][..]] {
        let known = open(&edge, &caller("eve"), ("kept", &token), asked).await;
        let unknown = open(&edge, &caller("mallory"), ("kept", OTHER), asked).await;
        assert_eq!(known, unknown, "{asked:?}");
        assert_eq!(known.0, None);
        assert!(!known.1.is_empty(), "KMS was not asked");
    }
}

#[tokio::test]
async fn a_token_with_views_that_comes_by_again_stays() {
    let edge = edge();
    for class in ["card", "short"] {
        let token = seal(&edge, &[(class, CARD)]).await.remove(0);
        let tokens = edge.replace("", &[(class, ValueType::Text, &token)]).await;
        let kept = tokens.iter().next().unwrap();
        assert!(matches!(kept, Replacement::Kept), "{class}");
    }
}
