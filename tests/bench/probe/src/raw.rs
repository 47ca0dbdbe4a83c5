//! What aws-lc-rs does bare: the ceiling that tokens are measured against.

use crate::meter::{Failure, Workload};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use std::hint::black_box;

/// RSA encryptions between two looks at the clock.
const RSA_TURN: u64 = 64;
/// AES-GCM seals between two looks at the clock.
const GCM_TURN: u64 = 16_384;

/// RSAES-OAEP-SHA-256 of a 16-byte value under the public key, into a buffer that is kept.
pub(crate) fn rsa_oaep(public_key_der: &[u8]) -> Result<Workload<'static>, Failure> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public_key_der)?)?;
    let mut sealed = vec![0; key.ciphertext_size()];
    Ok(Workload::new("raw_rsa_oaep", move || {
        for _ in 0..RSA_TURN {
            let value = black_box(b"4111111111111111");
            key.encrypt(&OAEP_SHA256_MGF1SHA256, value, &mut sealed, None)?;
        }
        black_box(&sealed);
        Ok(RSA_TURN)
    }))
}

/// AES-256-GCM of a 16-byte value, key schedule kept, nonces counted up.
pub(crate) fn aes_256_gcm() -> Result<Workload<'static>, Failure> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32])?);
    let mut count = 0_u128;
    Ok(Workload::new("raw_aes_256_gcm", move || {
        for _ in 0..GCM_TURN {
            count += 1;
            let mut value = black_box(*b"4111111111111111");
            let nonce = Nonce::try_assume_unique_for_key(
                count
                    .to_be_bytes()
                    .get(16 - NONCE_LEN..)
                    .unwrap_or_default(),
            )?;
            let tag = key.seal_in_place_separate_tag(nonce, Aad::from(b"\0"), &mut value)?;
            black_box((&value, &tag));
        }
        Ok(GCM_TURN)
    }))
}
