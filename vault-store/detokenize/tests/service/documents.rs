//! `POST /v1/detokenize`.

use crate::support::rsa;
use crate::world::{Service, chunks, post, read};
use bytes::Bytes;
use detokenize::config::Limits;
use http::header;
use http_body_util::Full;
use record::ValueType;
use std::sync::Arc;

fn text(token: &[u8]) -> &str {
    std::str::from_utf8(token).unwrap()
}

#[tokio::test]
async fn a_small_document_comes_back_whole_with_counts() {
    let service = Service::new();
    let epoch = service.world.epoch();
    let number = epoch.token("amount", ValueType::Number, b"12.50");
    let ssn = rsa(ValueType::Text, b"078-05-1120");
    let foreign = service.world.forged_epoch().text("v");
    let (number, ssn, foreign) = (text(&number), text(&ssn), text(&foreign));
    let body = format!(r#"{{ "a":"{number}", "b":["{ssn}","{foreign}"],"c" :1e2}}"#);
    let answer = service
        .document("ann", "application/json; charset=utf-8", body.as_bytes())
        .await;
    assert_eq!(answer.status, 200);
    let expected = format!(r#"{{ "a":12.50, "b":["078-05-1120","{foreign}"],"c" :1e2}}"#);
    assert_eq!(answer.text(), expected);
    assert_eq!(answer.headers["x-veilgate-revealed"], "2");
    assert_eq!(answer.headers["x-veilgate-not-revealed"], "1");
    assert_eq!(
        answer.headers[header::CONTENT_TYPE],
        "application/json; charset=utf-8"
    );
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn every_form_has_its_own_spelling() {
    let service = Service::new();
    let token = service.world.epoch().text("a,\"<b>\"");
    let token = text(&token);
    for (content_type, expected) in [
        ("text/plain", r#"x a,"<b>""#),
        ("text/csv", r#""x a,""<b>""""#),
        ("text/tab-separated-values", r#""x a,""<b>""""#),
        ("text/html", "x a,&quot;&lt;b&gt;&quot;"),
        ("application/soap+xml", "x a,&quot;&lt;b&gt;&quot;"),
        ("text/markdown", r#"x a,"<b>""#),
    ] {
        let answer = service
            .document("ann", content_type, format!("x {token}").as_bytes())
            .await;
        assert_eq!(answer.text(), expected, "{content_type}");
    }
    for content_type in [
        "application/problem+json",
        "application/x-ndjson",
        "TEXT/JSON",
    ] {
        let body = format!("[\"{token}\"]\n");
        let answer = service.document("ann", content_type, body.as_bytes()).await;
        assert_eq!(answer.text(), "[\"a,\\\"<b>\\\"\"]\n", "{content_type}");
    }
}

/// NDJSON of `count` lines with two tokens each, and what it opens to.
fn lines(service: &Service, count: usize) -> (Vec<u8>, Vec<u8>) {
    let epochs = [service.world.epoch(), service.world.epoch()];
    let (mut input, mut expected) = (Vec::new(), Vec::new());
    for line in 0..count {
        let number =
            epochs[line % 2].token("amount", ValueType::Number, line.to_string().as_bytes());
        let name = epochs[0].token("name", ValueType::Text, format!("n\"{line}").as_bytes());
        let (number, name) = (text(&number), text(&name));
        input.extend(format!("{{\"id\":{line},\"v\":\"{number}\",\"n\":\"{name}\"}}\n").bytes());
        expected.extend(format!("{{\"id\":{line},\"v\":{line},\"n\":\"n\\\"{line}\"}}\n").bytes());
    }
    (input, expected)
}

#[tokio::test]
async fn a_long_document_streams_in_order_with_counts_in_trailers() {
    let service = Service::new();
    let (input, expected) = lines(&service, 500);
    for size in [1_000, 4_096, 70_000, 1 << 20] {
        let parts: Vec<_> = input.chunks(size).map(<[u8]>::to_vec).collect();
        let request = post("ann", "/v1/detokenize", "application/x-ndjson")
            .header(header::TE, "trailers")
            .body(chunks(parts))
            .unwrap();
        let answer = read(Arc::clone(&service.app).answer(request).await).await;
        assert_eq!(answer.status, 200);
        assert!(answer.complete);
        assert!(answer.body == expected, "chunks of {size}");
        let trailers = answer.trailers.unwrap();
        assert_eq!(trailers["x-veilgate-revealed"], "1000");
        assert_eq!(trailers["x-veilgate-not-revealed"], "0");
        assert!(answer.headers.contains_key(header::TRAILER));
    }
    // Four documents of two data keys, for one caller.
    assert_eq!(service.world.kms.take_calls().len(), 2);
    let request = post("ann", "/v1/detokenize", "application/x-ndjson");
    let answer = service
        .send(request.body(Full::new(input.into())).unwrap())
        .await;
    assert!(answer.trailers.is_none() && !answer.headers.contains_key(header::TRAILER));
}

#[tokio::test]
async fn strict_callers_get_all_or_nothing() {
    let service = Service::new();
    let good = service.world.epoch().text("v");
    let foreign = service.world.forged_epoch().text("v");
    let strict = |body: Vec<u8>, in_query: bool| {
        let path = if in_query {
            "/v1/detokenize?x=1&on-refused=fail"
        } else {
            "/v1/detokenize"
        };
        let mut request = post("ann", path, "text/plain");
        if !in_query {
            request = request.header("x-veilgate-on-refused", "fail");
        }
        request.body(Full::new(Bytes::from(body))).unwrap()
    };
    for in_query in [true, false] {
        let answer = service.send(strict(good.clone(), in_query)).await;
        assert_eq!(answer.text(), "v");
        let answer = service
            .send(strict([good.clone(), foreign.clone()].concat(), in_query))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (403, "not-revealed")
        );
    }
    // Past the small-body limit but within the first stretch there is still a status.
    let long = [foreign.clone(), vec![b'x'; 100_000]].concat();
    assert_eq!(
        service.send(strict(long, true)).await.problem(),
        "not-revealed"
    );
    // Later, the answer breaks off before anything of that stretch.
    let parts = vec![
        vec![b'x'; 100_000],
        [good, foreign].concat(),
        vec![b'y'; 10],
    ];
    let request = post("ann", "/v1/detokenize?on-refused=fail", "text/plain");
    let request = request.body(chunks(parts)).unwrap();
    let answer = read(Arc::clone(&service.app).answer(request).await).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.complete);
    assert!(answer.body.iter().all(|byte| *byte == b'x'));
    assert_eq!(service.audit().last().unwrap()["outcome"], "not-revealed");
}

#[tokio::test]
async fn the_answer_is_made_no_faster_than_it_is_read() {
    let service = Service::with(Limits {
        small_body: 10,
        ..Limits::default()
    });
    let taken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let parts = (0..1000).map(move |_| {
        counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        vec![b'x'; 1000]
    });
    let request = post("ann", "/v1/detokenize", "text/plain")
        .body(chunks(parts))
        .unwrap();
    let answer = Arc::clone(&service.app).answer(request).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let ahead = taken.load(std::sync::atomic::Ordering::SeqCst);
    assert!(ahead <= 8, "{ahead} chunks were read that nobody took");
    assert_eq!(read(answer).await.body.len(), 1_000_000);
}
