//! Round trips at every split, bombs, and every way to end badly.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod hostile;

use super::{ContentCoding, DecodeLimits, Decoder, Encoder, Finish, Progress};
use ContentCoding::{Brotli, Deflate, Gzip, Zstd};
use proptest::prelude::*;

const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: 64 << 20,
    max_ratio: 1000,
};

fn encode(codings: &[ContentCoding], chunks: &[&[u8]]) -> Vec<u8> {
    let (mut encoder, mut out) = (Encoder::new(codings), Vec::new());
    for chunk in chunks {
        encoder.encode(chunk, &mut out).unwrap();
    }
    encoder.finish(&mut out).unwrap();
    out
}

/// The decoded body, or the code of what is wrong; never more than `room` bytes at a time.
fn decode(
    codings: &[ContentCoding],
    limits: DecodeLimits,
    chunks: &[&[u8]],
    room: usize,
) -> Result<Vec<u8>, &'static str> {
    let (mut decoder, mut all) = (Decoder::new(codings, limits), Vec::new());
    let mut out = Vec::new();
    for chunk in chunks {
        let mut input = *chunk;
        loop {
            let progress = decoder
                .decode(&mut input, &mut out, room)
                .map_err(|error| error.code())?;
            assert!(out.len() <= room);
            all.append(&mut out);
            if progress == Progress::NeedsInput {
                assert!(input.is_empty());
                break;
            }
        }
    }
    loop {
        let finish = decoder
            .finish(&mut out, room)
            .map_err(|error| error.code())?;
        assert!(out.len() <= room);
        all.append(&mut out);
        if finish == Finish::Done {
            return Ok(all);
        }
    }
}

const ALL: [ContentCoding; 4] = [Gzip, Deflate, Brotli, Zstd];

fn sample() -> Vec<u8> {
    let lines =
        (0..400_u32).map(|line| format!("{{\"line\": {line}, \"square\": {}}}\n", line * line));
    lines.collect::<String>().into_bytes()
}

#[test]
fn every_split_of_every_coding() {
    let sample = &sample()[..700];
    for coding in ALL {
        let encoded = encode(&[coding], &[sample]);
        for split in 0..=encoded.len() {
            let (left, right) = encoded.split_at(split);
            for room in [64, 8192] {
                assert_eq!(
                    decode(&[coding], LIMITS, &[left, right], room).unwrap(),
                    sample,
                    "{coding:?} at {split}"
                );
            }
        }
        let bytes: Vec<&[u8]> = encoded.chunks(1).collect();
        assert_eq!(decode(&[coding], LIMITS, &bytes, 7).unwrap(), sample);
    }
}

#[test]
fn codings_on_top_of_each_other() {
    let sample = sample();
    for codings in [
        &[Gzip, Brotli][..],
        &[Zstd, Gzip, Deflate],
        &[Gzip, Gzip],
        &[],
    ] {
        let encoded = encode(codings, &[&sample]);
        for size in [1, 3, 100, 100_000] {
            let chunks: Vec<&[u8]> = encoded.chunks(size).collect();
            assert_eq!(
                decode(codings, LIMITS, &chunks, 1000).unwrap(),
                sample,
                "{codings:?}"
            );
        }
    }
}

#[test]
fn members_and_frames_follow_each_other() {
    for coding in [Gzip, Zstd] {
        let two = [encode(&[coding], &[b"one "]), encode(&[coding], &[b"two"])].concat();
        for split in 0..=two.len() {
            let (left, right) = two.split_at(split);
            assert_eq!(
                decode(&[coding], LIMITS, &[left, right], 100).unwrap(),
                b"one two",
                "{coding:?} at {split}"
            );
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    let sample = sample();
    for coding in ALL {
        let encoded = encode(&[coding], &[&sample]);
        for end in 0..encoded.len() {
            let result = decode(&[coding], LIMITS, &[&encoded[..end]], 4096);
            assert_eq!(result, Err("coding-truncated"), "{coding:?} at {end}");
        }
    }
    let twice = encode(&[Gzip, Brotli], &[&sample]);
    for end in 0..twice.len() {
        assert_eq!(
            decode(&[Gzip, Brotli], LIMITS, &[&twice[..end]], 4096),
            Err("coding-truncated")
        );
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    for coding in ALL {
        for garbage in [&b"x"[..], b"\0", b"hello world, this is more"] {
            let long = [encode(&[coding], &[b"text"]), garbage.to_vec()].concat();
            for split in 0..=long.len() {
                let (left, right) = long.split_at(split);
                let result = decode(&[coding], LIMITS, &[left, right], 100);
                assert!(
                    matches!(
                        result,
                        Err("coding-trailing-data" | "coding-truncated" | "coding-corrupt")
                    ),
                    "{coding:?} {garbage:?} at {split}: {result:?}"
                );
            }
        }
    }
}

/// The same at every split: a later stream is corrupt when it begins like one.
#[test]
fn a_later_stream_that_is_corrupt() {
    for coding in [Gzip, Zstd] {
        let stream = encode(&[coding], &[&sample()[..300]]);
        let mut two = [stream.clone(), stream].concat();
        let last = two.len() - 1;
        two[last] ^= 1;
        for split in 0..=two.len() {
            let (left, right) = two.split_at(split);
            let decoded = decode(&[coding], LIMITS, &[left, right], 8192);
            assert_eq!(decoded, Err("coding-corrupt"), "{coding:?} at {split}");
        }
    }
}

/// A frame that says it has 41 bytes, and has an empty block. In pieces zstd's library takes it.
#[test]
fn a_zstd_frame_of_another_size_is_refused_in_every_cutting() {
    for frame in [
        &b"\x28\xB5\x2F\xFD\x20\x29\x05\x00\x00"[..],
        b"\x28\xB5\x2F\xFD\x20\x29\x01\x00\x00",
        b"\x28\xB5\x2F\xFD\x60\x29\x00\x05\x00\x00",
    ] {
        for split in 0..=frame.len() {
            let (left, right) = frame.split_at(split);
            let decoded = decode(&[Zstd], LIMITS, &[left, right], 8192);
            assert_eq!(decoded, Err("coding-corrupt"), "at {split}");
        }
    }
}

/// gzip, zlib and this zstd have checksums; a changed bit never passes for the whole.
#[test]
fn a_changed_bit_is_noticed() {
    let sample = &sample()[..300];
    for coding in [Gzip, Deflate, Zstd] {
        let encoded = encode(&[coding], &[sample]);
        for place in 0..encoded.len() {
            for bit in 0..8 {
                let mut changed = encoded.clone();
                changed[place] ^= 1 << bit;
                if let Ok(decoded) = decode(&[coding], LIMITS, &[&changed], 4096) {
                    // some bits say nothing of the content: the header's time, what fills a byte
                    assert_eq!(decoded, sample, "{coding:?} at {place}");
                }
            }
        }
    }
}

#[test]
fn bombs_stop_at_the_limits() {
    let zeros = vec![0; 1 << 20];
    let many: Vec<&[u8]> = vec![&zeros; 100];
    for coding in ALL {
        let bomb = encode(&[coding], &many);
        let result = decode(&[coding], LIMITS, &[&bomb], 8192);
        assert!(
            matches!(result, Err("coding-expands-too-much" | "coding-too-large")),
            "{coding:?}"
        );
        let wide = DecodeLimits {
            max_ratio: u32::MAX,
            ..LIMITS
        };
        assert_eq!(
            decode(&[coding], wide, &[&bomb], 8192),
            Err("coding-too-large"),
            "{coding:?}"
        );
    }
    let small = DecodeLimits {
        max_bytes: 10,
        max_ratio: 1,
    };
    assert_eq!(
        decode(&[Gzip], small, &[&encode(&[Gzip], &[&zeros[..10]])], 100)
            .unwrap()
            .len(),
        10
    );
    assert_eq!(
        decode(&[Gzip], small, &[&encode(&[Gzip], &[&zeros[..11]])], 100),
        Err("coding-too-large")
    );
}

#[test]
fn names() {
    for coding in ALL {
        assert_eq!(
            ContentCoding::from_token(&coding.as_str().to_uppercase()),
            Some(coding)
        );
    }
    assert_eq!(ContentCoding::from_token("x-gzip"), Some(Gzip));
    assert_eq!(ContentCoding::from_token("compress"), None);
}

proptest! {
    #[test]
    fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..5000), size in 1_usize..600, room in 1_usize..3000) {
        for coding in ALL {
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            let encoded = encode(&[coding], &chunks);
            let chunks: Vec<&[u8]> = encoded.chunks(size).collect();
            prop_assert_eq!(&decode(&[coding], LIMITS, &chunks, room).unwrap(), &bytes);
        }
    }

    #[test]
    fn noise_is_refused_and_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for coding in ALL {
            let _ = decode(&[coding], LIMITS, &[&bytes], 100);
        }
    }
}
