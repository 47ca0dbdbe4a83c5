#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use crate::tenant::testing::pairs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[test]
fn only_urls_that_nobody_can_answer_for_are_taken() {
    for right in [
        "https://login.example.com/.well-known/jwks.json",
        "https://login.example.com:8443/keys?tenant=a",
        "HTTPS://login.example.com/keys",
        "http://127.0.0.1:9000/jwks",
        "http://127.8.9.1/jwks",
        "http://[::1]:9000/jwks",
        "http://localhost/jwks",
    ] {
        assert!(JwksUrl::parse(right).is_some(), "{right}");
    }
    for wrong in [
        "",
        "login.example.com/keys",
        "/keys",
        "http://login.example.com/keys",
        "http://10.0.0.1/keys",
        "http://127.0.0.1.example.com/keys",
        "http://localhost.example.com/keys",
        "http://[::2]/keys",
        "http://127.0.0.1@evil.example/keys",
        "https://user:secret@login.example.com/keys",
        "https://login.example.com/keys#first",
        "https:///keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/passwd",
    ] {
        assert_eq!(JwksUrl::parse(wrong), None, "{wrong}");
    }
}

/// Fetches from a server that says this and closes.
async fn fetch(answer: Vec<u8>) -> (Result<KeySet, FetchError>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks?a=b", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        // The client may have gone before it has read all.
        let _ = stream.write_all(&answer).await;
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let fetcher = Fetcher::new(&JwksUrl::parse(&url).unwrap()).unwrap();
    (fetcher.fetch().await, served.await.unwrap())
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn fetches_a_key_set() {
    let jwks = pairs().jwks().to_string();
    let (fetched, request) = fetch(answer("200 OK", &jwks)).await;
    assert_eq!(fetched.unwrap(), KeySet::parse(jwks.as_bytes()).unwrap());
    assert!(
        request.starts_with("GET /jwks?a=b HTTP/1.1\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn takes_nothing_else() {
    let jwks = pairs().jwks().to_string();
    let big = format!("{}{jwks}", " ".repeat(MAX_BYTES));
    let mut cut = answer("200 OK", &jwks);
    cut.truncate(cut.len() - 1);
    for (answer, said) in [
        (answer("404 Not Found", &jwks), "status 404"),
        (
            answer("302 Found\r\nlocation: http://127.0.0.1:1/", &jwks),
            "status 302",
        ),
        (answer("206 Partial Content", &jwks), "status 206"),
        (answer("200 OK", "<html>"), "no JSON Web Key Set"),
        (answer("200 OK", r#"{"keys":[]}"#), "none of its 0 keys"),
        (answer("200 OK", &big), "longer than"),
        (cut, "broke off"),
        (b"what?\r\n\r\n".to_vec(), "error"),
        (Vec::new(), "error"),
    ] {
        let error = fetch(answer).await.0.unwrap_err().to_string();
        assert!(error.contains(said), "{said}: {error}");
    }
}

#[tokio::test]
async fn nobody_there_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let fetcher = Fetcher::new(&JwksUrl::parse(&url).unwrap()).unwrap();
    let error = fetcher.fetch().await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
}
