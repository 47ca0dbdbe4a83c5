//! What does not open, and that all of it looks and costs the same.

use crate::opening::open;
use crate::support::{
    World, caller, frame, frame_in, original, rsa, rsa_parts, siv, siv_of, siv_text, wrap,
};
use record::{Encoding, Framing, KeyId, ValueType, head};

#[tokio::test]
async fn no_single_altered_bit_of_an_envelope_token_opens() {
    let world = World::new();
    let ann = world.reader("ann");
    let epoch = world.epoch();
    let body = epoch.body("pan", "acme", ValueType::Number, b"42");
    assert!(open(&world, &ann, &[frame(&epoch.head, &body)]).await[0].is_ok());
    let mut altered = Vec::new();
    for bit in 0..epoch.head.len() * 8 {
        let mut head = epoch.head.clone();
        head[bit / 8] ^= 1 << (bit % 8);
        altered.push(frame(&head, &body));
    }
    for bit in 0..body.len() * 8 {
        let mut body = body.clone();
        body[bit / 8] ^= 1 << (bit % 8);
        altered.push(frame(&epoch.head, &body));
    }
    let opened = open(&world, &ann, &altered).await;
    assert_eq!(opened.len(), altered.len());
    assert!(opened.iter().all(Result::is_err));
}

#[tokio::test]
async fn no_single_altered_bit_of_an_rsa_token_opens() {
    let world = World::new();
    let ann = world.reader("ann");
    let framing = Framing::new("[tok:", "]", Encoding::Veilgate).unwrap();
    let (head, body) = rsa_parts(ValueType::Text, b"078-05-1120");
    assert!(open(&world, &ann, &[frame_in(&framing, &head, &body)]).await[0].is_ok());
    let mut altered = Vec::new();
    for bit in 0..(head.len() + body.len()) * 8 {
        let mut both = [head.as_slice(), &body].concat();
        both[bit / 8] ^= 1 << (bit % 8);
        let (head, body) = both.split_at(head.len());
        altered.push(frame_in(&framing, head, body));
    }
    let opened = open(&world, &ann, &altered).await;
    assert!(opened.iter().all(Result::is_err));
}

#[tokio::test]
async fn a_head_in_front_of_another_body_does_not_open() {
    let world = World::new();
    let ann = world.reader("ann");
    let [one, other] = [world.epoch(), world.epoch()];
    let body = one.body("pan", "", ValueType::Text, b"v");
    assert!(open(&world, &ann, &[frame(&other.head, &body)]).await[0].is_err());
}

#[tokio::test]
async fn the_kms_key_is_the_rings_and_never_the_tokens() {
    let world = World::new();
    let ann = world.reader("ann");
    // Wrapped for version 2's key, under version 1's name.
    let crossed = world.epoch_of(&KeyId::new("payments", 1), "kms-pay-2");
    assert!(open(&world, &ann, &[crossed.text("v")]).await[0].is_err());
    assert_eq!(
        world.kms.take_calls(),
        [("ann".to_owned(), "kms-pay-1".to_owned())]
    );
}

/// One token for each way not to open.
fn failures(world: &World) -> Vec<(&'static str, Vec<u8>)> {
    [envelopes(world), rsas(world), sivs(), no_tokens()].concat()
}

fn key(name: &str, version: u16) -> KeyId {
    KeyId::new(name, version)
}

fn envelopes(world: &World) -> Vec<(&'static str, Vec<u8>)> {
    let mut altered = world.epoch().body("pan", "", ValueType::Text, b"v");
    *altered.last_mut().unwrap() ^= 1;
    let of = |name, version, kms_key| world.epoch_of(&key(name, version), kms_key).text("v");
    vec![
        ("denied envelope", world.epoch().text("v")),
        ("altered envelope", frame(&world.epoch().head, &altered)),
        ("unknown key", of("payment", 1, "kms-pay-1")),
        ("unknown version", of("payments", 3, "kms-pay-1")),
        (
            "original key in a veilgate head",
            of("legacy", 1, "kms-old-1"),
        ),
        (
            "symmetric key in an envelope's head",
            of("joins", 1, "kms-pay-1"),
        ),
        ("foreign signer", world.forged_epoch().text("v")),
    ]
}

fn rsas(_: &World) -> Vec<(&'static str, Vec<u8>)> {
    let framing = Framing::new("[tok:", "]", Encoding::Veilgate).unwrap();
    let (rsa_head, mut rsa_body) = rsa_parts(ValueType::Text, b"v");
    *rsa_body.last_mut().unwrap() ^= 1;
    let unknown_rsa = head::build_rsa(&key("identity", 9)).unwrap();
    let (_, whole_rsa) = rsa_parts(ValueType::Text, b"v");
    vec![
        ("denied rsa", rsa(ValueType::Text, b"v")),
        ("altered rsa", frame_in(&framing, &rsa_head, &rsa_body)),
        (
            "unknown version, rsa",
            frame_in(&framing, &unknown_rsa, &whole_rsa),
        ),
        (
            "symmetric key in an rsa head",
            frame(&head::build_rsa(&key("joins", 1)).unwrap(), &whole_rsa),
        ),
    ]
}

fn sivs() -> Vec<(&'static str, Vec<u8>)> {
    let of = |key: &KeyId| {
        let (head, body) = siv_of(key, 1, "mail", "", ValueType::Text, b"v");
        frame(&head, &body)
    };
    vec![
        ("denied siv", siv_text(1, "v")),
        ("unknown key, siv", of(&key("join", 1))),
        ("unknown version, siv", of(&key("joins", 3))),
        ("public key in a siv head", of(&key("payments", 1))),
        ("original key in a siv head", of(&key("legacy", 1))),
    ]
}

fn no_tokens() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("junk in the frame", b"~vg1.AAAA.BBBB~".to_vec()),
        ("no token at all", b"hello".to_vec()),
    ]
}

/// Whatever is wrong with a body, a `siv` head costs one call for its key, and then the memory of it.
#[tokio::test]
async fn altered_siv_tokens_cost_what_valid_ones_cost() {
    let world = World::new();
    let (head, body) = siv(2, "mail", "", ValueType::Text, b"v");
    let mut altered = body.clone();
    *altered.last_mut().unwrap() ^= 1;
    let other = siv(1, "mail", "", ValueType::Text, b"v").1;
    let bodies: [&[u8]; 4] = [&body, &altered, &other, b"junk"];
    for (at, body) in bodies.into_iter().enumerate() {
        let token = [frame(&head, body)];
        for who in [
            caller(&format!("ben{at}")),
            world.reader(&format!("ann{at}")),
        ] {
            for calls in [1, 0] {
                let revealed = at == 0 && who.identity().subject.starts_with("ann");
                assert_eq!(open(&world, &who, &token).await[0].is_ok(), revealed);
                assert_eq!(world.kms.take_calls().len(), calls, "body {at}");
            }
        }
    }
}

#[tokio::test]
async fn every_failure_costs_the_denied_caller_one_call_and_then_its_memory() {
    let world = World::new();
    let ben = caller("ben");
    for (what, token) in failures(&world) {
        assert!(
            open(&world, &ben, std::slice::from_ref(&token)).await[0].is_err(),
            "{what}"
        );
        let calls = world.kms.take_calls();
        assert_eq!(calls.len(), 1, "{what}");
        assert_eq!(calls[0].0, "ben", "{what}");
        assert!(open(&world, &ben, &[token]).await[0].is_err(), "{what}");
        assert!(world.kms.take_calls().is_empty(), "{what}");
    }
}

#[tokio::test]
async fn every_failure_costs_a_caller_with_rights_one_call_too() {
    let world = World::new();
    let ann = world.reader("ann");
    for (what, token) in failures(&world)
        .into_iter()
        .filter(|(what, _)| !what.contains("denied"))
    {
        assert!(
            open(&world, &ann, std::slice::from_ref(&token)).await[0].is_err(),
            "{what}"
        );
        assert_eq!(world.kms.take_calls().len(), 1, "{what}");
        assert!(open(&world, &ann, &[token]).await[0].is_err(), "{what}");
        assert!(world.kms.take_calls().is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_foreign_original_token_has_cost_every_version_and_is_remembered() {
    let world = World::new();
    let ann = world.reader("ann");
    let foreign = original("kms-id-1", b"v");
    for calls in [2, 0] {
        assert!(open(&world, &ann, std::slice::from_ref(&foreign)).await[0].is_err());
        assert_eq!(world.kms.take_calls().len(), calls);
    }
}

#[tokio::test]
async fn a_payload_that_is_not_one_is_refused() {
    let world = World::new();
    let ann = world.reader("ann");
    let bound = head::build_bound(&KeyId::new("payments", 1), 0).unwrap();
    let head = head::build_envelope(&bound, &[0; 32], &wrap("kms-pay-1", b"short")).unwrap();
    let body = world.epoch().body("pan", "", ValueType::Text, b"v");
    assert!(open(&world, &ann, &[frame(&head, &body)]).await[0].is_err());
    assert_eq!(world.kms.take_calls().len(), 1);
}
