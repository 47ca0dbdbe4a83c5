//! Sessions: temporary credentials that carry their own proof.
//!
//! A session token is the session itself, sealed with AES-256-GCM under the secret of the state
//! folder. Nothing is stored, so sessions outlive a restart and a `kill -9`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use base64_simd::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::config::{Config, Role};
use crate::iam::{Caller, CallerKind, Policy, PolicyKind};
use crate::kms::blob::Secret;
use crate::kms::material::{CryptoFailed, open_with, random, seal_with};
use crate::store::State;

/// What a session token says.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    pub(crate) access_key_id: String,
    /// 30 bytes; their base64 is the secret access key.
    secret: Secret,
    pub(crate) role_arn: String,
    pub(crate) name: String,
    /// Session tags; they hide the role's tags of the same name.
    pub(crate) tags: BTreeMap<String, String>,
    /// Names of tags that go on into the next role.
    pub(crate) transitive: Vec<String>,
    /// Session policies, as text.
    pub(crate) policies: Vec<String>,
    /// The provider's ARN, when the session came of a web identity.
    pub(crate) federated: Option<String>,
    pub(crate) issued: i64,
    pub(crate) expires: i64,
}

/// Credentials as they are handed out.
pub(crate) struct Credentials {
    pub(crate) session: Session,
    pub(crate) token: String,
}

/// What a session is made of, beside its keys.
pub(crate) struct Grantable {
    pub(crate) name: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transitive: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) federated: Option<String>,
    pub(crate) issued: i64,
    pub(crate) expires: i64,
}

/// The context that tells session tokens from other uses of the secret.
const CONTEXT: &[u8] = b"veilgate-local-kms session token 1";

/// Makes and opens session tokens.
pub(crate) struct Sessions(LessSafeKey);

impl Sessions {
    pub(crate) fn new(state: &State) -> Result<Sessions, CryptoFailed> {
        let key = UnboundKey::new(&AES_256_GCM, &state.session_secret.0)?;
        Ok(Sessions(LessSafeKey::new(key)))
    }

    /// Makes credentials for a role.
    pub(super) fn make(
        &self,
        role_arn: String,
        grantable: Grantable,
    ) -> Result<Credentials, CryptoFailed> {
        let mut id = [0; 16];
        random(&mut id)?;
        let mut secret = Zeroizing::new(vec![0; 30]);
        random(&mut secret)?;
        let Grantable {
            name,
            tags,
            transitive,
            policies,
            federated,
            issued,
            expires,
        } = grantable;
        let session = Session {
            access_key_id: format!("ASIA{}", base32(&id)),
            secret: Secret(secret),
            role_arn,
            name,
            tags,
            transitive,
            policies,
            federated,
            issued,
            expires,
        };
        let text = Zeroizing::new(serde_json::to_vec(&session).map_err(|_| CryptoFailed)?);
        let token = STANDARD.encode_to_string(seal_with(&self.0, CONTEXT, &text)?);
        Ok(Credentials { session, token })
    }

    /// Opens a token; whether it has expired is for the caller to say.
    pub(crate) fn open(&self, token: &str) -> Option<Session> {
        let sealed = STANDARD.decode_to_vec(token.as_bytes()).ok()?;
        let text = open_with(&self.0, CONTEXT, &sealed).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

impl Session {
    pub(crate) fn secret_access_key(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode_to_string(self.secret.0.as_slice()))
    }

    /// The session as a caller; `None` when its role is not configured any more.
    pub(crate) fn caller(&self, config: &Config) -> Option<Caller> {
        let role = config.role(&self.role_arn)?;
        let policies = self
            .policies
            .iter()
            .map(|text| Policy::parse(text, PolicyKind::Identity));
        let session_policies = policies
            .map(|p| p.map(Arc::new))
            .collect::<Result<_, _>>()
            .ok()?;
        let mut tags = role.tags.clone();
        for (name, value) in &self.tags {
            tags.retain(|other, _| !other.eq_ignore_ascii_case(name));
            tags.insert(name.clone(), value.clone());
        }
        Some(Caller {
            arn: session_arn(config, role, &self.name),
            account: config.account.clone(),
            user_id: format!("{}:{}", unique_id("AROA", &self.role_arn), self.name),
            kind: CallerKind::Session {
                role_arn: self.role_arn.clone(),
                issued: self.issued,
                federated: self.federated.clone(),
            },
            tags,
            transitive_tags: self.transitive.clone(),
            identity_policies: role.policies.clone(),
            session_policies,
        })
    }
}

pub(super) fn session_arn(config: &Config, role: &Role, name: &str) -> String {
    format!(
        "arn:aws:sts::{}:assumed-role/{}/{name}",
        config.account, role.name
    )
}

/// The unique id that IAM would have given: the same for the same ARN, always.
pub(crate) fn unique_id(prefix: &str, arn: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, arn.as_bytes());
    let head: Vec<u8> = digest.as_ref().iter().copied().take(17).collect();
    format!("{prefix}{}", base32(&head))
}

/// One capital letter or digit 2 to 7 for each byte.
fn base32(bytes: &[u8]) -> String {
    let letter = |byte: &u8| match byte % 32 {
        digit @ 26.. => char::from(b'2' + digit - 26),
        letter => char::from(b'A' + letter),
    };
    bytes.iter().map(letter).collect()
}
