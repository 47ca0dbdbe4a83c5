//! Content codings and charsets: decoded in chunks as at once, in bounded memory, and back.

use coding::{
    Charset, CodingError, CodingErrorCode, ContentCoding, DecodeLimits, Decoder, Encoder, Finish,
    FromUtf8, Progress, ToUtf8,
};

use crate::Case;

const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: 1 << 16,
    max_ratio: 100,
};

/// In the order in which they were applied.
const CODINGS: &[&[ContentCoding]] = &[
    &[ContentCoding::Gzip],
    &[ContentCoding::Deflate],
    &[ContentCoding::Brotli],
    &[ContentCoding::Zstd],
    &[ContentCoding::Gzip, ContentCoding::Brotli],
    &[ContentCoding::Zstd, ContentCoding::Deflate],
];

const CHARSETS: &[Charset] = &[
    Charset::Utf8,
    Charset::Ascii,
    Charset::Utf16,
    Charset::Utf16Le,
    Charset::Utf16Be,
    Charset::Latin1,
    Charset::Windows1252,
];

pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::parse(data) else {
        return;
    };
    // the low bits choose what is done, the others with which coding or charset
    let which = case.variant >> 2;
    match case.variant & 3 {
        0 | 1 => decoded(&case, CODINGS[which % CODINGS.len()]),
        2 => there_and_back(&case, CODINGS[which % CODINGS.len()]),
        _ => charset(&case, CHARSETS[which % CHARSETS.len()]),
    }
}

/// Bytes that somebody says are in these codings.
fn decoded(case: &Case<'_>, codings: &[ContentCoding]) {
    let told = |error: CodingError| match error.code {
        // of two codings that are both broken, the one that is told depends on how far the outer ran ahead
        _ if codings.len() > 1 => None,
        // of one that is broken at its very end, whether its decoder looked so far or waits for more; and of
        // one that is broken where it has given too much, which its decoder does not tell beside the fault
        CodingErrorCode::Truncated | CodingErrorCode::TooLarge => Some(CodingErrorCode::Corrupt),
        code => Some(code),
    };
    let whole = decode(codings, &[case.input], 8192).map_err(told);
    for chunks in case.cuttings() {
        for room in [8192, 61] {
            let cut = decode(codings, &chunks, room).map_err(told);
            assert_eq!(cut, whole, "another answer in chunks than as a whole");
        }
    }
}

fn there_and_back(case: &Case<'_>, codings: &[ContentCoding]) {
    for (number, chunks) in case.cuttings().into_iter().enumerate() {
        let (mut encoder, mut encoded) = (Encoder::new(codings), Vec::new());
        for chunk in &chunks {
            encoder.encode(chunk, &mut encoded).unwrap();
            if number == 1 {
                encoder.flush(&mut encoded).unwrap();
            }
        }
        encoder.finish(&mut encoded).unwrap();
        let back = decode(codings, &[&encoded], 8192).unwrap();
        assert_eq!(back, case.input, "not what was encoded");
    }
}

/// Everything that comes of the chunks, never more than `room` bytes at a time.
fn decode(
    codings: &[ContentCoding],
    chunks: &[&[u8]],
    room: usize,
) -> Result<Vec<u8>, CodingError> {
    let (mut decoder, mut all) = (Decoder::new(codings, LIMITS), Vec::new());
    let mut out = Vec::new();
    let mut take = |out: &mut Vec<u8>| {
        assert!(out.len() <= room, "more than there is room for");
        all.append(out);
        assert!(all.len() as u64 <= LIMITS.max_bytes, "more than the limit");
    };
    for mut chunk in chunks.iter().copied() {
        while decoder.decode(&mut chunk, &mut out, room)? == Progress::OutputFull {
            take(&mut out);
        }
        take(&mut out);
        assert!(chunk.is_empty(), "input is left");
    }
    while decoder.finish(&mut out, room)? == Finish::OutputFull {
        take(&mut out);
    }
    take(&mut out);
    Ok(all)
}

/// A body to UTF-8 and back.
fn charset(case: &Case<'_>, charset: Charset) {
    let whole = to_utf8_and_back(charset, &[case.input]);
    if let Ok((text, back)) = &whole {
        assert_eq!(back, case.input, "not what was converted");
        let checked = std::str::from_utf8(text).is_ok() || charset.is_utf8();
        assert!(checked, "converted to what is no UTF-8");
    }
    for chunks in case.cuttings() {
        assert_eq!(to_utf8_and_back(charset, &chunks), whole);
    }
}

fn to_utf8_and_back(
    charset: Charset,
    chunks: &[&[u8]],
) -> Result<(Vec<u8>, Vec<u8>), coding::CharsetError> {
    let (mut to, mut from) = (ToUtf8::new(charset), FromUtf8::new(charset));
    let (mut text, mut back) = (Vec::new(), Vec::new());
    for chunk in chunks {
        let before = text.len();
        to.push(chunk, &mut text)?;
        // what was converted from valid bytes can always be converted back
        from.push(&text[before..], to.mark(), &mut back).unwrap();
    }
    to.finish()?;
    from.finish().unwrap();
    Ok((text, back))
}
