//! Bodies made to cost much, and bytes that two decoders could read differently.

use super::*;

/// What one call says, and how much it gave, with `room` for one piece.
fn first_call(codings: &[ContentCoding], body: &[u8]) -> (Result<Progress, &'static str>, usize) {
    let limits = DecodeLimits {
        max_bytes: 10 << 20,
        max_ratio: 200,
    };
    let mut out = Vec::new();
    let progress = Decoder::new(codings, limits).decode(&mut &body[..], &mut out, 8192);
    (progress.map_err(|error| error.code()), out.len())
}

/// A zstd frame (RFC 8878) of a raw block and then `mib` MiB as runs of one byte: 32 bytes for each.
fn run_after(raw: &[u8], mib: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 0x58];
    frame.extend_from_slice(&((raw.len() as u32) << 3).to_le_bytes()[..3]);
    frame.extend_from_slice(raw);
    frame.extend_from_slice(&[2, 0, 0x10, b'n'].repeat(8 * mib));
    frame
}

/// What a coding swallows is counted where it comes from: nothing of these comes out at the end.
#[test]
fn bombs_that_give_nothing_stop_at_the_limits() {
    // a file name without an end (RFC 1952), and a frame to skip (RFC 8878, section 3.1.2)
    let name = [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 0xFF];
    let skip = [0x50, 0x2A, 0x4D, 0x18, 0xFF, 0xFF, 0xFF, 0xFF];
    for (inner, begin) in [(Gzip, &name[..]), (Zstd, &skip)] {
        let bomb = run_after(begin, 2048);
        let stopped = (Err("coding-expands-too-much"), 0);
        assert_eq!(first_call(&[inner, Zstd], &bomb), stopped, "{inner:?}");
        let twice = encode(&[Zstd], &[&bomb]);
        assert!(twice.len() < 200);
        assert_eq!(
            first_call(&[inner, Zstd, Zstd], &twice),
            stopped,
            "{inner:?}"
        );
    }
}

#[test]
fn a_bomb_in_a_bomb_stops_at_the_limits() {
    let zeros = vec![0; 20 << 20];
    for inner in ALL {
        for outer in ALL {
            let bomb = encode(&[inner, outer], &[&zeros]);
            let read = decode(&[inner, outer], LIMITS, &[&bomb], 8192);
            assert_eq!(read, Err("coding-expands-too-much"), "{inner:?} {outer:?}");
        }
    }
}

/// RFC 7932, section 9.1, has no such window. Brotli's "large window" extension takes the next byte for
/// its size, 2^30 here, and a decoder of it holds as much.
#[test]
fn large_windows_of_brotli_are_refused() {
    let mut body = vec![0x11, 0x1E, 0xFE, 0xFF, 0x03];
    body.resize(5 + 65536, b'x');
    body.push(3);
    for split in 0..4 {
        let (left, right) = body.split_at(split);
        let read = decode(&[Brotli], LIMITS, &[left, right], 8192);
        assert_eq!(read, Err("coding-corrupt"));
    }
}

/// libzstd says 2^24 and more; the limit holds in every frame.
#[test]
fn large_windows_of_zstd_are_refused() {
    for (window, fits) in [(0x68, true), (0x70, false), (0x88, false)] {
        // an exponent of 0x68 >> 3 and no mantissa: 2^(10 + 13) bytes
        let frame = [0x28, 0xB5, 0x2F, 0xFD, 0, window, 0x09, 0, 0, b'x'];
        let wanted = |read: &[u8]| if fits { Ok(read.to_vec()) } else { Err(()) };
        let once = decode(&[Zstd], LIMITS, &[&frame], 100);
        assert_eq!(once.map_err(|_| ()), wanted(b"x"), "{window}");
        let second = [encode(&[Zstd], &[b"a"]), frame.to_vec()].concat();
        let twice = decode(&[Zstd], LIMITS, &[&second], 100);
        assert_eq!(twice.map_err(|_| ()), wanted(b"ax"), "{window}");
    }
}

/// RFC 1952, section 2.3.1.2: a decoder must refuse what it does not know of.
#[test]
fn reserved_bits_of_gzip_are_refused() {
    let good = encode(&[Gzip], &[b"text"]);
    for bit in [0x20, 0x40, 0x80] {
        let mut bad = good.clone();
        bad[3] |= bit;
        for split in 0..=bad.len() {
            let (left, right) = bad.split_at(split);
            let read = decode(&[Gzip], LIMITS, &[left, right], 100);
            assert_eq!(read, Err("coding-corrupt"), "at {split}");
        }
        let second = [good.clone(), bad].concat();
        assert!(decode(&[Gzip], LIMITS, &[&second], 100).is_err());
    }
}

/// RFC 1951 without RFC 1950 around it has no checksum, and other receivers read zlib only.
#[test]
fn raw_deflate_is_refused() {
    let zlib = encode(&[Deflate], &[&sample()]);
    let raw = &zlib[2..zlib.len() - 4];
    assert_eq!(
        decode(&[Deflate], LIMITS, &[raw], 100),
        Err("coding-corrupt")
    );
}

/// What is flushed can be read at once: a stream moves.
#[test]
fn flushed_bytes_are_whole() {
    for codings in [
        &[Gzip][..],
        &[Deflate],
        &[Brotli],
        &[Zstd],
        &[Gzip, Brotli, Zstd],
        &[],
    ] {
        let (mut encoder, mut decoder) = (Encoder::new(codings), Decoder::new(codings, LIMITS));
        let (mut out, mut encoded) = (Vec::new(), Vec::new());
        for number in 0..50 {
            let event = format!("data: {number}\n\n");
            encoded.clear();
            out.clear();
            encoder.encode(event.as_bytes(), &mut encoded).unwrap();
            encoder.flush(&mut encoded).unwrap();
            let progress = decoder.decode(&mut encoded.as_slice(), &mut out, 1000);
            assert_eq!(progress, Ok(Progress::NeedsInput));
            assert_eq!(out, event.as_bytes(), "{codings:?}");
        }
        encoded.clear();
        encoder.finish(&mut encoded).unwrap();
        let ended = decoder.decode(&mut encoded.as_slice(), &mut out, 1000);
        assert_eq!(ended, Ok(Progress::NeedsInput));
        assert_eq!(decoder.finish(&mut out, 1000), Ok(Finish::Done));
    }
}

#[test]
fn room_without_a_limit() {
    let encoded = encode(&[], &[b"text"]);
    let read = decode(&[], LIMITS, &[&encoded], usize::MAX);
    assert_eq!(read, Ok(b"text".to_vec()));
}
