//! The audit: one JSON line for each call, numbers and names only, never a value or a token.
//!
//! Fail closed: a line that says what is about to be revealed is written before the first byte
//! leaves. Answers that are sent whole have one line, before the answer. A streamed answer has two:
//! `started` before it begins, and one with its numbers before its last chunk; if that one cannot
//! be written, the answer is aborted.

use crate::config::AuditTarget;
use crate::splice::Counts;
use serde::Serialize;
use service::RequestId;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::{Handle, RuntimeFlavor};
use unseal::{Identity, Usage};

/// Where lines are written to.
pub struct Audit {
    sink: Mutex<Sink>,
}

enum Sink {
    Stdout,
    File { file: File, sync: bool },
}

impl Audit {
    /// Opens the sink, at the end of what it holds.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(target: &AuditTarget) -> io::Result<Self> {
        let sink = match target {
            AuditTarget::Stdout => Sink::Stdout,
            AuditTarget::File { path, sync } => {
                let file = OpenOptions::new()
                    .append(true)
                    .create(true)
                    .mode(0o600)
                    .open(path)?;
                Sink::File { file, sync: *sync }
            }
        };
        Ok(Self {
            sink: Mutex::new(sink),
        })
    }

    fn write(&self, line: &Line<'_>) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let runtime = Handle::try_current().map(|handle| handle.runtime_flavor());
        if matches!(runtime, Ok(RuntimeFlavor::MultiThread)) {
            // Disks and pipes can be slow: other tasks of this worker go elsewhere meanwhile.
            tokio::task::block_in_place(|| self.append(&bytes))
        } else {
            self.append(&bytes)
        }
    }

    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *sink {
            Sink::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                out.flush()
            }
            Sink::File { file, sync } => {
                file.write_all(bytes)?;
                if *sync { file.sync_data() } else { Ok(()) }
            }
        }
    }
}

/// One line. The order of the fields is the order in which they are written.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    event: &'static str,
    request_id: &'a str,
    endpoint: &'static str,
    principal: Option<&'a str>,
    issuer: Option<&'a str>,
    subject: Option<&'a str>,
    outcome: &'a str,
    classes: BTreeMap<&'a str, u64>,
    revealed: u64,
    not_revealed: u64,
    kms_calls: u64,
    bytes_in: u64,
    bytes_out: u64,
}

/// One call as it goes. However it ends, its line is written: what is dropped without
/// [`Call::end`] was aborted.
pub struct Call {
    audit: Arc<Audit>,
    request_id: RequestId,
    endpoint: &'static str,
    identity: Option<Identity>,
    /// What it costs at KMS.
    pub usage: Arc<Usage>,
    /// What it reveals.
    pub counts: Counts,
    /// Bytes of the request's body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    ended: bool,
}

impl Call {
    /// A call to `endpoint` that may cost `kms_calls`.
    pub fn new(
        audit: Arc<Audit>,
        request_id: RequestId,
        endpoint: &'static str,
        kms_calls: u64,
    ) -> Self {
        Self {
            audit,
            request_id,
            endpoint,
            identity: None,
            usage: Arc::new(Usage::new(kms_calls)),
            counts: Counts::default(),
            bytes_in: 0,
            bytes_out: 0,
            ended: false,
        }
    }

    /// Who calls, once STS has vouched for it. Claims that nobody has proven are not recorded.
    pub fn identify(&mut self, identity: &Identity) {
        self.identity = Some(identity.clone());
    }

    /// Writes the line that comes before a streamed answer.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be revealed.
    pub fn start(&mut self) -> io::Result<()> {
        self.write("started", "streaming")
    }

    /// Writes the call's line.
    ///
    /// # Errors
    /// When it cannot be written: then nothing more may be revealed.
    pub fn end(&mut self, outcome: &str) -> io::Result<()> {
        self.ended = true;
        self.write("detokenize", outcome)
    }

    fn write(&mut self, event: &'static str, outcome: &str) -> io::Result<()> {
        self.counts.settle();
        let identity = self.identity.as_ref();
        let line = Line {
            time: OffsetDateTime::now_utc()
                .format(&Rfc3339)
                .unwrap_or_default(),
            event,
            request_id: self.request_id.as_str(),
            endpoint: self.endpoint,
            principal: identity.map(|identity| identity.principal.as_str()),
            issuer: identity.map(|identity| identity.issuer.as_str()),
            subject: identity.map(|identity| identity.subject.as_str()),
            outcome,
            classes: self
                .counts
                .classes
                .iter()
                .map(|(name, count)| (&**name, *count))
                .collect(),
            revealed: self.counts.revealed,
            not_revealed: self.counts.not_revealed,
            kms_calls: self.usage.kms_calls(),
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
        };
        let written = self.audit.write(&line);
        if let Err(cause) = &written {
            tracing::error!(%cause, request_id = %self.request_id, "an audit line was not written");
        }
        written
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.ended {
            // Nothing more can be revealed by this call; a line that fails is in the log.
            let _reported = self.end("aborted");
        }
    }
}
