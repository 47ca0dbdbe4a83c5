//! What is refused, what is down, and what breaks off.

use crate::support::Mood;
use crate::world::{Answer, Service, bearer, chunks, post, read};
use bytes::Bytes;
use detokenize::config::Limits;
use futures_util::stream;
use http::{Request, header};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        (status, code)
    );
}

fn full(body: &'static str) -> Full<Bytes> {
    Full::new(Bytes::from_static(body.as_bytes()))
}

#[tokio::test]
async fn who_does_not_prove_itself_gets_one_answer() {
    let service = Service::new();
    let token = bearer("ann");
    for authorization in [
        vec![],
        vec!["Basic YTpi".to_owned()],
        vec!["Bearer".to_owned()],
        vec!["Bearer ".to_owned()],
        vec!["Bearer a b".to_owned()],
        vec![format!("Bearer {token}"), format!("Bearer {token}")],
    ] {
        let mut request =
            Request::post("/v1/detokenize").header(header::CONTENT_TYPE, "text/plain");
        for value in authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = service.send(request.body(full("x")).unwrap()).await;
        is(&answer, 401, "unauthenticated");
        assert_eq!(
            answer.headers[header::WWW_AUTHENTICATE],
            r#"Bearer realm="veilgate""#
        );
    }
    let stranger = bearer("ann").replace("e30.", "e30.e30");
    let mut answers = Vec::new();
    for token in ["junk".to_owned(), stranger, bearer("mallory")] {
        let request = Request::post("/v1/detokenize")
            .header(header::CONTENT_TYPE, "text/plain")
            .header(header::AUTHORIZATION, format!("bearer {token}"));
        let answer = service.send(request.body(full("x")).unwrap()).await;
        is(&answer, 401, "unauthenticated");
        let id = answer.headers["x-request-id"].to_str().unwrap();
        answers.push(answer.text().replace(id, "ID"));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    is(
        &service.document("nobody", "text/plain", b"x").await,
        503,
        "sts-unavailable",
    );
}

#[tokio::test]
async fn other_paths_methods_and_types_are_refused() {
    let service = Service::new();
    let request = post("ann", "/v1/detokenize/", "text/plain")
        .body(full("x"))
        .unwrap();
    is(&service.send(request).await, 404, "no-such-page");
    let request = Request::get("/v1/detokenize").body(full("")).unwrap();
    let answer = service.send(request).await;
    is(&answer, 405, "method-not-allowed");
    assert_eq!(answer.headers[header::ALLOW], "POST");
    for content_type in [
        "application/octet-stream",
        "application/json; charset=utf-16",
        "text/plain; charset=\"latin1\"",
        "multipart/form-data",
        "json",
        "",
    ] {
        let answer = service.document("ann", content_type, b"x").await;
        is(&answer, 415, "unsupported-content-type");
    }
    for coding in ["gzip", "br, identity", ""] {
        let request =
            post("ann", "/v1/detokenize", "text/plain").header(header::CONTENT_ENCODING, coding);
        let answer = service.send(request.body(full("x")).unwrap()).await;
        is(&answer, 415, "unsupported-content-encoding");
    }
    for query in [
        "?on-refused=maybe",
        "?on-refused=",
        "?on-refused=keep&on-refused=keep",
    ] {
        let request = post("ann", &format!("/v1/detokenize{query}"), "text/plain");
        is(
            &service.send(request.body(full("x")).unwrap()).await,
            400,
            "bad-option",
        );
    }
}

#[tokio::test]
async fn documents_have_limits() {
    let service = Service::with(Limits {
        body: 100,
        kms_calls: 2,
        ..Limits::default()
    });
    is(
        &service.document("ann", "text/plain", &[b'x'; 101]).await,
        413,
        "body-too-large",
    );
    assert_eq!(
        service
            .document("ann", "text/plain", &[b'x'; 100])
            .await
            .status,
        200
    );
    let service = Service::with(Limits {
        kms_calls: 2,
        ..Limits::default()
    });
    let tokens: Vec<_> = (0..3).map(|_| service.world.epoch().text("v")).collect();
    let answer = service
        .document("ann", "text/plain", &tokens.concat())
        .await;
    is(&answer, 413, "too-many-kms-calls");
}

#[tokio::test]
async fn requests_over_the_limit_are_told_to_come_back() {
    let limits = Limits {
        requests: 1,
        small_body: 10,
        ..Limits::default()
    };
    let service = Service::with(limits);
    let parts = (0..100).map(|_| vec![b'x'; 1000]);
    let request = post("ann", "/v1/detokenize", "text/plain")
        .body(chunks(parts))
        .unwrap();
    let open = Arc::clone(&service.app).answer(request).await;
    let answer = service.document("ann", "text/plain", b"x").await;
    is(&answer, 503, "too-busy");
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    drop(open);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        service.document("ann", "text/plain", b"x").await.status,
        200
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_body_is_given_up() {
    let service = Service::new();
    let silent = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let request = post("ann", "/v1/detokenize", "text/plain")
        .body(silent)
        .unwrap();
    let answer = read(Arc::clone(&service.app).answer(request).await).await;
    is(&answer, 408, "body-timeout");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_falls_silent_or_breaks_in_the_middle_aborts_the_answer() {
    let service = Service::new();
    let first = || stream::iter([Ok(Frame::data(Bytes::from(vec![b'x'; 100_000])))]);
    let silent = stream::pending::<Result<Frame<Bytes>, std::io::Error>>();
    let broken = stream::iter([Err(std::io::Error::other("reset"))]);
    use futures_util::StreamExt;
    for (body, outcome) in [
        (first().chain(silent).boxed(), "body-timeout"),
        (first().chain(broken).boxed(), "body-broken"),
    ] {
        let request = post("ann", "/v1/detokenize", "text/plain");
        let request = request.body(StreamBody::new(body)).unwrap();
        let answer = read(Arc::clone(&service.app).answer(request).await).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.complete);
        assert_eq!(service.audit().last().unwrap()["outcome"], outcome);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_given_up() {
    let service = Service::with(Limits {
        small_body: 10,
        ..Limits::default()
    });
    let parts = (0..100).map(|_| vec![b'x'; 1000]);
    let request = post("ann", "/v1/detokenize", "text/plain")
        .body(chunks(parts))
        .unwrap();
    let unread = Arc::clone(&service.app).answer(request).await;
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert_eq!(service.audit().last().unwrap()["outcome"], "answer-timeout");
    assert!(!read(unread).await.complete);
}

#[tokio::test]
async fn kms_down_is_a_503_whatever_the_token() {
    let service = Service::new();
    service.world.kms.set(Mood::Unavailable);
    let good = service.world.epoch().text("v");
    let foreign = service.world.forged_epoch().text("v");
    for token in [good.as_slice(), &foreign, b"~vg1.AAAA.BBBB~"] {
        let answer = service.document("ann", "text/plain", token).await;
        is(&answer, 503, "kms-unavailable");
        assert_eq!(answer.headers[header::RETRY_AFTER], "2");
        is(
            &service.batch("ann", &[token.to_vec()]).await,
            503,
            "kms-unavailable",
        );
    }
    // Past the small body and before the first stretch is open, there still is a status.
    let long = [good.clone(), vec![b'x'; 100_000]].concat();
    is(
        &service.document("ann", "text/plain", &long).await,
        503,
        "kms-unavailable",
    );
    // Later, the answer breaks off.
    let request = post("ann", "/v1/detokenize", "text/plain");
    let request = request.body(chunks([vec![b'x'; 100_000], good])).unwrap();
    let answer = read(Arc::clone(&service.app).answer(request).await).await;
    assert!(answer.status == 200 && !answer.complete);
}

#[tokio::test]
async fn credentials_that_kms_no_longer_takes_are_exchanged_anew_by_the_next_call() {
    let service = Service::new();
    let token = service.world.epoch().text("v");
    service.world.kms.set(Mood::ExpiredCredentials);
    is(
        &service.document("ann", "text/plain", &token).await,
        401,
        "unauthenticated",
    );
    service.world.kms.set(Mood::Works);
    assert_eq!(
        service.document("ann", "text/plain", &token).await.text(),
        "v"
    );
}
