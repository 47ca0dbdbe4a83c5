//! `veilgate keys export`: a public key, for the key ring.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use base64_simd::STANDARD;
use proxy::Kms;

use super::write_new;
use crate::AnyError;

/// Arguments of `veilgate keys export`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The KMS key: id, ARN or alias.
    #[arg(long, value_name = "ID")]
    kms_key: String,
    /// Where to write it; without, to standard output. A file that is there is not replaced.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let kms_key = &arguments.kms_key;
    let der = Kms::default().public_key(kms_key).await;
    let der = der.map_err(|fault| {
        format!(
            "KMS did not give the public key of `{kms_key}`: {fault}; it must be an RSA or P-256 key on which you may `kms:GetPublicKey`"
        )
    })?;
    let pem = pem(&der);
    match &arguments.output {
        Some(file) => write_new(file, &pem)?,
        None => io::stdout().write_all(pem.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// RFC 7468, section 2: lines of 64 characters.
pub(crate) fn pem(der: &[u8]) -> String {
    let mut text = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    // 48 bytes are 64 characters
    for line in der.chunks(48) {
        STANDARD.encode_append(line, &mut text);
        text.push('\n');
    }
    text + "-----END PUBLIC KEY-----\n"
}
