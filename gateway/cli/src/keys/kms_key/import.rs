//! `veilgate keys import-kms-key`: a key that was made outside becomes a KMS key's material.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aws_sdk_kms::types::OriginType;
use clap::ArgGroup;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::create::{finish, make, show};
use super::plan::{Wanted, plan};
use super::wrap::Material;
use crate::AnyError;
use crate::keys::operator::Operator;

/// Arguments of `veilgate keys import-kms-key`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("material").required(true).args(["private_key", "secret_key"]))]
pub(in crate::keys) struct Arguments {
    #[command(flatten)]
    wanted: Wanted,
    /// The private key, PKCS#8 in PEM, not encrypted: RSA with `--for tokens`, P-256 with `--for
    /// signer`.
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// The 32 bytes of a symmetric key as 64 hexadecimal digits, with `--for wrapping` and `--for
    /// mac`.
    #[arg(long, value_name = "FILE")]
    secret_key: Option<PathBuf>,
    /// When KMS is to forget the key, as `2026-12-31T00:00:00Z`: within a year. Without, never.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    valid_to: Option<OffsetDateTime>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let plan = plan(&arguments.wanted, true)?;
    let material = match (&arguments.private_key, &arguments.secret_key) {
        (Some(file), _) => Material::private_key(plan.purpose, &read(file)?),
        (None, Some(file)) => Material::secret_key(plan.purpose, &read(file)?),
        (None, None) => Err("give `--private-key` or `--secret-key`".into()),
    }?;
    if arguments.wanted.dry_run {
        return show(&plan);
    }
    let operator = Operator::new().await;
    let spec = plan.purpose.spec(material.rsa);
    let arn = make(&operator, &plan, spec, OriginType::External).await?;
    if let Err(error) = bring(&operator, &arn, &material, arguments.valid_to).await {
        return Err(format!(
            "the key `{arn}` is made, but its material was not imported: {error}; delete it with `aws kms schedule-key-deletion`, and try again"
        )
        .into());
    }
    finish(&operator, &plan, &arn).await
}

async fn bring(
    operator: &Operator,
    arn: &str,
    material: &Material,
    valid_to: Option<OffsetDateTime>,
) -> Result<(), AnyError> {
    let parameters = operator
        .import_parameters(arn, material.algorithm())
        .await?;
    let wrapped = material.wrap(&parameters.public_key)?;
    let valid_to = valid_to.map(OffsetDateTime::unix_timestamp);
    let imported = operator.import(arn, parameters.token, wrapped, valid_to);
    Ok(imported.await?)
}

fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, AnyError> {
    let bytes = fs::read(file).map(Zeroizing::new);
    bytes.map_err(|error| format!("`{}` cannot be read: {error}", file.display()).into())
}

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "write a time as RFC 3339 does: `2026-12-31T00:00:00Z`".to_owned())
}
