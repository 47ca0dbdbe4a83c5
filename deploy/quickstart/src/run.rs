//! The order of things: check the ports, start KMS, make keys, write configuration, start the rest,
//! show the screen, wait, stop.

use std::io::{self, Write as _};

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::application;
use crate::arguments::{Arguments, CallerName, Command, KeyName, Right};
use crate::callers::write_callers;
use crate::children::{self, Running};
use crate::configuration::{
    REVOKED_WITHIN_SECONDS, write_for_aws_cli, write_local_kms, write_services,
};
use crate::failure::Failure;
use crate::folder::{Folder, Ports, Service, write};
use crate::keys::write_edge_key_and_signer;
use crate::kms::Administrator;
use crate::people::{ORDER, customers};
use crate::screen;

/// Does what the command line says.
///
/// # Errors
/// A [`Failure`], which says what to do about it. Everything that was started has been stopped.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let ports = Ports::new(arguments.port_base);
    match arguments.command {
        None => start_everything(Folder::new(arguments.dir), ports).await,
        Some(Command::Allow(right)) => change(ports, &right, Change::Allow).await,
        Some(Command::Revoke(right)) => change(ports, &right, Change::Revoke).await,
    }
}

async fn start_everything(folder: Folder, ports: Ports) -> Result<(), Failure> {
    // Before anything is written or started: a signal from here on stops in order.
    let stop = stop_signal()?;
    for service in Service::ALL {
        free(ports, service).await?;
    }
    let mut everything = Everything::default();
    let outcome = tokio::select! {
        outcome = everything.start_and_watch(&folder, ports) => outcome,
        () = stop => { say("\nStopping.\n"); Ok(()) }
    };
    everything.stop().await;
    outcome
}

/// What runs.
#[derive(Default)]
struct Everything {
    children: Vec<Running>,
    application: Option<JoinHandle<()>>,
}

impl Everything {
    /// Returns only when something fails.
    async fn start_and_watch(&mut self, folder: &Folder, ports: Ports) -> Result<(), Failure> {
        self.start(folder, ports).await?;
        say(&screen::lines(folder.root(), ports));
        let watches = self
            .children
            .iter_mut()
            .map(|child| Box::pin(child.watch()));
        let (failure, ..) = futures_util::future::select_all(watches).await;
        Err(failure)
    }

    async fn start(&mut self, folder: &Folder, ports: Ports) -> Result<(), Failure> {
        folder.create()?;
        write(&folder.root().join("order.json"), ORDER)?;
        write(&folder.root().join("customers.json"), customers())?;
        write_callers(folder)?;
        write_edge_key_and_signer(folder)?;
        write_local_kms(folder)?;
        write_for_aws_cli(folder, ports)?;
        self.start_child(Service::LocalKms, children::local_kms(ports)?, folder)
            .await?;

        let keys = Administrator::new(ports.url(Service::LocalKms))
            .set_up(folder)
            .await?;
        write_services(folder, ports, &keys)?;
        let listener = free(ports, Service::Application).await?;
        self.application = Some(tokio::spawn(application::serve(listener)));
        self.start_child(Service::Gateway, children::gateway()?, folder)
            .await?;
        self.start_child(Service::Detokenize, children::detokenize(ports)?, folder)
            .await
    }

    async fn start_child(
        &mut self,
        service: Service,
        command: tokio::process::Command,
        folder: &Folder,
    ) -> Result<(), Failure> {
        self.children
            .push(Running::start(service, command, folder).await?);
        Ok(())
    }

    /// The last that was started stops first.
    async fn stop(&mut self) {
        for child in self.children.iter_mut().rev() {
            child.stop().await;
        }
        if let Some(application) = self.application.take() {
            application.abort();
        }
    }
}

/// To the screen, which may be gone: a closed terminal must not keep the services from being stopped.
fn say(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Ready on Ctrl-C, on SIGTERM, and when the terminal closes.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let listen = |kind| signal(kind).map_err(Failure::file("listen for", "signals"));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
            _ = hangup.recv() => (),
        }
    })
}

async fn free(ports: Ports, service: Service) -> Result<TcpListener, Failure> {
    TcpListener::bind(ports.address(service))
        .await
        .map_err(|_| Failure::PortTaken {
            port: ports.of(service),
            service,
        })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Allow,
    Revoke,
}

/// Changes key policies in the KMS of a quickstart that runs.
async fn change(ports: Ports, right: &Right, change: Change) -> Result<(), Failure> {
    let administrator = Administrator::new(ports.url(Service::LocalKms));
    for key in KeyName::ALL {
        if right.key.is_some_and(|only| only != key) {
            continue;
        }
        let mut callers: Vec<CallerName> = administrator
            .callers(key)
            .await?
            .into_iter()
            .filter(|caller| *caller != right.caller)
            .collect();
        if change == Change::Allow {
            callers.push(right.caller);
        }
        administrator.put_policy(key, &callers).await?;
        let verb = if change == Change::Allow {
            "lets"
        } else {
            "no longer lets"
        };
        say(&format!(
            "The key policy of {} {verb} {} reveal. It takes effect within {REVOKED_WITHIN_SECONDS} seconds.\n",
            key.as_str(),
            right.caller.as_str(),
        ));
    }
    Ok(())
}
