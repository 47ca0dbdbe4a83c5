//! A service, and callers of it.

use crate::support::World;
use base64_simd::URL_SAFE_NO_PAD;
use bytes::Bytes;
use detokenize::App;
use detokenize::audit::Audit;
use detokenize::config::{AuditTarget, Limits};
use detokenize::policy::{RevealPolicies, RevealPolicy};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Stream, stream};
use http::{HeaderMap, Request, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};
use unseal::{
    AssumeError, Assumed, CacheSettings, CallerCredentials, ChooseRole, EdgeKey, Exchange,
    ExchangeSettings, IdentityService, Opener, OpenerSettings, TrustedIssuer,
};

/// STS: a subject's session name is its access key id. `mallory` is refused, `nobody` finds it down.
struct StsDouble;

impl IdentityService for StsDouble {
    fn assume<'a>(
        &'a self,
        role: &'a str,
        session_name: &'a str,
        _bearer: &'a str,
    ) -> BoxFuture<'a, Result<Assumed, AssumeError>> {
        async move {
            match session_name {
                "mallory" => return Err(AssumeError::Refused),
                "nobody" => {
                    let retry_after = Duration::from_secs(2);
                    return Err(AssumeError::Unavailable { retry_after });
                }
                _ => {}
            }
            let expires = SystemTime::now() + Duration::from_secs(3600);
            Ok(Assumed {
                principal: format!("{role}/{session_name}"),
                subject: Some(session_name.to_owned()),
                credentials: CallerCredentials::new(session_name, "secret", "session", expires),
                expires,
            })
        }
        .boxed()
    }
}

/// A world with a service in it.
pub struct Service {
    pub world: World,
    pub app: Arc<App>,
    audit: PathBuf,
    _folder: tempfile::TempDir,
}

/// An answer, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
    /// Whether the body ended as it should.
    pub complete: bool,
}

impl Service {
    /// Caller `ann` may use every key, anybody else none.
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let audit = folder.path().join("audit.jsonl");
        Self::over(limits, audit, folder)
    }

    /// With policies: names and YAML.
    pub fn with_policies(limits: Limits, policies: &[(&str, &str)]) -> Self {
        let mut service = Self::with(limits);
        let ring = &service.world.ring;
        let compiled = policies.iter().map(|(name, yaml)| {
            let policy = policies::compile_policy(name, yaml).unwrap();
            policy.check_keys(ring).unwrap();
            let policy = RevealPolicy::new(name, policy, ring, limits.token);
            policy.unwrap_or_else(|error| panic!("{error}"))
        });
        let compiled: RevealPolicies = compiled.collect();
        let app = Arc::into_inner(service.app).unwrap();
        service.app = Arc::new(app.with_policies(compiled));
        service
    }

    /// Its audit lines go to a device that is full.
    pub fn with_full_disk() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(Limits::default(), Path::new("/dev/full").to_owned(), folder)
    }

    fn over(limits: Limits, audit: PathBuf, folder: tempfile::TempDir) -> Self {
        let world = World::new();
        world.reader("ann");
        let edge_keys = vec![EdgeKey::new(&crate::support::EDGE_KEY)];
        let kms: Arc<dyn unseal::KeyService> = Arc::clone(&world.kms) as _;
        let opener = Opener::new(&world.ring, edge_keys, kms, OpenerSettings::default()).unwrap();
        let settings = ExchangeSettings {
            issuers: vec![TrustedIssuer {
                issuer: "https://issuer".into(),
                audience: None,
                role: ChooseRole::Always("arn:aws:sts::000000000000:assumed-role/analyst".into()),
            }],
            credentials: Duration::from_secs(300),
            refusals: Duration::from_secs(5),
            callers: 100,
            cache: CacheSettings::default(),
        };
        let exchange = Exchange::new(Arc::new(StsDouble), settings);
        let target = AuditTarget::File {
            path: audit.clone(),
            sync: false,
        };
        let app = App::new(opener, exchange, Audit::open(&target).unwrap(), limits);
        Self {
            world,
            app: Arc::new(app),
            audit,
            _folder: folder,
        }
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        read(Arc::clone(&self.app).answer(request).await).await
    }

    /// Sends a document as `caller`.
    pub async fn document(&self, caller: &str, content_type: &str, body: &[u8]) -> Answer {
        let request = post(caller, "/v1/detokenize", content_type);
        self.send(
            request
                .body(Full::new(Bytes::copy_from_slice(body)))
                .unwrap(),
        )
        .await
    }

    /// Sends a document as `caller`, with this query.
    pub async fn query(&self, query: &str, caller: &str, kind: &str, body: &[u8]) -> Answer {
        let request = post(caller, &format!("/v1/detokenize?{query}"), kind);
        let body = Full::new(Bytes::copy_from_slice(body));
        self.send(request.body(body).unwrap()).await
    }

    /// Sends a batch as it is spelled.
    pub async fn raw_batch(&self, caller: &str, body: &serde_json::Value) -> Answer {
        let request = post(caller, "/v1/detokenize/batch", "application/json");
        self.send(request.body(Full::new(body.to_string().into())).unwrap())
            .await
    }

    pub async fn batch(&self, caller: &str, tokens: &[Vec<u8>]) -> Answer {
        let tokens: Vec<_> = tokens
            .iter()
            .map(|token| String::from_utf8_lossy(token))
            .collect();
        let body = serde_json::json!({ "tokens": tokens }).to_string();
        let request = post(caller, "/v1/detokenize/batch", "application/json");
        self.send(request.body(Full::new(body.into())).unwrap())
            .await
    }

    /// The audit's lines so far.
    pub fn audit(&self) -> Vec<serde_json::Value> {
        self.audit_text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub fn audit_text(&self) -> String {
        std::fs::read_to_string(&self.audit).unwrap()
    }
}

pub fn bearer(subject: &str) -> String {
    // settled once: another second would be another token, and another caller with nothing remembered
    static EXPIRES: LazyLock<u64> = LazyLock::new(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap().as_secs() + 3600
    });
    let claims = serde_json::json!({"iss": "https://issuer", "sub": subject, "exp": *EXPIRES});
    format!(
        "e30.{}.c2ln",
        URL_SAFE_NO_PAD.encode_to_string(claims.to_string())
    )
}

pub fn post(caller: &str, path: &str, content_type: &str) -> http::request::Builder {
    Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", bearer(caller)))
        .header(header::CONTENT_TYPE, content_type)
}

/// A body that comes in chunks.
pub fn chunks(
    parts: impl IntoIterator<Item = Vec<u8>, IntoIter: Send + 'static>,
) -> StreamBody<impl Stream<Item = Result<Frame<Bytes>, Infallible>> + Send> {
    StreamBody::new(stream::iter(
        parts.into_iter().map(|part| Ok(Frame::data(part.into()))),
    ))
}

/// Reads an answer to its end.
pub async fn read<B>(answer: http::Response<B>) -> Answer
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let (parts, mut body) = answer.into_parts();
    let mut whole = Vec::new();
    let (mut trailers, mut complete) = (None, true);
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => whole.extend_from_slice(&data),
            Ok(Err(frame)) => trailers = frame.into_trailers().ok(),
            Err(_) => {
                complete = false;
                break;
            }
        }
    }
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: whole,
        trailers,
        complete,
    }
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The code of a problem document, after checking its form.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json"
        );
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
        let document: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(document["status"], self.status.as_u16());
        assert_eq!(
            document["request_id"],
            self.headers["x-request-id"].to_str().unwrap()
        );
        document["code"].as_str().unwrap().to_owned()
    }
}
