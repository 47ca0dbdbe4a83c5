#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use http::Request;

use super::*;

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

#[test]
fn connection_cannot_name_what_the_message_needs() {
    let mut headers = headers(&[
        ("connection", "Host, Content-Type , x-a,, x b"),
        ("connection", "content-length, X-B"),
        ("host", "a"),
        ("content-type", "application/json"),
        ("content-length", "2"),
        ("x-a", "1"),
        ("x-b", "1"),
    ]);
    remove_hop_by_hop(&mut headers);
    let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["content-length", "content-type", "host"]);
}

#[test]
fn lists_grow_by_one_member() {
    let mut headers = headers(&[("via", "1.0 a"), ("via", "1.1 b")]);
    append(&mut headers, header::VIA, &via(Version::HTTP_2));
    assert_eq!(headers.get_all("via").iter().count(), 1);
    assert_eq!(headers["via"], "1.0 a, 1.1 b, 2 veilgate");
}

#[test]
fn the_target_keeps_path_and_query_as_spelled() {
    let upstream = Authority::from_static("127.0.0.1:9000");
    for (from, to) in [
        ("/a%20b?c=%zz&d", "http://127.0.0.1:9000/a%20b?c=%zz&d"),
        ("http://api.test/x", "http://127.0.0.1:9000/x"),
        ("http://api.test", "http://127.0.0.1:9000/"),
    ] {
        let request = Request::get(from).body(()).unwrap();
        assert_eq!(target(request.uri(), false, &upstream).to_string(), to);
    }
}
