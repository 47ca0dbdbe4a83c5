//! SQLite's errors as ours. SQLite's own texts name tables and columns, never what is in them, but
//! are left out all the same: a code says enough.

use crate::StoreError;
use rusqlite::ErrorCode;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return Self::Corrupt("a row is not of the type that veilgate writes".into());
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full("the disk, or the file up to its limit".into()),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                Self::ReadOnly("the file or its file system".into())
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Corrupt("the file is no sound SQLite database".into())
            }
            ErrorCode::CannotOpen => Self::Settings(
                "SQLite cannot open the file: its folder must exist and be this user's to write"
                    .into(),
            ),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                Self::unavailable("another process is writing the file")
            }
            _ => Self::unavailable(format!(
                "SQLite answered with code {}",
                failure.extended_code
            )),
        }
    }
}
