//! What the detokenize service reads of two vaults.

use crate::roles::{BoxFuture, Reader, Result};
use crate::{DataKeyId, Head, Record, RecordKey};
use std::sync::Arc;

/// Two vaults as one, to read: [`Reader`].
pub struct LayeredReader {
    new: Arc<dyn Reader>,
    previous: Arc<dyn Reader>,
}

impl LayeredReader {
    /// `new` is asked first, and `previous` for what it does not have.
    pub fn new(new: Arc<dyn Reader>, previous: Arc<dyn Reader>) -> Self {
        Self { new, previous }
    }
}

impl Reader for LayeredReader {
    fn data_keys<'a>(&'a self, ids: &'a [DataKeyId]) -> BoxFuture<'a, Result<Vec<Option<Head>>>> {
        Box::pin(async move {
            let mut all = self.new.data_keys(ids).await?;
            let missing = missing(ids, &all);
            if !missing.is_empty() {
                fill(&mut all, self.previous.data_keys(&missing).await?);
            }
            Ok(all)
        })
    }

    fn records<'a>(&'a self, keys: &'a [RecordKey]) -> BoxFuture<'a, Result<Vec<Option<Record>>>> {
        Box::pin(async move {
            let mut all = self.new.records(keys).await?;
            let missing = missing(keys, &all);
            if !missing.is_empty() {
                fill(&mut all, self.previous.records(&missing).await?);
            }
            Ok(all)
        })
    }
}

fn missing<K: Clone, T>(keys: &[K], all: &[Option<T>]) -> Vec<K> {
    let missing = keys.iter().zip(all).filter(|(_, found)| found.is_none());
    missing.map(|(key, _)| key.clone()).collect()
}

fn fill<T>(all: &mut [Option<T>], previous: Vec<Option<T>>) {
    let places = all.iter_mut().filter(|found| found.is_none());
    places
        .zip(previous)
        .for_each(|(place, found)| *place = found);
}
