//! A filter over the crate, for tests beside other implementations.
//!
//! ```text
//! recode decode CODINGS [MAX_BYTES MAX_RATIO]   undoes content codings, comma between: gzip,br
//! recode count CODINGS [MAX_BYTES MAX_RATIO]    the same, but prints only how many bytes there are
//! recode encode CODINGS                         applies them
//! recode to-utf8 CHARSET                        converts to UTF-8
//! recode pass CHARSET                           there and back
//! ```
//!
//! It reads standard input in chunks of `RECODE_CHUNK` bytes (65536). What is refused ends it with
//! status 1 and the error on standard error.

use std::error::Error;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use coding::{
    Charset, ContentCoding, DecodeLimits, Decoder, Encoder, Finish, FromUtf8, Progress, ToUtf8,
};

type Outcome = Result<(), Box<dyn Error>>;

const ROOM: usize = 64 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Outcome {
    let mut out = io::stdout().lock();
    match *words {
        ["decode", list, ref limits @ ..] => decode(list, limits, |bytes| out.write_all(bytes)),
        ["count", list, ref limits @ ..] => {
            let mut count = 0;
            decode(list, limits, |bytes| {
                count += bytes.len();
                Ok(())
            })?;
            Ok(writeln!(out, "{count}")?)
        }
        ["encode", list] => encode(list, &mut out),
        ["to-utf8", label] => convert(label, false, &mut out),
        ["pass", label] => convert(label, true, &mut out),
        _ => Err("see the top of examples/recode.rs for its arguments".into()),
    }
}

fn codings(list: &str) -> Result<Vec<ContentCoding>, Box<dyn Error>> {
    let known = list
        .split(',')
        .map(|token| ContentCoding::from_token(token).ok_or(token));
    let known: Result<_, _> = known.collect();
    known.map_err(|token| format!("no content coding: {token}").into())
}

fn each_chunk(mut see: impl FnMut(&[u8]) -> Outcome) -> Outcome {
    let size = std::env::var("RECODE_CHUNK").map_or(Ok(64 * 1024), |size| size.parse())?;
    let mut input = io::stdin().lock();
    let mut chunk = vec![0; size];
    loop {
        let read = input.read(&mut chunk)?;
        match chunk.get(..read) {
            None | Some([]) => return Ok(()),
            Some(bytes) => see(bytes)?,
        }
    }
}

fn decode(list: &str, limits: &[&str], mut see: impl FnMut(&[u8]) -> io::Result<()>) -> Outcome {
    let limits = match limits {
        [bytes, ratio] => DecodeLimits {
            max_bytes: bytes.parse()?,
            max_ratio: ratio.parse()?,
        },
        _ => DecodeLimits {
            max_bytes: u64::MAX,
            max_ratio: u32::MAX,
        },
    };
    let mut decoder = Decoder::new(&codings(list)?, limits);
    let mut decoded = Vec::with_capacity(ROOM);
    each_chunk(|mut chunk| {
        loop {
            let progress = decoder.decode(&mut chunk, &mut decoded, ROOM)?;
            see(&decoded)?;
            decoded.clear();
            if progress == Progress::NeedsInput {
                return Ok(());
            }
        }
    })?;
    loop {
        let finish = decoder.finish(&mut decoded, ROOM)?;
        see(&decoded)?;
        decoded.clear();
        if finish == Finish::Done {
            return Ok(());
        }
    }
}

fn encode(list: &str, out: &mut impl Write) -> Outcome {
    let mut encoder = Encoder::new(&codings(list)?);
    let mut encoded = Vec::new();
    each_chunk(|chunk| {
        encoder.encode(chunk, &mut encoded)?;
        out.write_all(&encoded)?;
        encoded.clear();
        Ok(())
    })?;
    encoder.finish(&mut encoded)?;
    Ok(out.write_all(&encoded)?)
}

fn convert(label: &str, back: bool, out: &mut impl Write) -> Outcome {
    let charset = Charset::from_label(label).ok_or_else(|| format!("no charset: {label}"))?;
    let mut to = ToUtf8::new(charset);
    let mut from = FromUtf8::new(if back { charset } else { Charset::Utf8 });
    let (mut text, mut written) = (Vec::new(), Vec::new());
    each_chunk(|chunk| {
        to.push(chunk, &mut text)?;
        from.push(&text, to.mark(), &mut written)?;
        out.write_all(&written)?;
        text.clear();
        written.clear();
        Ok(())
    })?;
    to.finish()?;
    Ok(from.finish()?)
}
