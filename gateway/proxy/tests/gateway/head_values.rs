//! Values in the path, the query and the header fields.

use crate::support::{Client, Gateway, Setup, Upstream, json, without_tokens};

const RULES: &str = "  - { headers: X-Patient, query: [ssn, 'card*'], path: '/v1/patients/{}/visits', class: pan }\n";

fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: a\r\n{fields}\r\n")
}

#[test]
fn they_become_tokens_and_the_rest_stays() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        rules: RULES,
        ..Setup::to(upstream.address)
    });
    let mut client = Client::connect(gateway.address);
    let target = "/v1/patients/123%2D45/visits?a=1&s%73n=078&b=%20x&card_no=4111+1111&";
    let answer = client.ask(get(
        target,
        "x-patient: Ada\r\nX-PATIENT: Eve\r\nx-other: Ada\r\n",
    ));
    assert_eq!(answer.status, 200);
    let seen = upstream.last();
    let target = without_tokens(seen.target.as_bytes());
    assert_eq!(
        target,
        "/v1/patients/T/visits?a=1&s%73n=T&b=%20x&card_no=T&"
    );
    let patients: Vec<_> = seen.headers.get_all("x-patient").iter().collect();
    assert_eq!(patients.len(), 2);
    assert!(
        patients
            .iter()
            .all(|value| value.to_str().unwrap().starts_with("~vg1."))
    );
    assert_eq!(seen.headers["x-other"], "Ada");
    // A body is rewritten by the same rules' other places.
    let answer = client.ask(json("/v1/x?ssn=7", "{\"pan\": 1}"));
    assert_eq!(without_tokens(&answer.body), "{\"pan\": \"T\"}");
    assert_eq!(
        without_tokens(upstream.last().target.as_bytes()),
        "/v1/x?ssn=T"
    );
}

#[test]
fn a_query_with_two_readings_is_refused() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        rules: RULES,
        ..Setup::to(upstream.address)
    });
    let answer = Client::connect(gateway.address).ask(get("/v1/x?ssn=%zz", ""));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "form-invalid-escape")
    );
    assert!(upstream.seen().is_empty());
}

#[test]
fn tokens_that_come_back_stay() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Setup {
        rules: RULES,
        ..Setup::to(upstream.address)
    });
    let mut client = Client::connect(gateway.address);
    client.ask(get("/v1/patients/1/visits?ssn=2", "x-patient: Ada\r\n"));
    let first = upstream.last();
    let patient = first.headers["x-patient"].to_str().unwrap();
    client.ask(get(&first.target, &format!("x-patient: {patient}\r\n")));
    let second = upstream.last();
    assert_eq!(second.target, first.target);
    assert_eq!(second.headers["x-patient"], first.headers["x-patient"]);
}
