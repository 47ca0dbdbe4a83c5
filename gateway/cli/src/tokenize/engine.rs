//! A policy and its keys, ready to make tokens.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use policies::Policy;
use proxy::config::{self, Config};
use proxy::keys::Keys;
use proxy::{Kms, Vaults};
use rewrite::Rewriter;
use scan::Plan;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::document::DocumentKind;
use crate::{AnyError, say};

/// A policy and its keys. Worker threads share it, so that they share epochs too.
#[derive(Debug)]
pub(crate) struct Engine {
    rewriter: Arc<Rewriter>,
    /// Connections to KMS live here, on a thread of their own: on a worker's they would stand still
    /// while it reads and writes files.
    runtime: Runtime,
    policy_digest: String,
    tenant: String,
}

impl Engine {
    /// Reads the gateway's configuration, and its keys.
    pub(crate) fn load(
        config: &Path,
        route: Option<&str>,
        policy: Option<&Path>,
        tenant: &str,
    ) -> Result<Self, AnyError> {
        let config = config::load(config)?;
        config.warnings.iter().for_each(|warning| say(warning));
        let policy = match (policy, route) {
            (Some(file), _) => Arc::new(policy_of_file(file)?),
            (None, route) => policy_of_route(&config, route.unwrap_or_default())?,
        };
        let Some(sealing) = &config.sealing else {
            return Err("the configuration names no keys: it needs a route with a policy".into());
        };
        policy.check_keys(&sealing.ring)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let policies = [policy.clone()];
        let keys = runtime.block_on(Keys::load(
            sealing,
            &policies,
            &Kms::default(),
            &Vaults::default(),
        ))?;
        let sealer = keys.sealer(&policy)?;
        if policy.tenant_rule().is_some() && !tenant.is_empty() {
            return Err(
                "the policy takes the tenant from each record: leave `--tenant` out".into(),
            );
        }
        let policy_digest = hex_digest(format!("{tenant}\0{policy:?}").as_bytes());
        let plan = Arc::new(Plan::compile(policy)?);
        Ok(Self {
            rewriter: Arc::new(Rewriter::new(plan, sealer)),
            runtime,
            policy_digest,
            tenant: tenant.to_owned(),
        })
    }

    /// Whose the values are; empty without tenants.
    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// What makes tokens.
    pub(crate) fn rewriter(&self) -> &Arc<Rewriter> {
        &self.rewriter
    }

    /// Where to run what may have to wait for KMS.
    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// Runs to its end what may have to wait for KMS.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Changes when the policy does, or what a document is taken for: 64 hexadecimal digits.
    pub(crate) fn digest(&self, kind: Option<&DocumentKind>) -> String {
        hex_digest(format!("{} {kind:?}", self.policy_digest).as_bytes())
    }
}

fn policy_of_file(file: &Path) -> Result<Policy, AnyError> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    let policy = policies::compile_policy(&name, &text)?;
    policy.warnings().iter().for_each(|warning| say(warning));
    Ok(policy)
}

fn policy_of_route(config: &Config, name: &str) -> Result<Arc<Policy>, AnyError> {
    let route = config.routes.iter().find(|route| &*route.name == name);
    let Some(route) = route else {
        let names: Vec<_> = config.routes.iter().map(|route| &*route.name).collect();
        let known = names.join("`, `");
        return Err(format!("there is no route `{name}`: there is `{known}`").into());
    };
    let policy = route.policy.and_then(|policy| config.policies.get(policy));
    let policy = policy.ok_or_else(|| format!("the route `{name}` has no policy"))?;
    Ok(policy.clone())
}

fn hex_digest(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        // writing to a text cannot fail
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
