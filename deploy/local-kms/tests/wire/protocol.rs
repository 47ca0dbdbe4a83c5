//! Requests that no SDK makes, over a raw socket.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::Server;

/// Sends one request and gives the status and the body.
pub(crate) fn send(
    server: &Server,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> (u16, String) {
    let host = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A server that refuses a long body may close before all of it is there.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

const TARGET: &str = "X-Amz-Target: TrentService.ListKeys\r\n";

#[test]
fn each_protocol_has_its_own_refusals() {
    let server = Server::start();
    let scope = "20260102/us-east-1/kms/aws4_request";
    let unknown = format!(
        "{TARGET}X-Amz-Date: 20260102T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIANOBODY/{scope}, SignedHeaders=host, Signature=00\r\n"
    );
    let old = unknown.replace("AKIANOBODY", "AKIALOCALADMIN000000");
    let undated = old.replace("X-Amz-Date: 20260102T000000Z\r\n", "");
    let half = format!("{TARGET}Authorization: AWS4-HMAC-SHA256 Credential=a\r\n");
    let other = "X-Amz-Target: DynamoDB.ListTables\r\n";
    let rows: [(&str, &[u8], u16, &str); 10] = [
        (TARGET, b"{}", 400, "\"MissingAuthenticationTokenException\""),
        (&half, b"{}", 400, "\"IncompleteSignatureException\""),
        (&undated, b"{}", 400, "\"IncompleteSignatureException\""),
        (&unknown, b"{}", 400, "\"UnrecognizedClientException\""),
        (&old, b"{}", 400, "\"InvalidSignatureException\""),
        (other, b"{}", 400, "\"UnknownOperationException\""),
        ("", b"Action=GetCallerIdentity", 403, "<Code>MissingAuthenticationToken</Code>"),
        ("", b"", 403, "<Code>MissingAuthenticationToken</Code>"),
        ("", b"Action=AssumeRoleWithWebIdentity", 400, "<Code>ValidationError</Code>"),
        (
            "",
            b"Action=AssumeRoleWithWebIdentity&RoleSessionName=eve&RoleArn=%3Cx%26y%3E&WebIdentityToken=a",
            400,
            "<Code>InvalidIdentityToken</Code>",
        ),
    ];
    for (headers, body, status, expected) in rows {
        let (got, text) = send(&server, "POST", "/", headers, body);
        assert_eq!(got, status, "{headers} {text}");
        assert!(text.contains(expected), "{headers} {text}");
    }
}

#[test]
fn other_paths_methods_and_sizes_are_refused() {
    let server = Server::start();
    let status = |method, path, body: &[u8]| send(&server, method, path, TARGET, body).0;
    assert_eq!(status("GET", "/", b""), 404);
    assert_eq!(status("POST", "/keys", b"{}"), 404);
    assert_eq!(status("PUT", "/", b"{}"), 404);
    assert_eq!(status("POST", "/_local/calls", b""), 405);
    assert_eq!(status("POST", "/", &vec![b' '; 256 * 1024 + 1]), 413);
    assert_eq!(status("DELETE", "/_local/calls", b""), 204);
    let (_, counts) = send(&server, "GET", "/_local/calls", "", b"");
    let counts: serde_json::Value = serde_json::from_str(&counts).unwrap();
    assert_eq!(counts, serde_json::json!({ "operations": {}, "calls": [] }));
}
