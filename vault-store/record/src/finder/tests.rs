#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use super::*;
use crate::framing::Encoding;
use proptest::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Pass(Vec<u8>),
    Candidate(usize, Vec<u8>),
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Sink for Pieces {
    fn pass(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            Some(Piece::Pass(before)) => before.extend_from_slice(bytes),
            _ => self.0.push(Piece::Pass(bytes.to_vec())),
        }
    }

    fn candidate(&mut self, framing: usize, text: &[u8]) {
        self.0.push(Piece::Candidate(framing, text.to_vec()));
    }
}

/// The definition, spelled as slowly as it reads: try every framing at every place.
fn oracle(framings: &[Framing], longest: usize, input: &[u8]) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    let mut at = 0;
    while at < input.len() {
        let found = framings.iter().enumerate().find_map(|(index, framing)| {
            let length = oracle_at(framing, &input[at..])?;
            (length <= longest).then_some((index, length))
        });
        match found {
            Some((index, length)) => {
                pieces.candidate(index, &input[at..at + length]);
                at += length;
            }
            None => {
                pieces.pass(&input[at..=at]);
                at += 1;
            }
        }
    }
    pieces.0
}

fn oracle_at(framing: &Framing, text: &[u8]) -> Option<usize> {
    let run = |from: usize, also: &[u8]| {
        let length = text[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || also.contains(byte))
            .count();
        (length > 0).then_some(from + length)
    };
    if !text.starts_with(framing.prefix().as_bytes()) {
        return None;
    }
    let inner = framing.prefix().len();
    let end = match framing.encoding() {
        Encoding::Veilgate => {
            let dot = run(inner, b"-_")?;
            if text.get(dot) != Some(&b'.') {
                return None;
            }
            run(dot + 1, b"-_")?
        }
        Encoding::Original => {
            let end = run(inner, b"+/")?;
            end + text[end..]
                .iter()
                .take(2)
                .take_while(|byte| **byte == b'=')
                .count()
        }
    };
    text[end..]
        .starts_with(framing.suffix().as_bytes())
        .then_some(end + framing.suffix().len())
}

fn find(framings: &[Framing], longest: usize, chunks: &[&[u8]]) -> Vec<Piece> {
    let mut finder = Finder::new(framings, longest);
    find_with(&mut finder, chunks)
}

fn find_with(finder: &mut Finder, chunks: &[&[u8]]) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    for chunk in chunks {
        finder.push(chunk, &mut pieces);
    }
    finder.finish(&mut pieces);
    pieces.0
}

fn framings() -> Vec<Framing> {
    vec![
        Framing::veilgate(),
        Framing::new("#01#", "#10#", Encoding::Original).unwrap(),
        // Prefixes within prefixes, one suffix within another, and an anchor in the middle.
        Framing::new("#0", "##", Encoding::Veilgate).unwrap(),
        Framing::new("~vg1.", "~~", Encoding::Veilgate).unwrap(),
        Framing::new("a~v", "#1", Encoding::Original).unwrap(),
    ]
}

/// Text that is made of the pieces tokens are made of.
fn near_tokens() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just("~vg1.".to_owned()),
        Just("~".to_owned()),
        Just(".".to_owned()),
        Just("#01#".to_owned()),
        Just("#10#".to_owned()),
        Just("#0".to_owned()),
        Just("#".to_owned()),
        Just("a~v".to_owned()),
        Just("=".to_owned()),
        Just("A".repeat(70)),
        "[A-Za-z0-9_-]{1,9}",
        "[ \"{}:,~.#=a-cv01-]{1,3}",
        Just("~vg1.AQhpZA.BBBB~".to_owned()),
        Just("#01#QUJD+/==#10#".to_owned()),
    ];
    prop::collection::vec(word, 0..24).prop_map(|words| words.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn agrees_with_the_oracle_however_it_is_cut(
        input in near_tokens(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        longest in prop_oneof![Just(1000usize), 1usize..120],
        chosen in prop::sample::subsequence(framings(), 1..=5),
    ) {
        let expected = oracle(&chosen, longest, &input);
        prop_assert_eq!(&find(&chosen, longest, &[&input]), &expected);

        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        places.sort_unstable();
        let mut chunks = Vec::new();
        let mut from = 0;
        for place in places {
            chunks.push(&input[from..place]);
            from = place;
        }
        chunks.push(&input[from..]);
        prop_assert_eq!(&find(&chosen, longest, &chunks), &expected);

        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        prop_assert_eq!(&find(&chosen, longest, &bytes), &expected);

        let whole: Vec<u8> = expected
            .into_iter()
            .flat_map(|piece| match piece {
                Piece::Pass(bytes) | Piece::Candidate(_, bytes) => bytes,
            })
            .collect();
        prop_assert_eq!(whole, input);
    }
}

#[test]
fn finds_a_token_cut_at_every_place() {
    let token = b"~vg1.AQhpZGVudGl0eQAB.A3NzbgAA-_8~";
    let mut input = b"{\"a\":\"".to_vec();
    input.extend_from_slice(token);
    input.extend_from_slice(b"\"}");
    let expected = vec![
        Piece::Pass(b"{\"a\":\"".to_vec()),
        Piece::Candidate(0, token.to_vec()),
        Piece::Pass(b"\"}".to_vec()),
    ];
    for cut in 0..=input.len() {
        let (first, second) = input.split_at(cut);
        assert_eq!(
            find(&framings(), 1000, &[first, second]),
            expected,
            "cut at {cut}"
        );
    }
}

#[test]
fn a_broken_beginning_hides_no_token_behind_it() {
    let found = find(
        &framings(),
        1000,
        &[b"~vg1.AAAA~vg1.AQ.BB~vg1.#01#QQ==#10#"],
    );
    assert_eq!(
        found,
        [
            Piece::Pass(b"~vg1.AAAA".to_vec()),
            Piece::Candidate(0, b"~vg1.AQ.BB~".to_vec()),
            Piece::Pass(b"vg1.".to_vec()),
            Piece::Candidate(1, b"#01#QQ==#10#".to_vec()),
        ]
    );
}

#[test]
fn the_bound_is_exact_and_memory_stays_under_it() {
    let token = format!("~vg1.{}.{}~", "A".repeat(50_000), "B".repeat(50_000));
    let framings = [Framing::veilgate()];
    let chunks: Vec<&[u8]> = token.as_bytes().chunks(777).collect();
    let fits = find(&framings, token.len(), &chunks);
    assert_eq!(fits, [Piece::Candidate(0, token.clone().into_bytes())]);
    let over = find(&framings, token.len() - 1, &chunks);
    assert_eq!(over, [Piece::Pass(token.clone().into_bytes())]);

    let mut finder = Finder::new(&framings, 10_000);
    let mut pieces = Pieces::default();
    for chunk in &chunks {
        finder.push(chunk, &mut pieces);
        assert!(finder.held.len() <= 10_000);
    }
}

#[test]
fn one_finder_takes_input_after_input() {
    let mut finder = Finder::new(&framings(), 1000);
    assert_eq!(
        find_with(&mut finder, &[b"~vg1.AA"]),
        [Piece::Pass(b"~vg1.AA".to_vec())]
    );
    assert_eq!(
        find_with(&mut finder, &[b".BB~"]),
        [Piece::Pass(b".BB~".to_vec())]
    );
    assert_eq!(find_with(&mut finder, &[]), []);
}

#[test]
fn without_framings_everything_passes() {
    assert_eq!(
        find(&[], 1000, &[b"~vg1.", b"AA.BB~"]),
        [Piece::Pass(b"~vg1.AA.BB~".to_vec())]
    );
}
