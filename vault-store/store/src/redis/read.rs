//! What the detokenize service reads.

use super::wire::{Keyed, Wire};
use super::{answer, names, value};
use crate::{DataKeyId, Head, Record, RecordKey, roles::Result};

/// The heads of data keys.
pub(super) async fn data_keys(wire: &Wire, ids: &[DataKeyId]) -> Result<Vec<Option<Head>>> {
    let get = ids.iter().map(|id| Keyed::new("GET", &names::data_key(id)));
    let answers = wire.read(get.collect()).await?.into_iter();
    let head = |each| Ok(answer::bytes(Some(each))?.map(Vec::into_boxed_slice));
    answers.map(head).collect()
}

/// Records that have not expired.
pub(super) async fn records(wire: &Wire, keys: &[RecordKey]) -> Result<Vec<Option<Record>>> {
    let get = keys.iter().flat_map(|key| {
        let name = names::record(&key.space, &key.token);
        [Keyed::new("GET", &name), Keyed::new("PEXPIRETIME", &name)]
    });
    let mut answers = wire.read(get.collect()).await?.into_iter();
    let mut all = Vec::with_capacity(keys.len());
    for _ in keys {
        let kept = answer::bytes(answers.next())?;
        // gone where it expired between the two
        let expires = answer::expiry(answers.next())?;
        let record = kept
            .zip(expires)
            .map(|(kept, expires)| value::decode(&kept, expires));
        all.push(record.transpose()?);
    }
    Ok(all)
}

/// Whether tokens name records that have not expired. Reads none of them: a gateway's user may ask.
pub(super) async fn taken(wire: &Wire, keys: &[RecordKey]) -> Result<Vec<bool>> {
    let name = |key: &RecordKey| names::record(&key.space, &key.token);
    let exists = keys.iter().map(|key| Keyed::new("EXISTS", &name(key)));
    let answers = wire.read(exists.collect()).await?.into_iter();
    answers
        .map(|each| Ok(answer::count(Some(each))? > 0))
        .collect()
}
