//! What the gateway says of what it found, and shadow mode, in which it does no more than that.

use crate::support::{Client, Gateway, Setup, Upstream, json, post, without_tokens};

#[test]
fn the_receipt_counts_by_rule_and_class() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        route: "coverage_header: true",
        ..Setup::to(upstream.address)
    });
    let mut client = Client::connect(gateway.address);
    let answer = client.ask(json(
        "/v1/x",
        r#"{"pan": ["1"], "a": {"pan": 2}, "ssn": "3"}"#,
    ));
    let receipt = answer.header("veilgate-coverage").unwrap().to_owned();
    assert_eq!(
        receipt,
        "\"rule 1\";class=\"pan\";found=2;tokenized=2;kept=0;left=0, \"rule 2\";class=\"ssn\";found=1;tokenized=1;kept=0;left=0"
    );
    // What came back is sent once more: tokens stay what they are.
    let again = client.ask(json("/v1/x", &answer.body));
    let receipt = again.header("veilgate-coverage").unwrap();
    assert!(
        receipt.starts_with("\"rule 1\";class=\"pan\";found=2;tokenized=0;kept=2;left=0"),
        "{receipt}"
    );
    assert_eq!(again.body, answer.body);
    let metrics = gateway.metrics();
    for counted in [
        "veilgate_requests_total{route=\"route 2\",status=\"200\"} 2",
        "veilgate_values_total{route=\"route 2\",side=\"request\",rule=\"rule 1\",class=\"pan\",outcome=\"kept\"} 2",
        "veilgate_values_total{route=\"route 2\",side=\"request\",rule=\"rule 2\",class=\"ssn\",outcome=\"tokenized\"} 1",
    ] {
        assert!(metrics.contains(counted), "{metrics}");
    }
}

#[test]
fn a_shadow_forwards_everything_as_it_came_and_counts() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        route: "shadow: true\n    coverage_header: true",
        ..Setup::to(upstream.address)
    });
    let mut client = Client::connect(gateway.address);
    let document = r#"{"pan": "4111", "ssn": 7}"#;
    let answer = client.ask(json("/v1/x", document));
    assert_eq!(answer.status, 200);
    assert_eq!(upstream.last().body, document);
    let long = format!("[{}{document}]", format!("{document},").repeat(9000));
    let answer = client.ask(json("/v1/discard", &long));
    assert_eq!(
        (answer.status, upstream.last().length),
        (200, long.len() as u64)
    );
    // What would be refused goes on all the same.
    for request in [
        json("/v1/x", "{\"pan\": \"4111\", nonsense"),
        post("/v1/x", &["content-type: image/png"], "4111"),
        post("/v1/x", &[], "4111"),
    ] {
        let body =
            request[request.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4..].to_vec();
        let answer = client.ask(&request);
        assert_eq!((answer.status, answer.body), (200, body));
    }
    let metrics = gateway.metrics();
    let counted = "veilgate_values_total{route=\"route 2\",side=\"request\",rule=\"rule 1\",class=\"pan\",outcome=\"left\"} 9003";
    assert!(metrics.contains(counted), "{metrics}");
    assert!(!metrics.contains("tokenized"), "{metrics}");
    let refused = "veilgate_would_refuse_total{route=\"route 2\",code=";
    assert!(metrics.contains(refused), "{metrics}");
}

#[test]
fn text_is_searched_and_the_rest_of_it_stays() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        rules: "  - { detect: { pattern: 'EMP-[0-9]{6}' }, class: pan }\n",
        ..Setup::to(upstream.address)
    });
    let mut client = Client::connect(gateway.address);
    let text = "Dear EMP-123456, your EMP-12345 is “EMP-654321”.\n";
    let answer = client.ask(post("/v1/x", &["content-type: text/plain"], text));
    assert_eq!(
        without_tokens(&answer.body),
        "Dear T, your EMP-12345 is “T”.\n"
    );
    let document = r#"{"note": "of EMP-123456\u002c not 12", "pan": "EMP-123456"}"#;
    let answer = client.ask(json("/v1/x", document));
    assert_eq!(
        without_tokens(&answer.body),
        r#"{"note": "of T\u002c not 12", "pan": "T"}"#
    );
}
