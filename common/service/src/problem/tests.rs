#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use http_body_util::BodyExt;

use super::*;

async fn answer(problem: Problem) -> (http::response::Parts, Value) {
    let id = RequestId::new();
    let (parts, body) = problem.into_response(&id).into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    assert_eq!(parts.headers["x-request-id"], id.as_str());
    (parts, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn says_code_fault_retry_and_members() {
    let problem = Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed-json",
        "The body is not JSON",
        Fault::Client,
    )
    .detail("A string ends in the middle.")
    .member("offset", 17);
    let (parts, document) = answer(problem).await;
    assert_eq!(parts.status, 400);
    assert_eq!(parts.headers["content-type"], "application/problem+json");
    assert!(!parts.headers.contains_key("connection"));
    assert_eq!(document["type"], "urn:veilgate:problem:malformed-json");
    assert_eq!(document["status"], 400);
    assert_eq!(document["offset"], 17);
    assert_eq!(document["fault"], "client");
    assert_eq!(document["retry"], false);
}

#[tokio::test]
async fn retry_after_is_whole_seconds_and_at_least_one() {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-busy",
        "Too busy",
        Fault::Gateway,
    )
    .retry_after(Duration::from_millis(10))
    .close();
    let (parts, document) = answer(problem).await;
    assert_eq!(parts.headers["retry-after"], "1");
    assert_eq!(parts.headers["connection"], "close");
    assert_eq!(document["retry"], true);
}
