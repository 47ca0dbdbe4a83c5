//! Kinds `siv` and `fpe`: what the crate `seal` makes, opened under the caller's own credentials.

use crate::opening::open;
use crate::support::{EDGE_KEY, JOINS, World, caller, joins, siv};
use policies::{Policy, compile_policy};
use proptest::prelude::*;
use record::{KeyId, ValueType};
use seal::{
    Batch, EdgeKey, EpochLimits, LocalSigner, Material, Replacement, Sealer, SecretKey, Tokens,
};
use std::sync::Arc;
use unseal::{Caller, Candidate, NotRevealed, OpenError, RevealClass, Usage, Value};

const POLICY: &str = r#"version: 1
classes:
  mail: { kind: siv, key: joins }
  name: { kind: siv, key: joins }
  pan: { kind: fpe, key: joins, alphabet: digits, keep_last: 4, min_length: 12, outside: keep, luhn: valid }
  phone: { kind: fpe, key: joins, alphabet: digits, min_length: 7, outside: keep }
  old: { kind: fpe, key: joins, key_version: 1, alphabet: digits, min_length: 7, outside: keep }
  code: { kind: fpe, key: joins, alphabet: alphanumeric, min_length: 6 }
rules: [ { select: $.a, class: mail } ]
"#;

fn policy() -> Policy {
    compile_policy("policy.yaml", POLICY).unwrap()
}

/// What a gateway makes that has the versions of `joins` up to `newest`.
async fn seal(
    world: &World,
    newest: u16,
    tenant: &str,
    values: &[(&str, ValueType, &[u8])],
) -> Vec<Vec<u8>> {
    let policy = policy();
    let format = &world.ring.key("joins").unwrap().format;
    let secret =
        |version| SecretKey::new(KeyId::new("joins", version), format, &joins(version)).unwrap();
    let material = Material {
        keys: Vec::new(),
        secrets: (1..=newest).map(secret).collect(),
        macs: Vec::new(),
        edge_keys: vec![EdgeKey::new(&EDGE_KEY)],
        signer: Arc::new(LocalSigner::from_pem(world.signer_pem().as_bytes()).unwrap()),
        signer_id: KeyId::new("edge", 1),
        epochs: EpochLimits::default(),
        vault: None,
    };
    let sealer = Sealer::new(&policy, material).unwrap();
    let mut batch = Batch::for_tenant(tenant);
    for (class, value_type, value) in values {
        batch.push(policy.class_named(class).unwrap(), *value_type, value);
    }
    let mut tokens = Tokens::new();
    sealer.prepare(&mut batch).await.unwrap();
    sealer.seal_batch(&mut batch, &mut tokens).unwrap();
    let made = tokens.iter().map(|token| match token {
        Replacement::Made(token) => token.to_vec(),
        Replacement::Text(text) => text.as_bytes().to_vec(),
        other => panic!("the value is no token: {other:?}"),
    });
    made.collect()
}

fn class(world: &World, name: &str) -> RevealClass {
    let policy = policy();
    let class = policy.class(policy.class_named(name).unwrap());
    RevealClass::new(class, &world.ring).unwrap()
}

async fn open_as(
    world: &World,
    caller: &Caller,
    class: &RevealClass,
    tenant: &str,
    texts: &[&[u8]],
) -> Vec<Result<Value, NotRevealed>> {
    let candidates: Vec<_> = texts
        .iter()
        .map(|text| Candidate::OfClass {
            class,
            tenant,
            text,
        })
        .collect();
    let opened = world
        .opener
        .open_batch(caller, &Usage::new(100), &candidates)
        .await;
    opened.unwrap()
}

/// The value as a text; `None` for what is not revealed.
fn text(opened: &Result<Value, NotRevealed>) -> Option<&str> {
    let value = opened.as_ref().ok()?;
    std::str::from_utf8(&value.bytes).ok()
}

const TEXT: ValueType = ValueType::Text;

#[tokio::test]
async fn siv_tokens_open_with_class_and_type_for_one_call_a_version() {
    let world = World::new();
    let ann = world.reader("ann");
    let values: [(&str, ValueType, &[u8]); 6] = [
        ("mail", TEXT, "a\u{e9}@example.com".as_bytes()),
        ("name", TEXT, b"Ann"),
        ("mail", ValueType::Number, b"1.50e2"),
        ("mail", ValueType::Object, br#"{"a": 1}"#),
        ("name", TEXT, b""),
        ("mail", TEXT, &[b'x'; 1000]),
    ];
    let old = seal(&world, 1, "", &values).await;
    let new = seal(&world, 2, "acme", &values).await;
    let opened = open(&world, &ann, &[old, new].concat()).await;
    for ((class, value_type, value), opened) in values.iter().cycle().zip(&opened) {
        let opened = opened.as_ref().unwrap_or_else(|_| panic!("it opens"));
        assert_eq!((&*opened.class, opened.value_type), (*class, *value_type));
        assert_eq!(opened.bytes.as_slice(), *value);
    }
    assert_eq!(opened.len(), 12);
    let call = ("ann".to_owned(), JOINS.to_owned());
    assert_eq!(world.kms.take_calls(), [call.clone(), call]);
}

#[tokio::test]
async fn no_single_altered_bit_of_a_siv_token_opens() {
    let world = World::new();
    let ann = world.reader("ann");
    let (head, body) = siv(2, "mail", "acme", ValueType::Number, b"42");
    let frame = crate::support::frame;
    assert!(open(&world, &ann, &[frame(&head, &body)]).await[0].is_ok());
    let mut altered = Vec::new();
    for bit in 0..(head.len() + body.len()) * 8 {
        let mut both = [head.as_slice(), &body].concat();
        both[bit / 8] ^= 1 << (bit % 8);
        let (head, body) = both.split_at(head.len());
        altered.push(frame(head, body));
    }
    // Lengths too: bytes taken away or added at either end of the ciphertext.
    altered.push(frame(&head, &body[..body.len() - 1]));
    altered.push(frame(&head, &[body.as_slice(), b"x"].concat()));
    altered.push(frame(&head, b""));
    let opened = open(&world, &ann, &altered).await;
    assert!(opened.iter().all(Result::is_err));
    // What failed is in nobody's way.
    assert!(open(&world, &ann, &[frame(&head, &body)]).await[0].is_ok());
}

#[tokio::test]
async fn a_siv_token_moved_to_another_class_tenant_or_version_does_not_open() {
    let world = World::new();
    let ann = world.reader("ann");
    let (head, body) = siv(1, "mail", "acme", TEXT, b"v");
    let (newer, _) = siv(2, "mail", "acme", TEXT, b"v");
    let moved = |from: &[u8], to: &[u8]| {
        let at = body.windows(4).position(|part| part == from).unwrap();
        let mut moved = body.clone();
        moved[at..at + 4].copy_from_slice(to);
        crate::support::frame(&head, &moved)
    };
    let tokens = [
        crate::support::frame(&head, &body),
        moved(b"mail", b"name"),
        moved(b"acme", b"evil"),
        crate::support::frame(&newer, &body),
    ];
    let opened = open(&world, &ann, &tokens).await;
    let opened: Vec<_> = opened.iter().map(Result::is_ok).collect();
    assert_eq!(opened, [true, false, false, false]);
}

#[tokio::test]
async fn fpe_texts_open_as_their_class_tenant_and_version() {
    let world = World::new();
    let ann = world.reader("ann");
    let value: &[u8] = b"4111-1111-1111-1111";
    let tokens = seal(&world, 2, "acme", &[("pan", TEXT, value)]).await;
    let pan = class(&world, "pan");
    let opened = open_as(&world, &ann, &pan, "acme", &[&tokens[0]]).await;
    assert_eq!(text(&opened[0]), Some("4111-1111-1111-1111"));
    let revealed = opened[0].as_ref().ok().unwrap();
    assert_eq!((&*revealed.class, revealed.value_type), ("pan", TEXT));

    // There is no check: what it was not made for gives another text.
    for tenant in ["", "evil"] {
        let opened = open_as(&world, &ann, &pan, tenant, &[&tokens[0]]).await;
        assert!(text(&opened[0]).is_some_and(|other| other != "4111-1111-1111-1111"));
    }
    let phone = class(&world, "phone");
    let number: &[u8] = b"+1 555 0100 200";
    let newer = seal(
        &world,
        2,
        "",
        &[("phone", TEXT, number), ("old", TEXT, number)],
    )
    .await;
    let old = class(&world, "old");
    for (class, token, same) in [
        (&phone, &newer[0], true),
        (&old, &newer[1], true),
        (&old, &newer[0], false),
        (&phone, &newer[1], false),
    ] {
        let opened = open_as(&world, &ann, class, "", &[token]).await;
        assert_eq!(text(&opened[0]) == Some("+1 555 0100 200"), same);
    }
    assert_eq!(world.kms.take_calls().len(), 2, "one for each version");
}

#[tokio::test]
async fn texts_that_do_not_fit_their_class_are_not_revealed() {
    let world = World::new();
    let ann = world.reader("ann");
    let pan = class(&world, "pan");
    let texts: [&[u8]; 6] = [
        b"",
        b"4111",
        b"no digits here",
        b"4111111111111112",
        &[b'1'; 300],
        b"4111\xff11111111111",
    ];
    let opened = open_as(&world, &ann, &pan, "", &texts).await;
    assert!(opened.iter().all(Result::is_err));
    assert_eq!(world.kms.take_calls().len(), 1);
    let long = "t".repeat(256);
    let opened = open_as(&world, &ann, &pan, &long, &[b"4111111111111111"]).await;
    assert!(opened[0].is_err(), "no token is of such a tenant");
}

#[tokio::test]
async fn both_kinds_and_all_classes_of_a_version_share_one_call() {
    let world = World::new();
    let ann = world.reader("ann");
    let made = seal(
        &world,
        2,
        "",
        &[
            ("mail", TEXT, b"m"),
            ("pan", TEXT, b"4111111111111111"),
            ("code", TEXT, b"Ab3dE6"),
        ],
    )
    .await;
    let (pan, code) = (class(&world, "pan"), class(&world, "code"));
    let of = |class, text| Candidate::OfClass {
        class,
        tenant: "",
        text,
    };
    let candidates = [
        of(&pan, &made[1]),
        world.opener.candidate(&made[0]),
        of(&code, &made[2]),
        of(&pan, &made[2]),
    ];
    let opened = world
        .opener
        .open_batch(&ann, &Usage::new(1), &candidates)
        .await
        .unwrap();
    let texts: Vec<_> = opened.iter().map(text).collect();
    let expected = [Some("4111111111111111"), Some("m"), Some("Ab3dE6"), None];
    assert_eq!(texts, expected);
    assert_eq!(world.kms.take_calls().len(), 1);
    let refused = world
        .opener
        .open_batch(&world.reader("eve"), &Usage::new(0), &candidates)
        .await;
    assert_eq!(refused.err(), Some(OpenError::TooManyCalls { limit: 0 }));
}

#[tokio::test]
async fn a_refused_caller_learns_nothing_of_a_text() {
    let world = World::new();
    let valid = seal(&world, 2, "", &[("pan", TEXT, b"4111111111111111")]).await;
    for (at, text) in [&valid[0][..], b"4111111111111112", b"junk", b"", b"\xff"]
        .into_iter()
        .enumerate()
    {
        let ben = caller(&format!("ben{at}"));
        for calls in [1, 0] {
            let opened = open_as(&world, &ben, &class(&world, "pan"), "", &[text]).await;
            assert!(opened[0].is_err());
            assert_eq!(world.kms.take_calls().len(), calls);
        }
    }
}

#[tokio::test]
async fn a_class_has_its_kind_and_its_key() {
    let world = World::new();
    let policy = policy();
    let of = |name: &str| policy.class(policy.class_named(name).unwrap()).clone();
    assert!(RevealClass::new(&of("mail"), &world.ring).is_none());
    let other =
        "version: 1\nkeys: { other: { versions: [ { version: 1, kms_key: a, wrapped_key: a } ] } }";
    let other = policies::compile_key_ring("keys.yaml", other).unwrap();
    assert!(RevealClass::new(&of("pan"), &other).is_none());
    assert_eq!(&**class(&world, "pan").name(), "pan");
}

fn luhn(digits: &str) -> String {
    let digit = (0..10).map(|last| format!("{digits}{last}"));
    digit.into_iter().find(|all| shape_passes(all)).unwrap()
}

/// ISO/IEC 7812-1, annex B, written down once more.
fn shape_passes(digits: &str) -> bool {
    let sum = digits.bytes().rev().enumerate().map(|(at, digit)| {
        let digit = u32::from(digit - b'0') << (at % 2);
        digit / 10 + digit % 10
    });
    sum.sum::<u32>() % 10 == 0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_value_of_any_class_comes_back(
        tenant in ".{0,20}",
        version in 1u16..=2,
        pans in prop::collection::vec("[0-9]{12,18}", 1..8),
        phones in prop::collection::vec("[0-9 +()-]{0,6}[0-9]{7,20}", 1..8),
        codes in prop::collection::vec("[A-Za-z0-9]{6,40}", 1..8),
        mails in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let ann = world.reader("ann");
            let pans: Vec<_> = pans.iter().map(|digits| luhn(digits)).collect();
            // The opener's classes are of the newest version; `old` is fixed to the first.
            let phone = if version == 1 { "old" } else { "phone" };
            let of = |class, texts: &[String]| -> Vec<(&str, Vec<u8>)> {
                texts.iter().map(|text| (class, text.clone().into_bytes())).collect()
            };
            let mut values = of(phone, &phones);
            if version == 2 {
                values.extend(of("pan", &pans));
                values.extend(of("code", &codes));
            }
            values.extend(mails.iter().map(|mail| ("mail", mail.clone())));
            let sealed: Vec<_> = values.iter().map(|(class, value)| (*class, TEXT, &value[..])).collect();
            let tokens = seal(&world, 2, &tenant, &sealed).await;
            let classes = ["pan", "phone", "old", "code"].map(|name| (name, class(&world, name)));
            let candidates: Vec<_> = values.iter().zip(&tokens).map(|((class, _), token)| {
                match classes.iter().find(|(name, _)| name == class) {
                    Some((_, class)) => Candidate::OfClass { class, tenant: &tenant, text: token },
                    None => world.opener.candidate(token),
                }
            }).collect();
            let opened = world.opener.open_batch(&ann, &Usage::new(2), &candidates).await.unwrap();
            for ((class, value), opened) in values.iter().zip(opened) {
                let opened = opened.unwrap_or_else(|_| panic!("{class} opens"));
                assert_eq!(opened.bytes.as_slice(), &value[..]);
                assert_eq!(&*opened.class, *class);
            }
        });
    }
}
