//! The binary: `--check`, what it says when it cannot start, and a stop by signal.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use crate::support::{Client, Setup, Upstream, json, write_keys};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(upstream: std::net::SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_keys(folder.path());
        let this = Self(folder);
        this.write("gateway.yaml", &Setup::to(upstream).yaml());
        this
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.0.path().join(name)).unwrap();
        assert!(text.contains(from));
        self.write(name, &text.replace(from, to));
    }

    /// The gateway without any AWS credentials, but for an endpoint where nobody listens.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veilgate-gateway"));
        let config = self.0.path().join("gateway.yaml");
        command
            .env_clear()
            .args(["--config".as_ref(), config.as_os_str()])
            .env("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_REGION", "us-east-1")
            .stdin(Stdio::null());
        command
    }

    fn check(&self) -> (bool, String) {
        said(&self.command().arg("--check").output().unwrap())
    }
}

fn said(output: &Output) -> (bool, String) {
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn folder() -> Folder {
    Folder::new(([127, 0, 0, 1], 9).into())
}

#[test]
fn check_finds_what_is_wrong_and_where() {
    let (right, said) = folder().check();
    assert!(right, "{said}");
    for (file, from, to, expected) in [
        (
            "gateway.yaml",
            "upstream: app",
            "upstream: ap",
            &["VG0302", "gateway.yaml:", "app"][..],
        ),
        ("gateway.yaml", "limits:", "limit:", &["VG0002", "limits"]),
        (
            "gateway.yaml",
            "policy: policy.yaml",
            "policy: nowhere.yaml",
            &["VG0303", "nowhere.yaml"],
        ),
        (
            "gateway.yaml",
            "path: /open/*",
            "path: /a/../b",
            &["VG0301", "dot-segment"],
        ),
        (
            "gateway.yaml",
            "http://127",
            "ftp://127",
            &["VG0301", "https://host:port"],
        ),
        (
            "gateway.yaml",
            "edge_keys: [edge.key]",
            "",
            &["VG0304", "edge_keys"],
        ),
        (
            "gateway.yaml",
            "name: edge",
            "name: ledge",
            &["VG0302", "edge"],
        ),
        (
            "gateway.yaml",
            "methods: [POST",
            "methods: [Post",
            &["VG0301", "capital"],
        ),
        (
            "gateway.yaml",
            "limits: {",
            "limits: { head: 1KiB",
            &["VG0011", "8KiB"],
        ),
        (
            "gateway.yaml",
            "listen: 127.0.0.1:0",
            "listen: here",
            &["VG0301", "here"],
        ),
        (
            "policy.yaml",
            "class: ssn",
            "class: snn",
            &["VG0101", "policy.yaml:"],
        ),
        (
            "policy.yaml",
            "key: payments",
            "key: payment",
            &["VG0109", "payments"],
        ),
        (
            "keys.yaml",
            "version: 1, kms_key",
            "version: 0, kms_key",
            &["keys.yaml:"],
        ),
    ] {
        let folder = folder();
        folder.replace(file, from, to);
        let (right, said) = folder.check();
        assert!(!right, "{to}");
        for part in expected {
            assert!(said.contains(part), "{to}: no {part} in {said}");
        }
    }
}

#[test]
fn check_reads_the_keys_and_shows_nothing_of_them() {
    for (file, text, expected) in [
        ("edge.key", "5ec7e7", "edge key"),
        ("payments.pem", "5ec7e7", "key payments version 1"),
        ("signer.key", "5ec7e7", "signer edge version 1"),
    ] {
        let folder = folder();
        folder.write(file, text);
        let (right, said) = folder.check();
        assert!(
            !right && said.contains(expected) && said.contains(file),
            "{said}"
        );
        assert!(!said.contains("5ec7e7"), "{said}");
    }
    let folder = folder();
    let other = self::folder();
    std::fs::copy(
        other.0.path().join("signer.key"),
        folder.0.path().join("signer.key"),
    )
    .unwrap();
    let (right, said) = folder.check();
    assert!(!right && said.contains("not of the public key"), "{said}");
}

#[test]
fn without_kms_it_says_which_key_lacks_what() {
    let folder = folder();
    folder.replace("keys.yaml", ", public_key: payments.pem", "");
    assert!(folder.check().0);
    let mut command = folder.command();
    command
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x");
    let (right, said) = said(&command.output().unwrap());
    assert!(!right);
    for part in ["key payments version 1", "alias/payments", "public_key"] {
        assert!(said.contains(part), "no {part} in {said}");
    }
}

/// A running gateway; killed when a test fails before it stops.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn starts_from_files_alone_and_stops_at_a_signal() {
    let upstream = Upstream::start();
    let folder = Folder::new(upstream.address);
    let mut command = folder.command();
    let child = command
        .args(["--workers", "2"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let address = line
        .strip_prefix("listening on http://")
        .expect(&line)
        .parse()
        .unwrap();
    let secret = r#"{"pan":"4111111111111111"}"#;
    let mut client = Client::connect(address);
    let answer = client.ask(json("/v1/x?pan=4111111111111111", secret));
    assert!(answer.body.starts_with(b"{\"pan\":\"~vg1."));
    assert_eq!(client.ask(json("/v1/x", &secret[..20])).status, 400);
    drop(client);
    let stopped = Command::new("kill")
        .arg(running.0.id().to_string())
        .status()
        .unwrap();
    assert!(stopped.success());
    let log: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(running.0.wait().unwrap().success());
    let access: Vec<&String> = log
        .iter()
        .filter(|line| line.contains("request_id"))
        .collect();
    assert_eq!(access.len(), 2, "{log:?}");
    assert!(
        access[0].contains("pan=1") && access[0].contains("200"),
        "{log:?}"
    );
    assert!(
        access[1].contains("json-truncated") && access[1].contains("400"),
        "{log:?}"
    );
    assert!(!log.join("\n").contains("4111111111111111"), "{log:?}");
}
