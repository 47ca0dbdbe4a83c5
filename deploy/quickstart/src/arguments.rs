//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Tries veilgate on loopback: gateway, detokenize service, KMS, an application and two callers.
#[derive(Debug, Parser)]
#[command(name = "quickstart", version)]
pub struct Arguments {
    /// The folder that everything is written to.
    #[arg(long, global = true, default_value = ".quickstart")]
    pub dir: PathBuf,
    /// The first of four ports that follow each other.
    #[arg(long, global = true, default_value_t = 4480, value_parser = clap::value_parser!(u16).range(1024..=65_532))]
    pub port_base: u16,
    /// What to do; without it, start everything.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What a quickstart that runs in another terminal can be told.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Gives a caller the right to reveal, in the key policy.
    Allow(Right),
    /// Takes a caller's right to reveal away, in the key policy.
    Revoke(Right),
}

/// Who, and under which key.
#[derive(Debug, clap::Args)]
pub struct Right {
    /// The caller.
    pub caller: CallerName,
    /// The key; without it, both keys.
    pub key: Option<KeyName>,
}

/// The two callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CallerName {
    /// An analyst. May reveal when the quickstart starts.
    Alice,
    /// From the support desk. May not.
    Bob,
}

/// The two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyName {
    /// For card numbers and balances.
    Payments,
    /// For what tells who somebody is.
    Identity,
}

impl CallerName {
    /// Both.
    pub const ALL: [CallerName; 2] = [CallerName::Alice, CallerName::Bob];

    /// As it stands in files and tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            CallerName::Alice => "alice",
            CallerName::Bob => "bob",
        }
    }

    /// The IAM role that the caller takes.
    pub fn role(self) -> &'static str {
        match self {
            CallerName::Alice => "analyst",
            CallerName::Bob => "support",
        }
    }
}

impl KeyName {
    /// Both.
    pub const ALL: [KeyName; 2] = [KeyName::Payments, KeyName::Identity];

    /// As it stands in the key ring.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyName::Payments => "payments",
            KeyName::Identity => "identity",
        }
    }

    /// As it stands in KMS.
    pub fn alias(self) -> String {
        format!("alias/{}", self.as_str())
    }
}
