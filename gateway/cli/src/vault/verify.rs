//! `veilgate vault verify`: is everything there that tokens are opened from?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use aws_lc_rs::digest::{SHA256, digest};
use policies::{KeyRing, KeySort};
use record::{Head, HeadKind, VaultRecord};
use serde_json::json;
use store::{DataKeyId, Item};

use super::Named;
use super::walk::Walk;
use crate::{AnyError, exit_code};

/// Most faults that are told.
const TOLD: usize = 20;

/// Arguments of `veilgate vault verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    vault: Named,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, AnyError> {
    let loaded = arguments.vault.load()?;
    let mut walk = Walk::new(loaded.keeper().await?);
    let mut found = Found::default();
    let ring = &loaded.sealing()?.ring;
    while let Some(items) = walk.next().await? {
        items.iter().for_each(|item| found.look(item, ring));
    }
    for (space, records) in walk.missing() {
        let (class, tenant) = (space.class(), space.tenant());
        let what = format!(
            "class {class}, tenant `{tenant}`: {records} tokens name a data key that is not there"
        );
        found.fault(what);
    }
    let mut output = io::stdout().lock();
    if arguments.json {
        found.print_json(&mut output)?;
    } else {
        found.print(&mut output)?;
    }
    Ok(exit_code(found.faults == 0))
}

#[derive(Default)]
struct Found {
    tokens: BTreeMap<String, u64>,
    data_keys: u64,
    faults: u64,
    told: Vec<String>,
}

impl Found {
    fn look(&mut self, item: &Item, ring: &KeyRing) {
        match item {
            Item::DataKey(id, head) => {
                self.data_keys += 1;
                if let Err(what) = check_head(*id, head, ring) {
                    self.fault(format!("data key {}: {what}", hexadecimal(&id.0)));
                }
            }
            Item::Record(key, record) => {
                let space = &key.space;
                *self.tokens.entry(space.class().to_owned()).or_default() += 1;
                if let Err(malformed) = VaultRecord::parse(&record.sealed) {
                    let (class, tenant) = (space.class(), space.tenant());
                    self.fault(format!(
                        "class {class}, tenant `{tenant}`: a record is malformed: {malformed}"
                    ));
                }
            }
        }
    }

    fn fault(&mut self, what: String) {
        self.faults += 1;
        if self.told.len() < TOLD {
            self.told.push(what);
        }
    }

    fn print(&self, output: &mut impl Write) -> io::Result<()> {
        for (class, count) in &self.tokens {
            writeln!(output, "right  class {class}: {count} tokens read")?;
        }
        writeln!(output, "right  {} data keys read", self.data_keys)?;
        for what in &self.told {
            writeln!(output, "wrong  {what}")?;
        }
        let untold = self.faults - self.told.len() as u64;
        if untold > 0 {
            writeln!(output, "wrong  and {untold} more")?;
        }
        Ok(())
    }

    fn print_json(&self, output: &mut impl Write) -> io::Result<()> {
        let document = json!({
            "tokens": self.tokens,
            "data_keys": self.data_keys,
            "faults": self.faults,
            "told": self.told,
        });
        writeln!(output, "{document:#}")
    }
}

fn check_head(id: DataKeyId, bytes: &[u8], ring: &KeyRing) -> Result<(), String> {
    let head =
        Head::parse(bytes).map_err(|malformed| format!("its head is malformed: {malformed}"))?;
    if !matches!(head.kind, HeadKind::Envelope(_)) {
        return Err("its head is not that of an envelope".to_owned());
    }
    if !digest(&SHA256, bytes).as_ref().starts_with(&id.0) {
        return Err("its head is not the one that it is named after".to_owned());
    }
    let key = ring.key(head.key_name);
    let known = key.is_some_and(|key| {
        key.sort() == KeySort::Public && key.version(head.key_version).is_some()
    });
    if !known {
        return Err(format!(
            "the key ring has no key {}: add it, or its tokens cannot be opened",
            head.key_id()
        ));
    }
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
