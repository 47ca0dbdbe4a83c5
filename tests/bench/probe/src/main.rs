//! Measures in-process rates for `tests/bench`: each subcommand prints one JSON object of rates,
//! a list with one figure for each round. All time is CPU time of this process.

mod detect;
mod input;
mod jaq;
mod meter;
mod open;
mod raw;
mod rewrite;
mod scan;
mod setup;
mod tokens;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures in-process rates and prints them as JSON.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// CPU seconds of one turn.
    #[arg(long, global = true, default_value_t = 0.3)]
    seconds: f64,
    /// How many turns each workload has; they alternate.
    #[arg(long, global = true, default_value_t = 7)]
    rounds: usize,
}

#[derive(Subcommand)]
enum What {
    /// `rsa` and `envelope` tokens beside what aws-lc-rs does bare, per second.
    Tokens {
        #[command(flatten)]
        keys: setup::KeyFiles,
        /// A policy whose first class is of kind rsa.
        #[arg(long)]
        rsa_policy: PathBuf,
        /// A policy whose first class is of kind envelope.
        #[arg(long)]
        envelope_policy: PathBuf,
    },
    /// The scanner alone, bytes per second.
    Scan {
        #[arg(long)]
        policy: PathBuf,
        #[command(flatten)]
        document: input::Document,
    },
    /// The scanner and a sink that writes a constant token for each value, bytes of input per second.
    Splice {
        #[arg(long)]
        policy: PathBuf,
        /// A filter for jaq, which then takes turns.
        #[arg(long)]
        jaq: Option<String>,
        #[command(flatten)]
        document: input::Document,
    },
    /// Text searched with twenty detectors, with all, and with one regular expression, bytes per second.
    Detect {
        /// What is searched in the place of made-up letters; its extension tells its format.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Scanner and sealer together, bytes of input per second.
    Rewrite {
        #[command(flatten)]
        keys: setup::KeyFiles,
        #[arg(long)]
        policy: PathBuf,
        #[command(flatten)]
        document: input::Document,
    },
    /// Values out of tokens with their data keys cached, per second.
    Open {
        #[command(flatten)]
        keys: setup::KeyFiles,
        #[arg(long)]
        policy: PathBuf,
        /// The private key of the ring's only key, PKCS#8 PEM: it stands in for KMS.
        #[arg(long)]
        private_key: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(rates) => {
            println!("{}", rates.to_json());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<meter::Rates, Box<dyn Error>> {
    let meter = meter::Meter {
        seconds: arguments.seconds,
        rounds: arguments.rounds,
    };
    match arguments.what {
        What::Tokens {
            keys,
            rsa_policy,
            envelope_policy,
        } => tokens::measure(meter, &keys, &rsa_policy, &envelope_policy),
        What::Scan { policy, document } => scan::measure(meter, &policy, &document),
        What::Splice {
            policy,
            jaq,
            document,
        } => scan::measure_splice(meter, &policy, jaq.as_deref(), &document),
        What::Detect { file } => detect::measure(meter, file.map(input::Document::from)),
        What::Rewrite {
            keys,
            policy,
            document,
        } => rewrite::measure(meter, &keys, &policy, &document),
        What::Open {
            keys,
            policy,
            private_key,
        } => open::measure(meter, &keys, &policy, &private_key),
    }
}
