#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use super::*;

/// A certificate that signs itself, and its key, by `openssl`.
fn self_signed(folder: &Path, name: &str) -> TlsFiles {
    let file = |ending| folder.join(format!("{name}.{ending}"));
    let files = TlsFiles {
        certificate: file("pem"),
        key: file("key"),
        client_roots: None,
    };
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "30", "-subj", "/CN=localhost", "-out"])
        .arg(&files.certificate)
        .arg("-keyout")
        .arg(&files.key)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    files
}

fn refusal(files: TlsFiles) -> String {
    Tls::read(files).unwrap_err().to_string()
}

#[test]
fn files_that_go_together_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let files = self_signed(folder.path(), "a");
    let tls = Tls::read(files.clone()).unwrap();
    assert!(!format!("{tls:?}").contains("PRIVATE"));
    let client_roots = Some(files.certificate.clone());
    Tls::read(TlsFiles {
        client_roots,
        ..files
    })
    .unwrap();
}

#[test]
fn each_refusal_names_the_file_and_what_it_should_hold() {
    let folder = tempfile::tempdir().unwrap();
    let files = self_signed(folder.path(), "a");
    let (absent, empty) = (folder.path().join("absent"), folder.path().join("empty"));
    std::fs::write(&empty, "nothing").unwrap();
    for (certificate, key, client_roots, says) in [
        (&absent, &files.key, None, "absent` cannot be read"),
        (&files.certificate, &absent, None, "absent` cannot be read"),
        (
            &empty,
            &files.key,
            None,
            "empty` holds no certificate in PEM",
        ),
        (
            &files.key,
            &files.key,
            None,
            "a.key` holds no certificate in PEM",
        ),
        (
            &files.certificate,
            &empty,
            None,
            "empty` holds no private key that is not encrypted in PEM",
        ),
        (
            &files.certificate,
            &files.certificate,
            None,
            "a.pem` holds no private key",
        ),
        (
            &files.certificate,
            &files.key,
            Some(&empty),
            "empty` holds no certificate in PEM",
        ),
    ] {
        let said = refusal(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
            client_roots: client_roots.cloned(),
        });
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (files, other) = (
        self_signed(folder.path(), "a"),
        self_signed(folder.path(), "b"),
    );
    let key = other.key.clone();
    let said = refusal(TlsFiles {
        key,
        ..files.clone()
    });
    assert!(
        said.ends_with("do not go together: the key is another certificate's"),
        "{said}"
    );

    let tls = Tls::read(files.clone()).unwrap();
    let first = tls.acceptor.load_full();
    // in the middle of a renewal
    std::fs::copy(&other.certificate, &files.certificate).unwrap();
    tls.renew();
    assert!(Arc::ptr_eq(&first, &tls.acceptor.load_full()));
    std::fs::copy(&other.key, &files.key).unwrap();
    tls.renew();
    assert!(!Arc::ptr_eq(&first, &tls.acceptor.load_full()));
}
