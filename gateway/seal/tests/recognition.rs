//! Tokens that come by again are kept; what merely looks like one is a value.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use record::ValueType;
use seal::{Batch, EdgeKey};
use support::{Bench, block_on, decoded, encoded, material, opener};

#[test]
fn a_token_that_comes_by_again_is_kept() {
    let bench = Bench::new();
    let kept = |bench: &Bench, class: &str, token: &[u8]| {
        block_on(bench.try_token(class, token)).unwrap().is_none()
    };
    let pan = block_on(bench.token("pan", b"4111111111111111"));
    let ssn = block_on(bench.token("ssn", b"123-45-6789"));
    assert!(kept(&bench, "pan", &pan));
    assert!(kept(&bench, "ssn", &ssn));
    let later = Bench::new();
    assert!(
        kept(&later, "pan", &pan),
        "a token of another gateway with the same edge key"
    );
    assert!(kept(&later, "ssn", &ssn));

    assert!(!kept(&bench, "iban", &pan), "another class");
    let (head, body) = decoded(&pan);
    let (other_head, other_body) = decoded(&block_on(later.token("pan", b"4111111111111111")));
    assert!(
        !kept(&bench, "pan", &encoded(&head, &other_body)),
        "a valid head before another body"
    );
    assert!(!kept(&bench, "pan", &encoded(&other_head, &body)));
    assert!(
        !kept(&bench, "pan", b"~vg1.AAAA.BBBB~"),
        "what merely looks like a token"
    );
    assert!(
        !kept(&bench, "pan", &[&pan[..], b" "].concat()),
        "a token and more"
    );
    assert!(!kept(&bench, "pan", &pan[..pan.len() - 1]));

    let mut stranger = material();
    stranger.edge_keys = vec![EdgeKey::new(&[1; 32])];
    let stranger = Bench::with(stranger);
    assert!(!kept(&stranger, "pan", &pan), "made under another edge key");
    let mut both = material();
    both.edge_keys = vec![EdgeKey::new(&[1; 32]), EdgeKey::new(&support::EDGE_KEY)];
    assert!(
        kept(&Bench::with(both), "pan", &pan),
        "an older edge key recognizes"
    );
}

#[test]
fn only_text_of_the_same_tenant_is_kept() {
    let bench = Bench::new();
    let pan = block_on(bench.token("pan", b"4111111111111111"));
    let mut batch = Batch::for_tenant("acme");
    bench.push(&mut batch, "pan", ValueType::Text, &pan);
    assert!(block_on(bench.seal(&mut batch)).unwrap()[0].is_some());
    let mut batch = Batch::new();
    bench.push(&mut batch, "pan", ValueType::Object, &pan);
    bench.push(&mut batch, "pan", ValueType::Text, &pan);
    bench.push(&mut batch, "pan", ValueType::Text, b"4111111111111111");
    let tokens = block_on(bench.seal(&mut batch)).unwrap();
    let made: Vec<bool> = tokens.iter().map(Option::is_some).collect();
    assert_eq!(made, [true, false, true]);
    assert_eq!(
        opener().open(tokens[0].as_ref().unwrap()).unwrap().value,
        pan
    );
}
