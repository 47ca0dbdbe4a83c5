//! Everything that can go wrong, as sentences that say what to do.

use std::path::PathBuf;

use crate::folder::Service;

/// Why the quickstart stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The folder cannot be written or read.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something else listens already.
    #[error(
        "port {port}, which {service} needs, is taken. Is another quickstart running? \
         Stop it, or choose other ports: ./quickstart --port-base 5480"
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// Who needs it.
        service: Service,
    },
    /// A binary is not beside this one.
    #[error("{} is missing: start with ./quickstart in the project's folder, which builds it", path.display())]
    BinaryMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A binary could not be started.
    #[error("cannot start {service}: {source}")]
    Spawn {
        /// Which.
        service: Service,
        /// What the system said.
        source: std::io::Error,
    },
    /// A child ended, or did not come up.
    #[error("{service} {how}. The last lines of {}:\n{lines}", log.display())]
    Child {
        /// Which.
        service: Service,
        /// How it ended.
        how: String,
        /// Its log.
        log: PathBuf,
        /// The log's last lines, indented.
        lines: String,
    },
    /// KMS did not do what it was asked.
    #[error("KMS refused {operation}: {reason}")]
    Kms {
        /// The operation.
        operation: &'static str,
        /// Its error, in one line.
        reason: String,
    },
    /// The quickstart is not running where it was looked for.
    #[error(
        "nothing answers at {endpoint}: start ./quickstart in another terminal first \
         (and give the same --port-base here, if you gave one there)"
    )]
    NotRunning {
        /// local-kms's address.
        endpoint: String,
    },
    /// A key could not be made or read.
    #[error("cannot make or read the key {what}: {reason}")]
    Key {
        /// Which key.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

impl Failure {
    /// For `map_err` around one file.
    pub(crate) fn file(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Failure {
        let path = path.into();
        move |source| Failure::File {
            doing,
            path,
            source,
        }
    }
}
