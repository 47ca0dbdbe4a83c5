#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::keys::pem;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;

const CHUNKS: [&[u8]; 3] = [b"one", b"", b"three and more"];

fn written(public: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, public).unwrap();
    for chunk in CHUNKS {
        writer.chunk(&mut chunk.to_vec()).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn read_all(bytes: &[u8], private: Option<&[u8]>) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let (mut reader, mut chunks) = (Reader::new(bytes, private)?, Vec::new());
    while let Some(chunk) = reader.chunk()? {
        chunks.push(chunk);
    }
    Ok(chunks)
}

fn pair() -> (String, String) {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let public = private.public_key().as_der().unwrap();
    let private = private.as_der().unwrap();
    let private = pem(private.as_ref()).replace("PUBLIC", "PRIVATE");
    (pem(public.as_ref()), private)
}

#[test]
fn what_was_written_is_read_and_nothing_else_is() {
    let (public, private) = pair();
    for (public, private) in [
        (None, None),
        (Some(public.as_bytes()), Some(private.as_bytes())),
    ] {
        let bytes = written(public);
        assert_eq!(read_all(&bytes, private).unwrap(), CHUNKS);
        for length in 0..bytes.len() {
            assert!(read_all(&bytes[..length], private).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            // an RSA operation for each byte of the wrapped key would take long
            if private.is_none() || !(11..=261).contains(&at) {
                assert!(read_all(&altered, private).is_err(), "{at}");
            }
        }
        assert!(read_all(&[&bytes[..], b"x"].concat(), private).is_err());
    }
}

#[test]
fn chunks_keep_their_places_and_files() {
    let (public, private) = pair();
    let (public, private) = (Some(public.as_bytes()), Some(private.as_bytes()));
    let (one, other) = (written(public), written(public));
    let header = 8 + 1 + 2 + 256;
    let (first, second) = (5 + 3 + 16, 5 + 16);
    let mut swapped = one[..header].to_vec();
    swapped.extend_from_slice(&one[header + first..header + first + second]);
    swapped.extend_from_slice(&one[header..header + first]);
    swapped.extend_from_slice(&one[header + first + second..]);
    assert_eq!(swapped.len(), one.len());
    assert!(read_all(&swapped, private).is_err());
    let without = [&one[..header], &one[header + first..]].concat();
    assert!(read_all(&without, private).is_err());
    let mixed = [&one[..header], &other[header..]].concat();
    assert!(read_all(&mixed, private).is_err());
}

#[test]
fn the_right_key_is_asked_for() {
    let ((public, private), (_, stranger)) = (pair(), pair());
    let sealed = written(Some(public.as_bytes()));
    let refused = |bytes: &[u8], key: Option<&[u8]>| read_all(bytes, key).unwrap_err().to_string();
    assert!(refused(&sealed, None).contains("--private-key"));
    assert!(refused(&sealed, Some(stranger.as_bytes())).contains("another key"));
    assert!(refused(&sealed, Some(public.as_bytes())).contains("private key in PEM"));
    assert!(refused(&written(None), Some(private.as_bytes())).contains("--plain"));
    assert!(refused(b"PK\x03\x04 and more", None).contains("no export"));
    assert!(Writer::new(Vec::new(), Some(private.as_bytes())).is_err());
}
