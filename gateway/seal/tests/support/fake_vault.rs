//! A vault in memory.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{
    BoxFuture, DataKeyId, Found, Index, Insertion, Mac, NewRecord, Space, StoreError, Writer,
};

/// Remembers what it was given, and can fail.
#[derive(Default)]
pub struct FakeVault {
    pub heads: Mutex<Vec<(DataKeyId, Vec<u8>)>>,
    pub records: Mutex<Vec<NewRecord>>,
    pub calls: AtomicUsize,
    pub down: Mutex<Option<StoreError>>,
}

impl FakeVault {
    fn check(&self) -> Result<(), StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.down.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn insert_one(&self, new: &NewRecord) -> Insertion {
        let mut records = self.records.lock().unwrap();
        let space = &new.key.space;
        let same = |each: &&NewRecord| {
            matches!(new.record.index, Index::Unique(_))
                && each.key.space == *space
                && each.record.index == new.record.index
        };
        if let Some(known) = records.iter().find(same) {
            let (token, expires) = (known.key.token.clone(), known.record.expires);
            return Insertion::Existing(Found { token, expires });
        }
        if records.iter().any(|each| each.key == new.key) {
            return Insertion::Collision;
        }
        records.push(new.clone());
        Insertion::Inserted
    }
}

impl Writer for FakeVault {
    fn put_data_key<'a>(
        &'a self,
        id: DataKeyId,
        head: &'a [u8],
    ) -> BoxFuture<'a, store::Result<()>> {
        Box::pin(async move {
            self.check()?;
            self.heads.lock().unwrap().push((id, head.to_vec()));
            Ok(())
        })
    }

    fn insert<'a>(
        &'a self,
        records: &'a [NewRecord],
    ) -> BoxFuture<'a, store::Result<Vec<Insertion>>> {
        Box::pin(async move {
            self.check()?;
            Ok(records.iter().map(|new| self.insert_one(new)).collect())
        })
    }

    fn find<'a>(
        &'a self,
        values: &'a [(Space, Mac)],
    ) -> BoxFuture<'a, store::Result<Vec<Option<Found>>>> {
        Box::pin(async move {
            self.check()?;
            let records = self.records.lock().unwrap();
            let found = values.iter().map(|(space, mac)| {
                let mut all = records.iter();
                let known = all.find(|each| {
                    each.key.space == *space && each.record.index == Index::Unique(*mac)
                });
                known.map(|known| Found {
                    token: known.key.token.clone(),
                    expires: known.record.expires,
                })
            });
            Ok(found.collect())
        })
    }
}
