//! A small world for tests: RSA keys behind a KMS double that counts its calls, and a maker of
//! tokens that follows `docs/token-format.md` step by step, apart from the crate `seal`.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use aws_lc_rs::{hkdf, hmac, rand};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use policies::{EncryptionContext, KeyName, encryption_context};
use record::{Framing, KeyId, ValueType, body, context, head, payload, token};
use siphasher::sip128::SipHasher24;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};
use unseal::{
    CacheSettings, Caller, CallerCredentials, DecryptError, EdgeKey, Identity, KeyService, Opener,
    OpenerSettings,
};
use zeroize::Zeroizing;

pub const EDGE_KEY: [u8; 32] = [7; 32];
pub const KEYS: [&str; 5] = [
    "kms-pay-1",
    "kms-pay-2",
    "kms-id-1",
    "kms-old-1",
    "kms-view-1",
];
/// The symmetric KMS key that wraps the ring's key `joins`.
pub const JOINS: &str = "kms-joins";

/// One RSA key for each of [`KEYS`]; made once, as they take a while.
fn private_keys() -> &'static HashMap<&'static str, PrivateDecryptingKey> {
    static MADE: OnceLock<HashMap<&'static str, PrivateDecryptingKey>> = OnceLock::new();
    MADE.get_or_init(|| {
        let make = |name| {
            (
                name,
                PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap(),
            )
        };
        KEYS.into_iter().map(make).collect()
    })
}

/// RSAES-OAEP-SHA-256 with the public key of `kms_key`.
pub fn wrap(kms_key: &str, plaintext: &[u8]) -> Vec<u8> {
    let public = OaepPublicEncryptingKey::new(private_keys()[kms_key].public_key()).unwrap();
    let mut out = vec![0; public.ciphertext_size()];
    public
        .encrypt(&OAEP_SHA256_MGF1SHA256, plaintext, &mut out, None)
        .unwrap();
    out
}

/// A wrapped key, as the double unwraps it: AES-256-GCM bound to KMS key and encryption context.
pub fn wrap_secret(kms_key: &str, context: &EncryptionContext, plaintext: &[u8]) -> Vec<u8> {
    let mut wrapped = plaintext.to_vec();
    let aad = Aad::from(format!("{kms_key} {context:?}"));
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    gcm(&[5; 32])
        .seal_in_place_append_tag(nonce, aad, &mut wrapped)
        .unwrap();
    wrapped
}

/// The ring's key `joins`, by its version.
pub fn joins(version: u16) -> [u8; 32] {
    [version.to_be_bytes()[1]; 32]
}

/// The public key of `kms_key`, as KMS's GetPublicKey gives it, in PEM.
pub fn public_key_pem(kms_key: &str) -> String {
    let der: PublicKeyX509Der<'_> = private_keys()[kms_key].public_key().as_der().unwrap();
    pem("PUBLIC KEY", der.as_ref())
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = base64_simd::STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// What the double answers to everybody.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Works,
    Unavailable,
    ExpiredCredentials,
}

/// KMS with private keys, a list of who may use which, and a memory of its calls.
pub struct KmsDouble {
    allowed: Mutex<HashSet<(String, String)>>,
    calls: Mutex<Vec<(String, String)>>,
    mood: Mutex<Mood>,
}

impl KmsDouble {
    pub fn new() -> Arc<Self> {
        let mood = Mutex::new(Mood::Works);
        Arc::new(Self {
            allowed: Mutex::default(),
            calls: Mutex::default(),
            mood,
        })
    }

    pub fn allow(&self, caller: &str, kms_key: &str) {
        self.allowed
            .lock()
            .unwrap()
            .insert((caller.into(), kms_key.into()));
    }

    pub fn deny(&self, caller: &str, kms_key: &str) {
        self.allowed
            .lock()
            .unwrap()
            .remove(&(caller.into(), kms_key.into()));
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Who called with which key, since the last time that this was asked.
    pub fn take_calls(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Remembers the call, and says whether the caller may.
    async fn called(
        &self,
        credentials: &CallerCredentials,
        kms_key: &str,
    ) -> Result<(), DecryptError> {
        let caller = credentials.access_key_id();
        let call = (caller.to_owned(), kms_key.to_owned());
        self.calls.lock().unwrap().push(call.clone());
        // Others get their turn while a call is under way.
        tokio::task::yield_now().await;
        match *self.mood.lock().unwrap() {
            Mood::Works => {}
            Mood::Unavailable => {
                let retry_after = Duration::from_secs(2);
                return Err(DecryptError::Unavailable { retry_after });
            }
            Mood::ExpiredCredentials => return Err(DecryptError::Credentials),
        }
        let allowed = self.allowed.lock().unwrap().contains(&call);
        allowed.then_some(()).ok_or(DecryptError::Refused)
    }

    fn open(kms_key: &str, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let key = private_keys().get(kms_key).ok_or(DecryptError::Refused)?;
        let key = OaepPrivateDecryptingKey::new(key.clone()).unwrap();
        let mut out = vec![0; key.min_output_size()];
        let length = key
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut out, None)
            .map_err(|_| DecryptError::Refused)?
            .len();
        out.truncate(length);
        Ok(Zeroizing::new(out))
    }
}

impl KeyService for KmsDouble {
    fn decrypt<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        ciphertext: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        async move {
            self.called(credentials, kms_key).await?;
            Self::open(kms_key, ciphertext)
        }
        .boxed()
    }

    fn unwrap<'a>(
        &'a self,
        credentials: &'a CallerCredentials,
        kms_key: &'a str,
        wrapped: &'a [u8],
        context: &'a EncryptionContext,
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, DecryptError>> {
        async move {
            self.called(credentials, kms_key).await?;
            let aad = Aad::from(format!("{kms_key} {context:?}"));
            let nonce = Nonce::assume_unique_for_key([0; 12]);
            let mut bytes = wrapped.to_vec();
            let opened = gcm(&[5; 32]).open_in_place(nonce, aad, &mut bytes);
            let length = opened.map_err(|_| DecryptError::Refused)?.len();
            bytes.truncate(length);
            Ok(Zeroizing::new(bytes))
        }
        .boxed()
    }
}

/// Keys, an opener over them, and a gateway's signer.
pub struct World {
    pub kms: Arc<KmsDouble>,
    pub opener: Opener,
    pub ring: policies::KeyRing,
    signer: EcdsaKeyPair,
    stranger: EcdsaKeyPair,
    _folder: tempfile::TempDir,
}

const RING: &str = r##"version: 1
keys:
  payments:
    versions:
      - { version: 1, kms_key: kms-pay-1, public_key: FOLDER/kms-pay-1.pem }
      - { version: 2, kms_key: kms-pay-2, public_key: FOLDER/kms-pay-2.pem }
  identity:
    prefix: "<<tok:"
    suffix: ">>"
    versions: [ { version: 1, kms_key: kms-id-1 } ]
  last4:
    versions: [ { version: 1, kms_key: kms-view-1, public_key: FOLDER/kms-view-1.pem } ]
  legacy:
    format: original
    prefix: "#01#"
    suffix: "#10#"
    versions:
      - { version: 1, kms_key: kms-old-1 }
      - { version: 2, kms_key: kms-pay-2 }
  joins:
    versions:
      - { version: 1, kms_key: kms-joins, wrapped_key: FOLDER/joins-1.wrapped }
      - { version: 2, kms_key: kms-joins, wrapped_key: FOLDER/joins-2.wrapped }
signers:
  edge:
    versions: [ { version: 1, public_key: FOLDER/signer.pem } ]
"##;

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let signer = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let stranger = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let path = folder.path().join("signer.pem");
        std::fs::write(&path, public_pem(&signer)).unwrap();
        for kms_key in ["kms-pay-1", "kms-pay-2", "kms-view-1"] {
            let path = folder.path().join(format!("{kms_key}.pem"));
            std::fs::write(path, public_key_pem(kms_key)).unwrap();
        }
        for version in [1, 2] {
            let context = encryption_context(&KeyName::new("joins").unwrap(), version);
            let wrapped = wrap_secret(JOINS, &context, &joins(version));
            let path = folder.path().join(format!("joins-{version}.wrapped"));
            std::fs::write(path, record::key_file::write(&wrapped)).unwrap();
        }
        let yaml = RING
            .replace("FOLDER", folder.path().to_str().unwrap())
            .replace("<<tok:", "[tok:")
            .replace(">>", "]");
        let ring = policies::compile_key_ring("keys.yaml", &yaml).unwrap();
        let kms = KmsDouble::new();
        let service: Arc<dyn KeyService> = Arc::<KmsDouble>::clone(&kms);
        let edge_keys = vec![EdgeKey::new(&[9; 32]), EdgeKey::new(&EDGE_KEY)];
        let opener = Opener::new(&ring, edge_keys, service, OpenerSettings::default()).unwrap();
        Self {
            kms,
            opener,
            ring,
            signer,
            stranger,
            _folder: folder,
        }
    }

    /// The same, with a vault.
    pub fn with_vault(self, vault: Arc<dyn store::Reader>) -> Self {
        Self {
            opener: self.opener.with_vault(vault),
            ..self
        }
    }

    /// A caller who may use every key.
    pub fn reader(&self, name: &str) -> Caller {
        let keys = KEYS.iter().chain([&JOINS]);
        keys.for_each(|key| self.kms.allow(name, key));
        caller(name)
    }

    /// The signer's private key in PKCS#8.
    pub fn signer_pem(&self) -> String {
        let der = self.signer.to_pkcs8v1().unwrap();
        pem("PRIVATE KEY", der.as_ref())
    }

    pub fn epoch(&self) -> Epoch {
        Epoch::new(&KeyId::new("payments", 1), "kms-pay-1", &self.signer)
    }

    /// An epoch that no gateway's signer signed.
    pub fn forged_epoch(&self) -> Epoch {
        Epoch::new(&KeyId::new("payments", 1), "kms-pay-1", &self.stranger)
    }

    /// An epoch whose head names `key`, wrapped for `kms_key`.
    pub fn epoch_of(&self, key: &KeyId, kms_key: &str) -> Epoch {
        Epoch::new(key, kms_key, &self.signer)
    }
}

pub fn caller(name: &str) -> Caller {
    let expires = SystemTime::now() + Duration::from_secs(3600);
    let credentials = CallerCredentials::new(name, "secret", "session", expires);
    let identity = Identity {
        principal: format!("arn:aws:sts::000000000000:assumed-role/{name}/s"),
        issuer: "https://issuer".into(),
        subject: name.into(),
    };
    Caller::new(identity, credentials, CacheSettings::default())
}

fn public_pem(key: &EcdsaKeyPair) -> String {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    pem("PUBLIC KEY", der.as_ref())
}

fn expand(prk: &hkdf::Prk, info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    prk.expand(info, hkdf::HKDF_SHA256)
        .unwrap()
        .fill(&mut out)
        .unwrap();
    out
}

fn gcm(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

/// An epoch's head and data key, made by section 4.
pub struct Epoch {
    pub head: Vec<u8>,
    prk: hkdf::Prk,
}

impl Epoch {
    fn new(key: &KeyId, kms_key: &str, signer: &EcdsaKeyPair) -> Self {
        let mut data_key = [0; 32];
        rand::fill(&mut data_key).unwrap();
        let bound = head::build_bound(key, 1_700_000_000).unwrap();
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, &bound).extract(&data_key);
        let commitment = expand(&prk, &[b"veilgate/1 commitment"]);
        let signed = context::signed(&bound, &commitment);
        let signature = signer.sign(&rand::SystemRandom::new(), &signed).unwrap();
        let signature: [u8; 64] = signature.as_ref().try_into().unwrap();
        let mut wrapped = Vec::new();
        payload::build(&mut wrapped, &data_key, &KeyId::new("edge", 1), &signature).unwrap();
        let wrapped = wrap(kms_key, &wrapped);
        let head = head::build_envelope(&bound, &commitment, &wrapped).unwrap();
        Self { head, prk }
    }

    /// A body, edge tag included.
    pub fn body(&self, class: &str, tenant: &str, value_type: ValueType, value: &[u8]) -> Vec<u8> {
        let mut out = body::build_binding(class, tenant).unwrap();
        out.push(value_type.code());
        let key = gcm(&expand(&self.prk, &[b"veilgate/1 value\0", &out]));
        let mut nonce = [0; 12];
        rand::fill(&mut nonce).unwrap();
        let mut sealed = value.to_vec();
        let unique = Nonce::assume_unique_for_key;
        key.seal_in_place_append_tag(unique(nonce), Aad::empty(), &mut sealed)
            .unwrap();
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        let edge = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &EDGE_KEY),
            &[b"veilgate/1 edge envelope\0", self.head.as_slice()].concat(),
        );
        let edge = edge.as_ref().first_chunk().unwrap();
        let tag = SipHasher24::new_with_key(edge).hash(&out);
        out.extend_from_slice(&tag.as_bytes());
        out
    }

    pub fn text(&self, value: &str) -> Vec<u8> {
        self.token("pan", ValueType::Text, value.as_bytes())
    }

    pub fn token(&self, class: &str, value_type: ValueType, value: &[u8]) -> Vec<u8> {
        frame(&self.head, &self.body(class, "", value_type, value))
    }
}

/// An `rsa` token under key `identity`, class `ssn`.
pub fn rsa_parts(value_type: ValueType, value: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let head = head::build_rsa(&KeyId::new("identity", 1)).unwrap();
    let mut body = body::build_binding("ssn", "").unwrap();
    body.push(value_type.code());
    body.extend_from_slice(&wrap("kms-id-1", value));
    let length = u16::try_from(head.len()).unwrap().to_be_bytes();
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &EDGE_KEY),
        &[b"veilgate/1 edge rsa\0".as_slice(), &length, &head, &body].concat(),
    );
    body.extend_from_slice(&tag.as_ref()[..16]);
    (head, body)
}

pub fn rsa(value_type: ValueType, value: &[u8]) -> Vec<u8> {
    let (head, body) = rsa_parts(value_type, value);
    frame_in(
        &Framing::new("[tok:", "]", record::Encoding::Veilgate).unwrap(),
        &head,
        &body,
    )
}

/// Head and body of a `siv` token under this version of `joins`, made by section 8.
pub fn siv(
    version: u16,
    class: &str,
    tenant: &str,
    value_type: ValueType,
    value: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    siv_of(
        &KeyId::new("joins", version),
        version,
        class,
        tenant,
        value_type,
        value,
    )
}

/// The same, with a head that names `key`.
pub fn siv_of(
    key: &KeyId,
    version: u16,
    class: &str,
    tenant: &str,
    value_type: ValueType,
    value: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    let head = head::build_siv(key).unwrap();
    let mut body = body::build_binding(class, tenant).unwrap();
    let key = symmetric::derive(&joins(version), symmetric::Purpose::Siv, &body).unwrap();
    body.push(value_type.code());
    let mut sealed = value.to_vec();
    let tag = symmetric::Siv::new(&key, &[&head, &body]).seal(&mut sealed);
    body.extend_from_slice(&sealed);
    body.extend_from_slice(&tag);
    (head, body)
}

/// A `siv` token of class `mail`.
pub fn siv_text(version: u16, value: &str) -> Vec<u8> {
    let (head, body) = siv(version, "mail", "", ValueType::Text, value.as_bytes());
    frame(&head, &body)
}

/// A token of the original AWS pattern.
pub fn original(kms_key: &str, value: &[u8]) -> Vec<u8> {
    let framing = Framing::new("#01#", "#10#", record::Encoding::Original).unwrap();
    let mut out = Vec::new();
    token::append_original(&mut out, &framing, &wrap(kms_key, value));
    out
}

pub fn frame(head: &[u8], body: &[u8]) -> Vec<u8> {
    frame_in(&Framing::veilgate(), head, body)
}

pub fn frame_in(framing: &Framing, head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    token::append_head(&mut out, framing, head);
    token::append_body(&mut out, framing, body);
    out
}
