//! The binary `veilgate-quickstart`.

use std::process::ExitCode;

use clap::Parser;
use quickstart::arguments::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    match quickstart::run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("quickstart: {failure}");
            ExitCode::FAILURE
        }
    }
}
