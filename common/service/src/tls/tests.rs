#![allow(clippy::unwrap_used, reason = "tests")]

use authority::{Authority, Issued};

use super::*;

fn files(issued: Issued) -> TlsFiles {
    TlsFiles {
        certificate: issued.certificate,
        key: issued.key,
        client_roots: None,
    }
}

fn refusal(files: TlsFiles) -> String {
    Tls::read(files).unwrap_err().to_string()
}

#[test]
fn files_that_go_together_are_taken() {
    let authority = Authority::new();
    let files = files(authority.issue("a", "IP:127.0.0.1"));
    let tls = Tls::read(files.clone()).unwrap();
    assert!(!format!("{tls:?}").contains("PRIVATE"));
    let client_roots = Some(authority.root());
    Tls::read(TlsFiles {
        client_roots,
        ..files
    })
    .unwrap();
}

#[test]
fn each_refusal_names_the_file_and_what_it_should_hold() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let files = files(authority.issue("a", "IP:127.0.0.1"));
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
            "empty` holds no unencrypted private key in PEM",
        ),
        (
            &files.certificate,
            &files.certificate,
            None,
            "a.pem` holds no unencrypted private key",
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
    let authority = Authority::new();
    let [files, other] = ["a", "b"].map(|name| files(authority.issue(name, "IP:127.0.0.1")));
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
