//! Vaults in SQLite, with something in them.

use aws_lc_rs::digest::{SHA256, digest};
use record::{KeyId, ValueType, head, vault};
use store::sqlite::{Settings, Sqlite, SqliteReader};
use store::{
    DataKeyId, Index, NewRecord, Reader, Record, RecordKey, Space, Timestamp, Token, Writer,
};
use tokio::runtime::Runtime;

use crate::support::Folder;

/// A vault, written as a gateway writes it.
pub(crate) struct Filler {
    pub(crate) runtime: Runtime,
    pub(crate) vault: Sqlite,
    reader: SqliteReader,
    head: DataKeyId,
}

impl Filler {
    pub(crate) fn new(folder: &Folder, file: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let settings = Settings::new(folder.path(file));
        let vault = runtime.block_on(async { Sqlite::open(&settings).unwrap() });
        let mut filler = Self {
            runtime,
            vault,
            reader: SqliteReader::open(&settings).unwrap(),
            head: DataKeyId([0; 16]),
        };
        filler.head = filler.data_key("payments");
        filler
    }

    pub(crate) fn data_key(&self, key: &str) -> DataKeyId {
        let bound = head::build_bound(&KeyId::new(key, 1), 7).unwrap();
        let head = head::build_envelope(&bound, &[1; 32], &[2; 256]).unwrap();
        let id = digest(&SHA256, &head).as_ref()[..16].try_into().unwrap();
        self.head(DataKeyId(id), &head);
        DataKeyId(id)
    }

    pub(crate) fn head(&self, id: DataKeyId, head: &[u8]) {
        self.runtime
            .block_on(self.vault.put_data_key(id, head))
            .unwrap();
    }

    pub(crate) fn sealed(&self) -> Vec<u8> {
        let mut sealed = vault::build_start(ValueType::Text, &self.head.0, &[3; 12], &[]).unwrap();
        sealed.extend_from_slice(&[4; 30]);
        sealed
    }

    pub(crate) fn add(&self, class: &str, tenant: &str, token: &str, index: Index) {
        self.add_sealed(class, tenant, token, index, &self.sealed());
    }

    pub(crate) fn add_sealed(
        &self,
        class: &str,
        tenant: &str,
        token: &str,
        index: Index,
        sealed: &[u8],
    ) {
        self.insert(class, tenant, token, index, sealed, None);
    }

    pub(crate) fn insert(
        &self,
        class: &str,
        tenant: &str,
        token: &str,
        index: Index,
        sealed: &[u8],
        expires: Option<u64>,
    ) {
        let record = NewRecord {
            key: key(class, tenant, token),
            record: Record {
                sealed: sealed.into(),
                created: Timestamp::from_millis(1),
                expires: expires.map(Timestamp::from_millis),
                index,
            },
            renew: false,
        };
        let records = [record];
        let inserted = self.runtime.block_on(self.vault.insert(&records)).unwrap();
        assert_eq!(inserted, [store::Insertion::Inserted]);
    }

    pub(crate) fn has(&self, class: &str, tenant: &str, token: &str) -> bool {
        let keys = [key(class, tenant, token)];
        let found = self.runtime.block_on(self.reader.records(&keys)).unwrap();
        found[0].is_some()
    }
}

fn key(class: &str, tenant: &str, token: &str) -> RecordKey {
    RecordKey {
        space: Space::new(class, tenant).unwrap(),
        token: Token::new(token).unwrap(),
    }
}
