#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]
use super::*;
use crate::tenant::fetch::FetchError;
use crate::tenant::testing::{ISSUER, Pair, at, claims, pairs, sign, token};
use http::{HeaderValue, header};
use serde_json::{Value, json};
use std::sync::Mutex;

fn key_set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn source(claim: &str, keys: KeySource) -> ClaimSource {
    ClaimSource {
        claim: ClaimPath::parse(claim).unwrap(),
        issuer: ISSUER.to_owned(),
        audiences: vec!["veilgate".to_owned()],
        keys,
    }
}

fn by_file(claim: &str, keys: &[Value]) -> Verifier {
    let source = source(claim, KeySource::File(Arc::new(key_set(keys))));
    Verifier::all(vec![source], &[], &Arc::default())
        .unwrap()
        .remove(0)
}

async fn tenant(verifier: &Verifier, token: &str) -> Result<String, &'static str> {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    headers.insert(header::AUTHORIZATION, value);
    let tenant = verifier.tenant(&headers).await;
    tenant
        .map(|tenant| tenant.to_string())
        .map_err(|error| match error {
            GatewayError::Token(fault) => fault.reason(),
            other => crate::respond::code(&other),
        })
}

#[tokio::test]
async fn the_claim_names_the_tenant_or_the_request_is_refused() {
    let keys = [pairs().rsa.jwk("rsa")];
    let verifier = by_file("tenant_id", &keys);
    assert_eq!(
        tenant(&verifier, &token(&json!({}))).await,
        Ok("acme".into())
    );
    let longest = "a".repeat(128);
    let named = token(&json!({ "tenant_id": longest }));
    assert_eq!(tenant(&verifier, &named).await, Ok(longest));
    for value in [
        json!(null),
        json!(""),
        json!("a b"),
        json!("a/b"),
        json!(7),
        json!(true),
        json!(["acme"]),
        json!({ "id": "acme" }),
        json!("\u{e9}"),
        json!("a".repeat(129)),
    ] {
        let token = token(&json!({ "tenant_id": value }));
        assert_eq!(tenant(&verifier, &token).await, Err("no-tenant"), "{value}");
    }
    let nested = token(&json!({ "org": { "id": "globex" } }));
    assert_eq!(
        tenant(&by_file("/org/id", &keys), &nested).await,
        Ok("globex".into())
    );
    assert_eq!(
        verifier.tenant(&HeaderMap::new()).await,
        Err(TokenFault::Missing.into())
    );
}

#[tokio::test]
async fn what_is_remembered_is_what_would_be_verified() {
    let verifier = by_file("tenant_id", &[pairs().rsa.jwk("rsa")]);
    let good = token(&json!({}));
    let other = token(&json!({ "tenant_id": "globex" }));
    for _ in 0..3 {
        assert_eq!(tenant(&verifier, &good).await, Ok("acme".into()));
        assert_eq!(tenant(&verifier, &other).await, Ok("globex".into()));
    }
    verifier.remembered.run_pending_tasks();
    assert_eq!(verifier.remembered.entry_count(), 2);
    // Its signature is of the other: no part of a token that is known helps another.
    let (message, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let crossed = format!("{message}.{signature}");
    assert_eq!(tenant(&verifier, &crossed).await, Err("signature"));
    verifier.remembered.run_pending_tasks();
    assert_eq!(verifier.remembered.entry_count(), 2);
}

#[tokio::test]
async fn a_remembered_token_expires() {
    let verifier = by_file("tenant_id", &[pairs().rsa.jwk("rsa")]);
    let Keys::Given(keys) = &verifier.keys else {
        panic!("they were given");
    };
    let token = token(&json!({ "exp": at(-3600) }));
    for (expires, expected) in [(at(600), Ok("acme".to_owned())), (at(-31), Err("expired"))] {
        let remembered = Remembered {
            tenant: "acme".into(),
            expires: expires.try_into().unwrap(),
        };
        verifier.remembered.insert(digest(keys, &token), remembered);
        assert_eq!(tenant(&verifier, &token).await, expected, "{expires}");
    }
}

/// Keys that can be changed, fetched without a pause.
fn by_server(first: &[Value]) -> (Verifier, Arc<Mutex<Vec<Value>>>) {
    let published = Arc::new(Mutex::new(first.to_vec()));
    let server = Arc::clone(&published);
    let fetch = move || {
        let keys = server.lock().unwrap().clone();
        async move {
            match keys.is_empty() {
                true => Err(FetchError::Time),
                false => Ok(key_set(&keys)),
            }
        }
    };
    let url = JwksUrl::parse("http://127.0.0.1:1/").unwrap();
    let pace = Pace {
        pause: Duration::ZERO,
        retry: Duration::from_secs(1000),
        ..Pace::every(Duration::from_secs(1000))
    };
    let remote = RemoteKeys::start(url.clone(), pace, None, fetch);
    let refresh = pace.refresh;
    let source = source("tenant_id", KeySource::Url { url, refresh });
    (Verifier::new(source, Keys::Fetched(remote)), published)
}

fn by(pair: &Pair, kid: &str) -> String {
    let head = json!({ "alg": "RS256", "kid": kid }).to_string();
    sign(pair, "RS256", &head, &claims(&json!({})))
}

#[tokio::test]
async fn a_new_key_counts_at_once_and_a_withdrawn_one_no_longer() {
    let (old, new) = (&pairs().rsa, &pairs().stranger);
    let (verifier, published) = by_server(&[old.jwk("old")]);
    assert_eq!(tenant(&verifier, &by(old, "old")).await, Ok("acme".into()));
    assert_eq!(tenant(&verifier, &by(new, "new")).await, Err("unknown-key"));
    *published.lock().unwrap() = vec![old.jwk("old"), new.jwk("new")];
    assert_eq!(tenant(&verifier, &by(new, "new")).await, Ok("acme".into()));
    assert_eq!(tenant(&verifier, &by(old, "old")).await, Ok("acme".into()));

    // Remembered as it is, it falls with its key.
    let remembered = by(old, "old");
    assert_eq!(tenant(&verifier, &remembered).await, Ok("acme".into()));
    *published.lock().unwrap() = vec![new.jwk("new")];
    assert_eq!(
        tenant(&verifier, &by(old, "nobody's")).await,
        Err("unknown-key")
    );
    assert_eq!(tenant(&verifier, &remembered).await, Err("unknown-key"));
    assert_eq!(tenant(&verifier, &by(new, "new")).await, Ok("acme".into()));

    // The issuer is away.
    published.lock().unwrap().clear();
    assert_eq!(tenant(&verifier, &by(old, "old")).await, Err("unknown-key"));
    assert_eq!(tenant(&verifier, &by(new, "new")).await, Ok("acme".into()));
}

#[tokio::test]
async fn without_any_keys_nothing_can_be_verified() {
    let (verifier, _) = by_server(&[]);
    let said = tenant(&verifier, &token(&json!({}))).await;
    assert_eq!(said, Err("issuer-keys-unavailable"));
    // What no keys could mend is said first.
    assert_eq!(tenant(&verifier, "a.b").await, Err("malformed"));
}

#[tokio::test]
async fn a_reload_goes_on_with_what_was_fetched() {
    let (verifier, _) = by_server(&[pairs().rsa.jwk("rsa")]);
    let good = token(&json!({}));
    assert_eq!(tenant(&verifier, &good).await, Ok("acme".into()));
    let url = || JwksUrl::parse("http://127.0.0.1:1/").unwrap();
    let again = |claim, seconds, url| {
        let refresh = Duration::from_secs(seconds);
        source(claim, KeySource::Url { url, refresh })
    };
    let elsewhere = JwksUrl::parse("http://127.0.0.1:2/").unwrap();
    let sources = vec![
        again("tenant_id", 2000, url()),
        again("iss", 2000, url()),
        again("tenant_id", 2000, elsewhere),
    ];
    let reloaded = Verifier::all(sources, &[verifier], &Arc::default()).unwrap();
    assert_eq!(tenant(&reloaded[0], &good).await, Ok("acme".into()));
    let remotes: Vec<_> = reloaded
        .iter()
        .map(|verifier| match &verifier.keys {
            Keys::Fetched(remote) => Arc::clone(remote),
            Keys::Given(_) => panic!("they are fetched"),
        })
        .collect();
    assert!(
        Arc::ptr_eq(&remotes[0], &remotes[1]),
        "one place, one fetch"
    );
    assert!(remotes[1].last().is_some());
    assert!(
        remotes[2].last().is_none(),
        "another issuer's keys are another's"
    );
}

#[test]
fn nothing_of_a_token_is_shown() {
    let verifier = by_file("tenant_id", &[pairs().rsa.jwk("rsa")]);
    let shown = format!(
        "{verifier:?} {:?}",
        GatewayError::Token(TokenFault::Expired)
    );
    assert!(!shown.contains("eyJ"), "{shown}");
}
