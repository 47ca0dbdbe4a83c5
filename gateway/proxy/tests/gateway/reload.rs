//! The configuration is read again when its files change: all of it or nothing.

use std::time::{Duration, Instant};

use crate::support::{Client, Gateway, Setup, Upstream, json, without_tokens};

fn wait_for(gateway: &Gateway, line: &str) {
    let start = Instant::now();
    while !gateway.metrics().contains(line) {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{}",
            gateway.metrics()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn policies_change_between_two_requests_of_one_connection() {
    let upstream = Upstream::start();
    let setup = Setup::to(upstream.address);
    let gateway = Gateway::start(&setup);
    let mut client = Client::connect(gateway.address);
    let document = r#"{"pan": "1", "name": "Ada"}"#;
    let mut ask = || without_tokens(&client.ask(json("/v1/x", document)).body);
    assert_eq!(ask(), r#"{"pan": "T", "name": "Ada"}"#);

    let named = format!("{}  - {{ select: $.name, class: pan }}\n", setup.policy());
    gateway.write("policy.yaml", &named);
    wait_for(&gateway, "veilgate_reloads_total{outcome=\"done\"} 1");
    assert_eq!(ask(), r#"{"pan": "T", "name": "T"}"#);

    // What is wrong changes nothing, and is said.
    gateway.write("policy.yaml", "version: 1\nclasses: {}\n");
    wait_for(&gateway, "veilgate_reloads_total{outcome=\"refused\"} 1");
    assert_eq!(ask(), r#"{"pan": "T", "name": "T"}"#);

    gateway.write("policy.yaml", &setup.policy());
    wait_for(&gateway, "veilgate_reloads_total{outcome=\"done\"} 2");
    assert_eq!(ask(), r#"{"pan": "T", "name": "Ada"}"#);
}
