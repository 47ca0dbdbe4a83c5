//! Tokens: parsed, written again, and found in a stream.

use std::sync::LazyLock;

use record::{Body, Encoding, Finder, Format, Framing, Head, HeadKind, OriginalToken, Payload};
use record::{Buffers, KeyId, Sink, Token, TokenText, body, head, payload, token, views};

use crate::Case;

struct Variant {
    framings: Vec<Framing>,
    max_token_bytes: usize,
}

static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let original = || Framing::new("#01#", "#10#", Encoding::Original).unwrap();
    let within = || Framing::new("#0", "##", Encoding::Veilgate).unwrap();
    let variant = |framings, max_token_bytes| Variant {
        framings,
        max_token_bytes,
    };
    vec![
        variant(vec![Framing::veilgate()], 4096),
        variant(vec![Framing::veilgate(), original()], 4096),
        variant(vec![within(), original(), Framing::veilgate()], 1000),
        variant(vec![Framing::veilgate(), original(), within()], 24),
    ]
});

/// Finds tokens in the input, parses it as a whole token, and as each of a token's parts.
pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    let variant = &VARIANTS[(case.variant >> 2) % VARIANTS.len()];
    match case.variant & 3 {
        0 | 1 => found(&case, variant),
        2 => parts(case.input),
        _ => variant.framings.iter().for_each(|framing| {
            whole(framing, case.input);
        }),
    }
}

#[derive(Debug, PartialEq, Eq)]
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

fn find(variant: &Variant, chunks: &[&[u8]]) -> Vec<Piece> {
    let mut finder = Finder::new(&variant.framings, variant.max_token_bytes);
    let mut pieces = Pieces::default();
    chunks
        .iter()
        .for_each(|chunk| finder.push(chunk, &mut pieces));
    finder.finish(&mut pieces);
    pieces.0
}

fn found(case: &Case<'_>, variant: &Variant) {
    let pieces = find(variant, &[case.input]);
    for chunks in case.cuttings() {
        assert_eq!(find(variant, &chunks), pieces, "found other tokens");
    }
    let mut together = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Pass(bytes) => {
                together.extend_from_slice(bytes);
                none_in(variant, bytes);
            }
            Piece::Candidate(framing, text) => {
                together.extend_from_slice(text);
                assert!(text.len() <= variant.max_token_bytes, "too long");
                let framing = &variant.framings[*framing];
                assert!(framing.strip(text).is_some(), "no candidate");
                whole(framing, text);
            }
        }
    }
    assert_eq!(together, case.input, "the pieces are not the input");
}

/// No whole token that is short enough is among bytes that passed.
fn none_in(variant: &Variant, bytes: &[u8]) {
    for framing in &variant.framings {
        let (prefix, suffix) = (framing.prefix().as_bytes(), framing.suffix().as_bytes());
        for start in (0..bytes.len()).filter(|&at| bytes[at..].starts_with(prefix)) {
            let text = &bytes[start..];
            let inside = prefix.len();
            let end = (inside..text.len()).find(|&at| text[at..].starts_with(suffix));
            let Some(end) = end.map(|at| at + suffix.len()) else {
                continue;
            };
            if end <= variant.max_token_bytes {
                assert!(!whole(framing, &text[..end]), "a token passed");
            }
        }
    }
}

/// Whether a text is a token; one that is has no other spelling.
fn whole(framing: &Framing, text: &[u8]) -> bool {
    let mut again = Vec::new();
    match framing.encoding() {
        Encoding::Veilgate => {
            let mut buffers = Buffers::default();
            let Ok(parsed) = Token::from_text(framing, text, &mut buffers) else {
                return false;
            };
            let split = TokenText::split(framing, text).unwrap();
            let mut body = Vec::new();
            token::decode(split.body, &mut body).unwrap();
            token::append_head(&mut again, framing, parsed.head.bytes);
            token::append_body(&mut again, framing, &body);
        }
        Encoding::Original => {
            let Ok(parsed) = OriginalToken::from_text(framing, text) else {
                return false;
            };
            token::append_original(&mut again, framing, &parsed.sealed);
        }
    }
    assert_eq!(again, text, "a token with two spellings");
    true
}

/// The input as a head, as a body of each format, and as a payload: what is parsed is written the
/// same again.
fn parts(input: &[u8]) {
    if let Ok(head) = Head::parse(input) {
        assert_eq!(head_again(&head), input);
    }
    for format in [
        Format::Rsa,
        Format::Envelope,
        Format::Siv,
        Format::Stored,
        Format::Views,
    ] {
        if let Ok(body) = Body::parse(format, input) {
            let binding = body::build_binding(body.class, body.tenant).unwrap();
            assert!(body.tagged.starts_with(&binding));
            assert_eq!(body.tagged[binding.len()], body.value_type.code());
            assert_eq!([body.tagged, body.edge_tag].concat(), input);
        }
    }
    if let Ok(parsed) = Payload::parse(input) {
        let mut again = Vec::new();
        let signer = parsed.signer_id();
        payload::build(&mut again, parsed.data_key, &signer, parsed.signature).unwrap();
        assert_eq!(again, input);
    }
}

fn head_again(parsed: &Head<'_>) -> Vec<u8> {
    let key: KeyId = parsed.key_id();
    match parsed.kind {
        HeadKind::Rsa => head::build_rsa(&key).unwrap(),
        HeadKind::Siv => head::build_siv(&key).unwrap(),
        HeadKind::Stored(id) => head::build_stored(id),
        HeadKind::Views(parts) => views::build_head(&parts.iter().collect::<Vec<_>>()).unwrap(),
        HeadKind::Envelope(wrapped) => {
            let bound = head::build_bound(&key, wrapped.made).unwrap();
            assert_eq!(bound, wrapped.bound);
            head::build_envelope(&bound, wrapped.commitment, wrapped.wrapped).unwrap()
        }
    }
}
