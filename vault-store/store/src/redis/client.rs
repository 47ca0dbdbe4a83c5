//! What the `redis` crate connects with: an address, a user, and TLS.

use super::fault;
use super::settings::{Address, ClientCertificate, Tls, User};
use crate::{StoreError, roles::Result};
use ::redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    RedisConnectionInfo, TlsCertificates,
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// A client of a server, which does not connect yet.
pub(super) fn client(address: &Address, user: Option<&User>, tls: Option<&Tls>) -> Result<Client> {
    let mut redis = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(user) = user {
        redis = redis.set_username(&user.name).set_password(&user.password);
    }
    let Some(tls) = tls else {
        let address = ConnectionAddr::Tcp(address.host.clone(), address.port);
        let client = info(address, redis).and_then(Client::open);
        return client.map_err(|error| fault::transport(&error));
    };
    // the redis crate takes the process's; whoever set one before us set aws-lc-rs too
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let address = ConnectionAddr::TcpTls {
        host: address.host.clone(),
        port: address.port,
        insecure: false,
        tls_params: None,
    };
    let certificates = certificates(tls)?;
    let client = info(address, redis).and_then(|info| Client::build_with_tls(info, certificates));
    client.map_err(|_| {
        StoreError::Settings(
            "the TLS files cannot be used: `roots` and `certificate` hold certificates in PEM, and `key` the private key of the latter"
                .into(),
        )
    })
}

fn certificates(tls: &Tls) -> Result<TlsCertificates> {
    for (field, pem) in [
        ("roots", tls.roots.as_ref()),
        (
            "certificate",
            tls.client.as_ref().map(|client| &client.certificate),
        ),
    ] {
        // the redis crate takes none for none that is asked for
        if pem.is_some_and(|pem| CertificateDer::pem_slice_iter(pem).next().is_none()) {
            let none = format!(
                "the file of `tls: {field}` holds no certificate in PEM: name one that does"
            );
            return Err(StoreError::Settings(none.into()));
        }
    }
    let client = |client: &ClientCertificate| ClientTlsConfig {
        client_cert: client.certificate.clone(),
        client_key: client.key.to_vec(),
    };
    Ok(TlsCertificates {
        client_tls: tls.client.as_ref().map(client),
        root_cert: tls.roots.clone(),
    })
}

fn info(
    address: ConnectionAddr,
    redis: RedisConnectionInfo,
) -> ::redis::RedisResult<ConnectionInfo> {
    Ok(address.into_connection_info()?.set_redis_settings(redis))
}
