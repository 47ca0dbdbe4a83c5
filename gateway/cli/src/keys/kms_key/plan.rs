//! What is to be made, looked at before anything is made.

use std::path::PathBuf;

use policies::KeyName;

use super::policy::{self, People};
use super::purpose::Purpose;
use crate::AnyError;
use crate::keys::addition::{self, Addition, Section};

/// What both commands ask for.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// What the key is for.
    #[arg(long = "for", value_name = "PURPOSE")]
    purpose: Purpose,
    /// The key ring: a public key is written beside it, and its new lines are printed.
    #[arg(long)]
    ring: PathBuf,
    /// The name of the key, or signer, in the key ring.
    #[arg(long, value_name = "NAME")]
    key: String,
    /// Its version; by default the first, or the one after the ring's newest.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    version: Option<u16>,
    /// The alias that the KMS key gets; by default `alias/veilgate/NAME-N`.
    #[arg(long)]
    alias: Option<String>,
    #[command(flatten)]
    people: People,
    /// Print the key policy, and make nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// A KMS key that can be made: nothing in the ring or on disk is in its way.
pub(super) struct Plan<'a> {
    pub(super) purpose: Purpose,
    pub(super) alias: String,
    pub(super) policy: String,
    pub(super) description: String,
    /// Where the public key goes, if there is one.
    pub(super) public_key: Option<PathBuf>,
    /// What the ring gets, but for the KMS key's ARN.
    pub(super) addition: Addition<'a>,
}

/// # Errors
/// What is in the way.
pub(super) fn plan(wanted: &Wanted, imported: bool) -> Result<Plan<'_>, AnyError> {
    let purpose = wanted.purpose;
    let key = addition::name(&wanted.key)?;
    let section = match purpose {
        Purpose::Tokens => Section::PublicKeys,
        Purpose::Wrapping => Section::WrappedKeys,
        Purpose::Signer => Section::Signers,
        Purpose::Mac => Section::MacKeys,
    };
    let addition = Addition::new(&wanted.ring, section, &wanted.key, wanted.version)?;
    let version = addition.version;
    let policy = policy::write(&wanted.people, purpose, &wanted.key, imported)?;
    let public_key = purpose
        .has_public_key()
        .then(|| wanted.ring.with_file_name(public_key_name(&key, version)));
    if let Some(file) = public_key.as_ref().filter(|file| file.exists()) {
        let file = file.display();
        return Err(format!(
            "`{file}` is there already, and is not replaced: add it to the key ring, or give another `--version`"
        )
        .into());
    }
    let alias = wanted.alias.clone();
    Ok(Plan {
        purpose,
        alias: alias.unwrap_or_else(|| purpose.alias(&wanted.key, version)),
        policy: serde_json::to_string_pretty(&policy)?,
        description: purpose.description(&wanted.key, version),
        public_key,
        addition,
    })
}

/// What a version's public key is called beside the ring.
fn public_key_name(key: &KeyName, version: u16) -> String {
    format!("{key}.{version}.pem")
}
