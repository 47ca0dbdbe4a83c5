//! A folder with a configuration and keys, and the binary run in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const POLICY: &str = r#"
version: 1
classes:
  pan: { kind: envelope, key: payments }
  ssn: { kind: rsa, key: payments }
rules:
  - { name: card, select: "$..pan", columns: [pan], xpath: "//pan", class: pan }
  - { name: person, select: "$..ssn", columns: [ssn], xpath: "//ssn", class: ssn }
"#;

const RING: &str = r#"
version: 1
keys:
  payments: { versions: [ { version: 1, kms_key: "alias/payments", public_key: payments.pem } ] }
signers:
  edge: { versions: [ { version: 1, public_key: signer.pem } ] }
"#;

const GATEWAY: &str = r#"
version: 1
listen: 127.0.0.1:0
keys: keys.yaml
edge_keys: [edge.key]
signer: { name: edge, version: 1, private_key: signer.key }
upstreams:
  app: { url: "http://127.0.0.1:9" }
routes:
  - { match: { path: /open/* }, upstream: app, policy: none }
  - { name: lake, match: { path: /v1/* }, upstream: app, policy: policy.yaml }
"#;

/// A folder that a user works in.
pub(crate) struct Folder(TempDir);

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// What a finished process came to.
pub(crate) fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap(),
        stdout: output.stdout.clone(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn refused(self, why: &str) {
        assert_eq!(self.code, 1, "{}", self.stderr);
        assert!(self.stderr.contains(why), "{}", self.stderr);
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|_| panic!("{}", self.stderr))
    }
}

impl Folder {
    /// With `policy.yaml`, `keys.yaml`, `gateway.yaml` and keys.
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("policy.yaml", POLICY);
        folder.write("keys.yaml", RING);
        folder.write("gateway.yaml", GATEWAY);
        folder.write("edge.key", "0f".repeat(32));
        let rsa = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let rsa = rsa.public_key().as_der().unwrap();
        folder.write("payments.pem", pem("PUBLIC KEY", rsa.as_ref()));
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        folder.write("signer.key", pem("PRIVATE KEY", private.as_ref()));
        let public = pair.public_key().as_der().unwrap();
        folder.write("signer.pem", pem("PUBLIC KEY", public.as_ref()));
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// `veilgate` with these arguments, here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veilgate"));
        command.args(arguments).current_dir(self.0.path());
        command.env_remove("VEILGATE_CONFIG");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    /// With a standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                // it may end before it has read everything
                let _ = stdin.write_all(input);
            });
            child.wait_with_output().unwrap()
        });
        ran(&output)
    }

    /// `veilgate tokenize` with the configuration and its policy, and these arguments.
    pub(crate) fn tokenize(&self, arguments: &[&str]) -> Ran {
        self.run(&[&TOKENIZE, arguments].concat())
    }
}

pub(crate) const TOKENIZE: [&str; 5] = ["tokenize", "--config", "gateway.yaml", "--route", "lake"];

/// Names of all files below a folder, hidden ones too, in order.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = files(&entry.path());
            names.extend(below.iter().map(|below| format!("{name}/{below}")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    names
}

/// The text with the values back in their tokens' places, in order: what went in, when all is right.
#[track_caller]
pub(crate) fn with_values<'v>(text: &[u8], values: impl IntoIterator<Item = &'v str>) -> String {
    let text = std::str::from_utf8(text).unwrap();
    let (mut whole, mut rest) = (String::new(), text);
    for value in values {
        let start = rest.find("~vg1.").expect("a token for each value");
        let end = start + 1 + rest[start + 1..].find('~').expect("a whole token") + 1;
        whole.push_str(&rest[..start]);
        whole.push_str(value);
        rest = &rest[end..];
    }
    assert!(!rest.contains("~vg1."), "more tokens than values");
    whole + rest
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    let lines = text.as_bytes().chunks(64);
    let lines: Vec<_> = lines
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
