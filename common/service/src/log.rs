//! How events are written: one line each, as JSON or for people, to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object.
    Json,
    /// For people.
    Pretty,
}

impl std::str::FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err("write json or pretty"),
        }
    }
}

/// A filter that does not parse, or logs that were started before.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not in tracing's syntax: `info`, or `warn,veilgate::access=info`.
    #[error("the log filter is not understood: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// There is a subscriber already.
    #[error("logs were started already")]
    Started,
}

/// Libraries whose finer events hold heads, bodies or answers of KMS: whatever the filter says,
/// they log warnings and errors only.
const QUIET: [&str; 10] = [
    "aws_config=warn",
    "aws_runtime=warn",
    "aws_sdk_kms=warn",
    "aws_sdk_sts=warn",
    "aws_sigv4=warn",
    "aws_smithy_http_client=warn",
    "aws_smithy_runtime=warn",
    "aws_smithy_runtime_api=warn",
    "h2=warn",
    "hyper=warn",
];

/// Starts logs for the process. `format`: by default pretty on a terminal, else JSON.
/// `filter`: tracing's syntax, such as `info` or `warn,veilgate::access=info`.
///
/// # Errors
/// [`LogError`].
pub fn start(format: Option<LogFormat>, filter: &str) -> Result<(), LogError> {
    let terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal {
        LogFormat::Pretty
    } else {
        LogFormat::Json
    });
    let builder = tracing_subscriber::fmt()
        .with_env_filter(quiet(filter)?)
        .with_writer(std::io::stderr)
        .with_ansi(terminal);
    let started = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Pretty => builder.try_init(),
    };
    started.map_err(|_| LogError::Started)
}

fn quiet(filter: &str) -> Result<EnvFilter, LogError> {
    let mut whole = EnvFilter::try_new(filter)?;
    for directive in QUIET {
        whole = whole.add_directive(directive.parse()?);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn libraries_stay_quiet_whatever_the_filter_says() {
        for filter in ["trace", "h2=trace", "debug,aws_smithy_runtime=trace"] {
            let text = quiet(filter).unwrap().to_string();
            assert!(
                text.contains("h2=warn") && text.contains("aws_smithy_runtime=warn"),
                "{text}"
            );
            assert!(
                !text.contains("h2=trace") && !text.contains("runtime=trace"),
                "{text}"
            );
        }
        assert!(quiet("veilgate::access=loud").is_err());
    }
}
