#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use futures_util::FutureExt;
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Answers as it is told to, and keeps what it was asked.
struct Double {
    answer: Mutex<Result<Duration, AssumeError>>,
    asked: Mutex<Vec<(String, String)>>,
    calls: AtomicUsize,
}

impl Double {
    fn new(answer: Result<Duration, AssumeError>) -> Arc<Self> {
        let asked = Mutex::default();
        Arc::new(Self {
            answer: Mutex::new(answer),
            asked,
            calls: AtomicUsize::new(0),
        })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl IdentityService for Double {
    fn assume<'a>(
        &'a self,
        role: &'a str,
        session_name: &'a str,
        _bearer: &'a str,
    ) -> BoxFuture<'a, Result<Assumed, AssumeError>> {
        async move {
            self.calls.fetch_add(1, Ordering::SeqCst);
            self.asked
                .lock()
                .unwrap()
                .push((role.to_owned(), session_name.to_owned()));
            tokio::task::yield_now().await;
            let lifetime = (*self.answer.lock().unwrap())?;
            let expires = SystemTime::now() + lifetime;
            Ok(Assumed {
                principal: format!("{role}/{session_name}"),
                subject: None,
                credentials: CallerCredentials::new("AKIA", "secret", "session", expires),
                expires,
            })
        }
        .boxed()
    }
}

const HOUR: Duration = Duration::from_secs(3600);

fn exchange(double: &Arc<Double>, role: ChooseRole) -> Exchange {
    let settings = ExchangeSettings {
        issuers: vec![TrustedIssuer {
            issuer: "https://issuer".into(),
            audience: Some("veilgate".into()),
            role,
        }],
        credentials: Duration::from_secs(300),
        refusals: Duration::from_secs(5),
        callers: 100,
        cache: CacheSettings::default(),
    };
    Exchange::new(Arc::<Double>::clone(double), settings)
}

fn always() -> ChooseRole {
    ChooseRole::Always("arn:role".into())
}

fn bearer(claims: &str) -> String {
    let payload = base64_simd::URL_SAFE_NO_PAD.encode_to_string(claims);
    format!("eyJhbGciOiJub25lIn0.{payload}.c2ln")
}

fn expiring_in(seconds: u64) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    bearer(&format!(
        r#"{{"iss":"https://issuer","aud":["x","veilgate"],"sub":"ann","exp":{},"groups":["dev","support"]}}"#,
        now + seconds
    ))
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_remembered_for_the_configured_time_and_no_longer() {
    let double = Double::new(Ok(HOUR));
    let exchange = exchange(&double, always());
    let token = expiring_in(3600);
    let first = exchange.caller(&token).await.unwrap();
    for _ in 0..4 {
        tokio::time::advance(Duration::from_secs(70)).await;
        assert!(Arc::ptr_eq(&first, &exchange.caller(&token).await.unwrap()));
    }
    tokio::time::advance(Duration::from_secs(21)).await;
    assert!(!Arc::ptr_eq(
        &first,
        &exchange.caller(&token).await.unwrap()
    ));
    assert_eq!(double.calls(), 2);
    assert_eq!(first.identity().principal, "arn:role/ann");
}

#[tokio::test(start_paused = true)]
async fn the_ends_of_token_and_credentials_come_first() {
    for (token, credentials, within, after) in [(30, 3600, 20, 15), (3600, 60, 40, 15)] {
        let double = Double::new(Ok(Duration::from_secs(credentials)));
        let exchange = exchange(&double, always());
        let token = expiring_in(token);
        exchange.caller(&token).await.unwrap();
        tokio::time::advance(Duration::from_secs(within)).await;
        exchange.caller(&token).await.unwrap();
        assert_eq!(double.calls(), 1);
        tokio::time::advance(Duration::from_secs(after)).await;
        exchange.caller(&token).await.unwrap();
        assert_eq!(double.calls(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_are_remembered_shortly_and_faults_are_not() {
    let double = Double::new(Err(AssumeError::Refused));
    let exchange = exchange(&double, always());
    let token = expiring_in(3600);
    for _ in 0..3 {
        let refused = exchange.caller(&token).await.err().unwrap();
        assert_eq!(refused, ExchangeError::NotAccepted);
    }
    assert_eq!(double.calls(), 1);
    tokio::time::advance(Duration::from_secs(6)).await;
    let retry_after = Duration::from_secs(2);
    *double.answer.lock().unwrap() = Err(AssumeError::Unavailable { retry_after });
    for _ in 0..2 {
        let fault = exchange.caller(&token).await.err().unwrap();
        assert_eq!(fault, ExchangeError::Unavailable { retry_after });
    }
    assert_eq!(double.calls(), 3);
    *double.answer.lock().unwrap() = Ok(HOUR);
    exchange.caller(&token).await.unwrap();
    exchange.forget(&token).await;
    exchange.caller(&token).await.unwrap();
    assert_eq!(double.calls(), 5);
}

#[tokio::test]
async fn one_token_at_once_is_exchanged_once() {
    let double = Double::new(Ok(HOUR));
    let exchange = exchange(&double, always());
    let token = expiring_in(3600);
    let all = futures_util::future::join_all((0..50).map(|_| exchange.caller(&token))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(double.calls(), 1);
}

#[tokio::test]
async fn what_no_issuer_vouches_for_never_reaches_sts() {
    let double = Double::new(Ok(HOUR));
    let exchange = exchange(&double, always());
    let claims = [
        r#"{"iss":"https://other","aud":"veilgate","sub":"ann"}"#,
        r#"{"iss":"https://issuer","aud":"other","sub":"ann"}"#,
        r#"{"iss":"https://issuer","sub":"ann"}"#,
        r#"{"iss":"https://issuer","aud":"veilgate"}"#,
        r#"["https://issuer"]"#,
        "",
    ];
    let others = ["", "a.b", "a.b.c.d", "..", "\u{e9}.\u{e9}.\u{e9}"].map(str::to_owned);
    let long = format!("{}.x", "a".repeat(MAX_BEARER_BYTES));
    let all = claims
        .iter()
        .map(|claims| bearer(claims))
        .chain(others)
        .chain([long]);
    for token in all {
        let refused = exchange.caller(&token).await.err().unwrap();
        assert_eq!(refused, ExchangeError::NotAccepted, "{token}");
    }
    assert_eq!(double.calls(), 0);
}

#[tokio::test]
async fn a_claim_chooses_the_role_and_the_first_that_fits_wins() {
    let by = |claim: &str, value: &str, role: &str| ClaimRole {
        claim: claim.into(),
        value: value.into(),
        role: role.into(),
    };
    let roles = vec![
        by("groups", "admin", "a"),
        by("groups", "support", "b"),
        by("sub", "ann", "c"),
    ];
    let double = Double::new(Ok(HOUR));
    let chosen = exchange(&double, ChooseRole::ByClaim(roles));
    chosen.caller(&expiring_in(3600)).await.unwrap();
    assert_eq!(
        double.asked.lock().unwrap().as_slice(),
        [("b".to_owned(), "ann".to_owned())]
    );
    let nobody = exchange(
        &double,
        ChooseRole::ByClaim(vec![by("groups", "root", "a")]),
    );
    assert!(nobody.caller(&expiring_in(3600)).await.is_err());
}

#[test]
fn two_subjects_never_share_a_session_name() {
    let long = "x".repeat(70);
    let subjects = [
        "a",
        "",
        "a b",
        "a/b",
        "a-b",
        "a:b",
        "ann@example.com",
        &long,
        "\u{e9}",
    ];
    let names: HashSet<_> = subjects
        .iter()
        .map(|subject| session_name::derive("i", subject))
        .collect();
    assert_eq!(names.len(), subjects.len());
    assert_eq!(
        session_name::derive("i", "ann@example.com"),
        "ann@example.com"
    );
    let made = session_name::derive("i", "a b");
    assert_ne!(session_name::derive("i", &made), made);
}

proptest! {
    #[test]
    fn any_subject_makes_a_name_that_sts_takes(subject in ".{0,200}") {
        let name = session_name::derive("https://issuer", &subject);
        prop_assert!((2..=64).contains(&name.len()));
        prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)));
    }
}
