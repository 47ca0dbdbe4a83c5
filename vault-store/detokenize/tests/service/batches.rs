//! `POST /v1/detokenize/batch`.

use crate::support::rsa;
use crate::world::{Service, post};
use detokenize::config::Limits;
use http_body_util::Full;
use record::ValueType;

#[tokio::test]
async fn results_come_in_order_with_their_types_and_spelling() {
    let service = Service::new();
    let epoch = service.world.epoch();
    let tokens = [
        epoch.token("c", ValueType::Text, "a\"\n\u{e9}".as_bytes()),
        epoch.token("c", ValueType::Number, b"-1.50E+2"),
        epoch.token("c", ValueType::Boolean, b"false"),
        b"no token".to_vec(),
        epoch.token("c", ValueType::Object, br#"{"a": [1,2] }"#),
        epoch.token("c", ValueType::Array, b"[]"),
        rsa(ValueType::Null, b"null"),
        service.world.forged_epoch().text("v"),
        rsa(ValueType::Text, b"\xff\xfe"),
    ];
    let answer = service.batch("ann", &tokens).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text(),
        concat!(
            r#"{"results":[{"value":"a\"\n"#,
            "\u{e9}",
            r#"","type":"text"},{"value":-1.50E+2,"type":"number"},{"value":false,"type":"boolean"},"#,
            r#"{"error":{"code":"not-revealed"}},{"value":{"a": [1,2] },"type":"object"},"#,
            r#"{"value":[],"type":"array"},{"value":null,"type":"null"},"#,
            r#"{"error":{"code":"not-revealed"}},{"value":"//4=","type":"base64"}]}"#,
        )
    );
}

#[tokio::test]
async fn an_empty_batch_has_no_results() {
    assert_eq!(
        Service::new().batch("ann", &[]).await.text(),
        r#"{"results":[]}"#
    );
}

#[tokio::test]
async fn what_is_no_batch_is_refused() {
    let service = Service::new();
    for body in [
        "",
        "{}",
        "[]",
        r#"{"tokens":"x"}"#,
        r#"{"tokens":[1]}"#,
        r#"{"tokens":[],"more":1}"#,
        r#"{"tokens":[]} x"#,
        r#"{"tokens":["\ud800"]}"#,
    ] {
        let request = post("ann", "/v1/detokenize/batch", "application/json");
        let answer = service
            .send(request.body(Full::new(body.into())).unwrap())
            .await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.problem(), "malformed-batch", "{body}");
    }
    let request = post("ann", "/v1/detokenize/batch", "text/plain");
    let answer = service
        .send(request.body(Full::new("{\"tokens\":[]}".into())).unwrap())
        .await;
    assert_eq!(answer.problem(), "unsupported-content-type");
}

#[tokio::test]
async fn a_batch_has_limits() {
    let limits = Limits {
        batch_tokens: 3,
        batch_body: 200,
        ..Limits::default()
    };
    let service = Service::with(limits);
    let junk = vec![b"x".to_vec(); 4];
    let answer = service.batch("ann", &junk).await;
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        (413, "too-many-tokens")
    );
    let answer = service.batch("ann", &[vec![b'x'; 300]]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.problem().as_str()),
        (413, "body-too-large")
    );
    assert!(service.world.kms.take_calls().is_empty());
}
