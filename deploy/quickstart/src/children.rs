//! The services that run as processes of their own: started, watched, stopped by their process id.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::failure::Failure;
use crate::folder::{Folder, Ports, Service};
use crate::kms::REGION;

/// Each service prints this, and its address, once it can be used.
const READY: &str = "listening on http://";
const READY_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(10);
const LOG_LINES_SHOWN: usize = 12;

/// One running service.
pub(crate) struct Running {
    service: Service,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a service in `config/`, its output going to its log, and waits until it listens.
    pub(crate) async fn start(
        service: Service,
        mut command: Command,
        folder: &Folder,
    ) -> Result<Self, Failure> {
        let log = folder.log(service);
        let output = File::create(&log).map_err(Failure::file("write", &log))?;
        let errors = output.try_clone().map_err(Failure::file("write", &log))?;
        let child = command
            .current_dir(folder.config())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true)
            // A group of its own: Ctrl-C in the terminal reaches this process, which stops the others in order.
            .process_group(0)
            .spawn()
            .map_err(|source| Failure::Spawn { service, source })?;
        let mut running = Self {
            service,
            child,
            log,
        };
        match timeout(READY_WITHIN, running.ready()).await {
            Ok(Ok(())) => Ok(running),
            Ok(Err(failure)) => Err(failure),
            Err(_) => {
                let failure = running.failure("does not listen after 30 s".to_owned());
                running.stop().await;
                Err(failure)
            }
        }
    }

    async fn ready(&mut self) -> Result<(), Failure> {
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.ended(status));
            }
            if fs::read_to_string(&self.log).is_ok_and(|log| log.contains(READY)) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the service ends of itself, which it never should.
    pub(crate) async fn watch(&mut self) -> Failure {
        match self.child.wait().await {
            Ok(status) => self.ended(status),
            Err(error) => self.failure(format!("cannot be watched: {error}")),
        }
    }

    /// Asks the service to stop; after 10 s, makes it.
    pub(crate) async fn stop(&mut self) {
        let Some(pid) = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
        else {
            return;
        };
        let _ = kill_process(pid, Signal::TERM);
        if timeout(STOP_WITHIN, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    fn ended(&self, status: ExitStatus) -> Failure {
        self.failure(format!("stopped of itself ({status})"))
    }

    fn failure(&self, how: String) -> Failure {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        Failure::Child {
            service: self.service,
            how,
            log: self.log.clone(),
            lines: last_lines(&log),
        }
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let skipped = lines.len().saturating_sub(LOG_LINES_SHOWN);
    lines
        .iter()
        .skip(skipped)
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The gateway has public keys on file, and neither credentials nor a way to KMS.
pub(crate) fn gateway() -> Result<Command, Failure> {
    let mut command = command(Service::Gateway)?;
    command.args(["--config", "gateway.yaml"]);
    Ok(command)
}

/// The detokenize service has no credentials of its own: it only ever uses its callers'.
pub(crate) fn detokenize(ports: Ports) -> Result<Command, Failure> {
    let mut command = command(Service::Detokenize)?;
    command
        .args(["--config", "detokenize.yaml"])
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL_KMS", ports.url(Service::LocalKms))
        .env("AWS_ENDPOINT_URL_STS", ports.url(Service::LocalKms));
    Ok(command)
}

/// KMS and STS.
pub(crate) fn local_kms(ports: Ports) -> Result<Command, Failure> {
    let mut command = command(Service::LocalKms)?;
    command
        .args([
            "--config",
            "local-kms.yaml",
            "--state",
            "../local-kms",
            "--listen",
        ])
        .arg(ports.address(Service::LocalKms));
    Ok(command)
}

/// Without this process's environment: what a service has, it has by its configuration.
fn command(service: Service) -> Result<Command, Failure> {
    let mut command = Command::new(binary(service)?);
    command.env_clear();
    if let Some(filter) = std::env::var_os("RUST_LOG") {
        command.env("RUST_LOG", filter);
    }
    Ok(command)
}

/// The services' binaries lie beside this one.
fn binary(service: Service) -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(Failure::file("find", "this program"))?;
    let folder = own.parent().unwrap_or(Path::new("."));
    let path = folder.join(format!("veilgate-{service}"));
    if path.is_file() {
        Ok(path)
    } else {
        Err(Failure::BinaryMissing { path })
    }
}
