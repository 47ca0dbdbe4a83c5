//! The outer form of one framing's tokens, checked once over each byte however it arrives.

use crate::framing::{Encoding, Framing};

/// How far the candidate at the start of the held bytes has been checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// The framing that is not decided yet; those before it do not fit.
    pub(super) framing: usize,
    /// How far its form has been checked.
    pub(super) checked: Checked,
}

/// How far one framing's form has been checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Checked {
    /// Bytes that need no second look; 0 before the prefix is whole.
    bytes: usize,
    /// The dot between head and body is among them.
    dotted: bool,
}

/// What a text's beginning is, as far as it has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A candidate of this many bytes.
    Whole { length: usize },
    /// It ends within what may be a candidate.
    Cut { checked: Checked },
    /// No candidate, whatever follows.
    Broken,
}

/// Checks `text` against `framing`, where what is `checked` is known to fit.
pub(super) fn check(framing: &Framing, text: &[u8], checked: Checked, longest: usize) -> Shape {
    let prefix = framing.prefix().as_bytes();
    let text = text.get(..longest).unwrap_or(text);
    let full = text.len() == longest;
    let shape = if checked.bytes >= prefix.len() {
        check_inner(framing, text, checked)
    } else if text.starts_with(prefix) {
        check_inner(
            framing,
            text,
            Checked {
                bytes: prefix.len(),
                dotted: false,
            },
        )
    } else if prefix.starts_with(text) {
        Shape::Cut {
            checked: Checked::default(),
        }
    } else {
        Shape::Broken
    };
    match shape {
        Shape::Cut { .. } if full => Shape::Broken,
        shape => shape,
    }
}

fn check_inner(framing: &Framing, text: &[u8], checked: Checked) -> Shape {
    match framing.encoding() {
        Encoding::Veilgate => check_veilgate(framing, text, checked),
        Encoding::Original => check_original(framing, text, checked),
    }
}

/// `head . body suffix`, neither part empty.
fn check_veilgate(framing: &Framing, text: &[u8], checked: Checked) -> Shape {
    let inner = framing.prefix().len();
    let Checked {
        bytes: mut at,
        mut dotted,
    } = checked;
    loop {
        at = run_end(framing.encoding(), text, at);
        let empty = at == inner || text.get(at - 1) == Some(&b'.');
        match text.get(at) {
            None => {
                return Shape::Cut {
                    checked: Checked { bytes: at, dotted },
                };
            }
            Some(b'.') if !dotted && !empty => dotted = true,
            Some(_) if dotted && !empty => {
                return check_suffix(framing, text, at, Checked { bytes: at, dotted });
            }
            Some(_) => return Shape::Broken,
        }
        at += 1;
    }
}

/// `base64 padding suffix`; how much padding is right is the decoder's to say.
fn check_original(framing: &Framing, text: &[u8], checked: Checked) -> Shape {
    let at = run_end(framing.encoding(), text, checked.bytes);
    if at == framing.prefix().len() && at < text.len() {
        return Shape::Broken;
    }
    let padding = text
        .iter()
        .skip(at)
        .take(2)
        .take_while(|&&byte| byte == b'=')
        .count();
    check_suffix(
        framing,
        text,
        at + padding,
        Checked {
            bytes: at,
            dotted: false,
        },
    )
}

fn check_suffix(framing: &Framing, text: &[u8], at: usize, checked: Checked) -> Shape {
    let suffix = framing.suffix().as_bytes();
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with(suffix) {
        Shape::Whole {
            length: at + suffix.len(),
        }
    } else if suffix.starts_with(rest) {
        Shape::Cut { checked }
    } else {
        Shape::Broken
    }
}

/// The first place at or after `from` whose byte is outside the encoding's alphabet.
fn run_end(encoding: Encoding, text: &[u8], from: usize) -> usize {
    // Whole blocks without a branch for each byte, which the compiler makes into vector code.
    const BLOCK: usize = 64;
    let rest = text.get(from..).unwrap_or_default();
    let (blocks, _) = rest.as_chunks::<BLOCK>();
    let whole = blocks
        .iter()
        .take_while(|block| {
            block
                .iter()
                .fold(true, |all, &byte| all & encoding.holds(byte))
        })
        .count();
    let at = from + whole * BLOCK;
    let tail = text.get(at..).unwrap_or_default();
    at + tail
        .iter()
        .position(|&byte| !encoding.holds(byte))
        .unwrap_or(tail.len())
}
