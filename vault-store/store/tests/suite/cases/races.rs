//! However many insert one value at once, it gets one token.

use crate::backends::Vault;
use crate::support::{mac, record, space};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store::{Index, Insertion};
use tokio::task::JoinSet;

const TASKS: u64 = 64;
const VALUES: u64 = 1000;

pub(crate) async fn one_token_for_one_value(vault: &Vault) {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let writer = Arc::clone(&vault.writers[(task % 2) as usize]);
        tasks.spawn(async move {
            let space = space("pan", "acme");
            let mut answers = Vec::new();
            // each starts elsewhere, so that no writer is always the first
            let values = (0..VALUES).map(|n| (n + task * 37) % VALUES);
            let values: Vec<_> = values.collect();
            for some in values.chunks(50) {
                let token = |value| format!("{task}.{value}");
                let batch = some
                    .iter()
                    .map(|value| record(&space, &token(value), Index::Unique(mac(*value))));
                let batch: Vec<_> = batch.collect();
                let inserted = writer.insert(&batch).await.unwrap();
                for (value, insertion) in some.iter().zip(inserted) {
                    let token = match insertion {
                        Insertion::Inserted => token(value),
                        Insertion::Existing(found) => found.token.as_str().to_owned(),
                        Insertion::Collision => panic!("each token is drawn once"),
                    };
                    answers.push((*value, token));
                }
            }
            answers
        });
    }
    let mut tokens: HashMap<u64, HashSet<String>> = HashMap::new();
    for (value, token) in tasks.join_all().await.into_iter().flatten() {
        tokens.entry(value).or_default().insert(token);
    }
    assert_eq!(tokens.len() as u64, VALUES);
    let space = space("pan", "acme");
    for (value, given) in tokens {
        assert_eq!(given.len(), 1, "value {value} has the tokens {given:?}");
        let token = given.into_iter().next().unwrap();
        let found = vault.find(&space, mac(value)).await.unwrap();
        assert_eq!(found.token.as_str(), token);
        let kept = vault.read(&space, &token).await.unwrap();
        assert_eq!(kept.index, Index::Unique(mac(value)));
    }
    // who lost left nothing behind
    assert_eq!(vault.count(&space).await, VALUES);
}
