//! `veilgate keys check`: does KMS answer for all that a key ring says?

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use policies::{Key, KeyRing, KeySource, KeyVersion, SignerKey, SignerVersion};
use proxy::Kms;
use proxy::config::{Sealing, SignerKeySource};
use proxy::keys::{
    KeysError, confirm_mac, confirm_public, confirm_signer, local_signer, unwrap_secret,
};

use super::source::{Known, Source};
use crate::{AnyError, exit_code};

/// Arguments of `veilgate keys check`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let kms = Kms::default();
    let mut doctor = Doctor {
        output: io::stdout().lock(),
        kms: &kms,
        well: true,
    };
    let known = arguments.source.read()?;
    let sealing = match &known {
        Known::Gateway(sealing, _) => Some(&**sealing),
        Known::Ring(_) => None,
    };
    doctor.examine(known.ring(), sealing).await?;
    Ok(exit_code(doctor.well))
}

/// Says of each key what it found, as it finds it.
struct Doctor<'k, W> {
    output: W,
    kms: &'k Kms,
    well: bool,
}

impl<W: Write> Doctor<'_, W> {
    async fn examine(&mut self, ring: &KeyRing, sealing: Option<&Sealing>) -> io::Result<()> {
        for key in ring.keys() {
            for version in &key.versions {
                let found = self.key(key, version).await;
                self.tell("key", key.name.as_str(), version.version, found)?;
            }
        }
        for signer in ring.signers() {
            for version in &signer.versions {
                let found = self.signer(signer, version, sealing).await;
                self.tell("signer", signer.name.as_str(), version.version, found)?;
            }
        }
        Ok(())
    }

    async fn key(&self, key: &Key, version: &KeyVersion) -> Result<String, KeysError> {
        let kms_key = &version.kms_key;
        match &version.source {
            KeySource::Wrapped(path) => {
                unwrap_secret(key, version, path, self.kms).await?;
                Ok(format!("`{}` unwraps with `{kms_key}`", path.display()))
            }
            KeySource::Mac => {
                confirm_mac(key, version, self.kms).await?;
                Ok(format!("`{kms_key}` makes MACs"))
            }
            KeySource::Public(path) => {
                confirm_public(key, version, self.kms).await?;
                Ok(match path {
                    Some(path) => format!("`{}` is the public key of `{kms_key}`", path.display()),
                    None => format!("KMS gives the public key of `{kms_key}`"),
                })
            }
        }
    }

    async fn signer(
        &self,
        signer: &SignerKey,
        version: &SignerVersion,
        sealing: Option<&Sealing>,
    ) -> Result<String, KeysError> {
        confirm_signer(signer, version, self.kms).await?;
        let public = version.public_key.as_deref().unwrap_or(Path::new(""));
        let public = public.display();
        if let Some((sealing, private)) = private_key(signer, version, sealing) {
            local_signer(sealing, private)?;
            let private = private.display();
            return Ok(format!("`{private}` is the private key of `{public}`"));
        }
        Ok(match &version.kms_key {
            Some(kms_key) => format!("`{kms_key}` signs, and `{public}` verifies"),
            None => format!("`{public}` is a public key; only its gateway has the private one"),
        })
    }

    fn tell(
        &mut self,
        what: &str,
        name: &str,
        version: u16,
        found: Result<String, KeysError>,
    ) -> io::Result<()> {
        match found {
            Ok(found) => writeln!(
                self.output,
                "right  {what} {name} version {version}: {found}"
            ),
            Err(error) => {
                self.well = false;
                // errors begin with the key; a line is one line
                let error = error.to_string().replace('\n', " ");
                writeln!(self.output, "wrong  {error}")
            }
        }
    }
}

/// The private key's file, where this version is the one that the configuration signs with.
fn private_key<'s>(
    signer: &SignerKey,
    version: &SignerVersion,
    sealing: Option<&'s Sealing>,
) -> Option<(&'s Sealing, &'s Path)> {
    let sealing = sealing?;
    let choice = &sealing.signer;
    match &choice.key {
        SignerKeySource::File(path)
            if signer.name == choice.name.as_str() && version.version == choice.version =>
        {
            Some((sealing, path))
        }
        SignerKeySource::File(_) | SignerKeySource::Kms(_) => None,
    }
}
