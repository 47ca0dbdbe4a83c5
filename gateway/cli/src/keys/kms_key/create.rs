//! `veilgate keys create-kms-key`, and what is said of a KMS key that was made.

use std::io::{self, Write};
use std::process::ExitCode;

use aws_sdk_kms::types::{KeySpec, OriginType};
use proxy::keys::Refusal;

use super::plan::{Plan, Wanted, plan};
use super::purpose::{Purpose, RsaSpec};
use crate::keys::export::pem;
use crate::keys::operator::Operator;
use crate::keys::write_new;
use crate::{AnyError, say};

/// Arguments of `veilgate keys create-kms-key`.
#[derive(Debug, clap::Args)]
pub(in crate::keys) struct Arguments {
    #[command(flatten)]
    wanted: Wanted,
    /// The size of an RSA key, with `--for tokens`.
    #[arg(long, value_name = "SPEC", default_value = "RSA_3072")]
    spec: RsaSpec,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let plan = plan(&arguments.wanted, false)?;
    if arguments.wanted.dry_run {
        return show(&plan);
    }
    let operator = Operator::new().await;
    let spec = plan.purpose.spec(arguments.spec);
    let arn = make(&operator, &plan, spec, OriginType::AwsKms).await?;
    finish(&operator, &plan, &arn).await
}

/// Prints the key policy of what would be made.
pub(super) fn show(plan: &Plan<'_>) -> Result<ExitCode, AnyError> {
    writeln!(io::stdout(), "{}", plan.policy)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the KMS key; its ARN.
pub(super) async fn make(
    operator: &Operator,
    plan: &Plan<'_>,
    spec: KeySpec,
    origin: OriginType,
) -> Result<String, AnyError> {
    if operator.has_alias(&plan.alias).await {
        let alias = &plan.alias;
        return Err(format!(
            "`{alias}` names a KMS key already, and is not moved: give another `--alias`"
        )
        .into());
    }
    let made = operator.create_key(
        plan.purpose.usage(),
        spec,
        origin,
        &plan.policy,
        &plan.description,
    );
    made.await.map_err(|fault| {
        let help = match fault.refusal {
            Some(Refusal::KeyPolicy) => {
                "; KMS refuses a policy that would lock out whoever puts it, and one with a principal that does not exist: be one of the `--administrator`s (`aws sts get-caller-identity` says who you are), and look at each ARN; `--dry-run` shows the policy"
            }
            Some(Refusal::Denied) => {
                "; it takes `kms:CreateKey` in your own IAM policies"
            }
            Some(Refusal::Ciphertext) | None => "",
        };
        format!("KMS made no key: {fault}{help}").into()
    })
}

/// Gives the key its alias, writes its public key, and says what the ring gets.
pub(super) async fn finish(
    operator: &Operator,
    plan: &Plan<'_>,
    arn: &str,
) -> Result<ExitCode, AnyError> {
    let alias = &plan.alias;
    if let Err(fault) = operator.create_alias(alias, arn).await {
        return Err(format!(
            "the key `{arn}` is made, but has no alias: {fault}; it takes `kms:CreateAlias` in your own IAM policies: make the alias `{alias}` with `aws kms create-alias`, or delete the key with `aws kms schedule-key-deletion`"
        )
        .into());
    }
    say(&format_args!("made `{arn}`, with the alias `{alias}`"));
    if let Some(file) = &plan.public_key {
        let der = operator.public_key(arn).await.map_err(|fault| {
            format!("KMS did not give its public key: {fault}; `veilgate keys export --kms-key {arn}` gets it")
        })?;
        write_new(file, &pem(&der))?;
        say(&format_args!("wrote `{}`", file.display()));
    }
    if plan.purpose == Purpose::Wrapping {
        let (ring, name) = (plan.addition.ring.display(), plan.addition.name);
        say(&format_args!(
            "next, have it wrap a key: veilgate keys create --ring {ring} --key {name} --kms-key {arn}"
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let mut fields = match plan.purpose {
        Purpose::Mac => vec![("mac_key", arn)],
        Purpose::Tokens | Purpose::Signer | Purpose::Wrapping => vec![("kms_key", arn)],
    };
    let file = plan.public_key.as_ref().and_then(|file| file.file_name());
    let file = file.map(|name| name.to_string_lossy().into_owned());
    if let Some(file) = &file {
        fields.push(("public_key", file));
    }
    say(&format_args!("{}:", plan.addition.place()));
    io::stdout().write_all(plan.addition.lines(&fields).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
