//! A gateway with keys of its own, in this process.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::thread::JoinHandle;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use proxy::{Kms, Reload, Server, Shared, Vaults, config};
use tempfile::TempDir;

use super::Client;
use tokio::sync::oneshot;

const POLICY: &str = r#"
version: 1
classes:
  pan: { kind: envelope, key: payments }
  ssn: { kind: rsa, key: payments }
rules:
  - { select: "$..pan", class: pan }
  - { select: "$..ssn", class: ssn }
"#;

const RING: &str = r#"
version: 1
keys:
  payments: { versions: [ { version: 1, kms_key: "alias/payments", public_key: payments.pem } ] }
signers:
  edge: { versions: [ { version: 1, public_key: signer.pem } ] }
"#;

/// What a test's gateway is like.
pub(crate) struct Setup<'a> {
    pub(crate) upstream: SocketAddr,
    pub(crate) protocol: &'a str,
    /// Members of `limits`, as YAML.
    pub(crate) limits: &'a str,
    pub(crate) trusted_hops: u32,
    pub(crate) other_content_types: &'a str,
    /// More rules of the policy, and its other sections, as YAML.
    pub(crate) rules: &'a str,
    /// More fields of the route `/v1/*`, as YAML.
    pub(crate) route: &'a str,
}

impl Setup<'_> {
    pub(crate) fn to(upstream: SocketAddr) -> Self {
        Self {
            upstream,
            protocol: "http1",
            limits: "",
            trusted_hops: 0,
            other_content_types: "reject",
            rules: "",
            route: "",
        }
    }

    pub(crate) fn policy(&self) -> String {
        format!("{POLICY}{}", self.rules)
    }

    pub(crate) fn yaml(&self) -> String {
        let Self {
            upstream,
            protocol,
            limits,
            trusted_hops,
            other_content_types,
            route,
            ..
        } = self;
        format!(
            r#"
version: 1
listen: 127.0.0.1:0
keys: keys.yaml
edge_keys: [edge.key]
signer: {{ name: edge, version: 1, private_key: signer.key }}
trusted_hops: {trusted_hops}
upstreams:
  app: {{ url: "http://{upstream}", protocol: {protocol} }}
routes:
  - match: {{ path: /open/* }}
    upstream: app
    policy: none
  - match: {{ path: /v1/*, methods: [POST, PUT, GET, PATCH, DELETE] }}
    upstream: app
    policy: policy.yaml
    other_content_types: {other_content_types}
    {route}
limits: {{ {limits} }}
"#
        )
    }
}

/// Stops when dropped.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    pub(crate) admin: SocketAddr,
    folder: TempDir,
}

impl Gateway {
    pub(crate) fn start(setup: &Setup<'_>) -> Self {
        Self::start_with(setup, &[])
    }

    /// With more files, by name and text.
    pub(crate) fn start_with(setup: &Setup<'_>, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_keys(folder.path());
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::write(folder.path().join("policy.yaml"), setup.policy()).unwrap();
        let file = folder.path().join("gateway.yaml");
        fs::write(&file, setup.yaml()).unwrap();
        let (told, address) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let config = config::load(&file).unwrap_or_else(|error| panic!("{error}"));
                let (options, listen) = (config.serve_options(), config.listen);
                let reload = Reload::new(file, &config, Kms::default(), Vaults::default());
                let shared = Shared::new(config, &Kms::default(), &Vaults::default())
                    .await
                    .unwrap();
                let admin = Some(([127, 0, 0, 1], 0).into());
                let server = Server::bind(shared, options, listen, admin, 1).unwrap();
                let server = server.with_reload(reload);
                let addresses = (server.address(), server.admin_address().unwrap());
                told.send(addresses).unwrap();
                let stop = async {
                    let _ = stopped.await;
                };
                server.run(stop).await.unwrap();
            });
        });
        let (address, admin) = address.recv().unwrap();
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
            admin,
            folder,
        }
    }
}

impl Gateway {
    /// Replaces a file of the configuration.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// What the admin listener says.
    pub(crate) fn metrics(&self) -> String {
        let request = "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n";
        let answer = Client::connect(self.admin).ask(request);
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body).unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().unwrap().join();
    }
}

/// A policy, a key ring and its files.
pub(crate) fn write_keys(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("policy.yaml", POLICY);
    write("keys.yaml", RING);
    write("edge.key", &"0f".repeat(32));
    let rsa = PrivateDecryptingKey::generate(KeySize::Rsa2048)
        .unwrap()
        .public_key();
    write(
        "payments.pem",
        &pem("PUBLIC KEY", rsa.as_der().unwrap().as_ref()),
    );
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    write(
        "signer.key",
        &pem("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref()),
    );
    let public = aws_lc_rs::signature::KeyPair::public_key(&pair);
    write(
        "signer.pem",
        &pem("PUBLIC KEY", public.as_der().unwrap().as_ref()),
    );
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
