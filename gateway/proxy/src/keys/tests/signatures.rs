use super::super::der::fixed_from_der;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};

/// What aws-lc-rs signs in DER verifies in the fixed form; 300 times, so that integers with a
/// leading zero and short ones come up.
#[test]
fn der_signatures_become_fixed_ones() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key());
    for number in 0..300_u32 {
        let message = number.to_be_bytes();
        let der = pair.sign(&SystemRandom::new(), &message).unwrap();
        let fixed = fixed_from_der(der.as_ref()).unwrap();
        public.verify(&message, &fixed).unwrap();
        for end in 0..der.as_ref().len() {
            assert_eq!(fixed_from_der(&der.as_ref()[..end]), None);
        }
    }
}

#[test]
fn short_integers_are_padded_and_odd_ones_refused() {
    let fixed = fixed_from_der(&[0x30, 6, 2, 1, 1, 2, 1, 0x7F]).unwrap();
    assert_eq!((fixed[31], fixed[63]), (1, 0x7F));
    for bad in [
        &[0x30, 6, 2, 1, 0x80, 2, 1, 1][..],
        &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],
        &[0x30, 6, 2, 0, 2, 2, 1, 1],
        &[0x30, 7, 2, 1, 1, 2, 1, 1, 0],
    ] {
        assert_eq!(fixed_from_der(bad), None, "{bad:?}");
    }
}
