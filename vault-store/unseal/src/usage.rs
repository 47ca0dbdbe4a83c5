//! What one request has cost, and may cost, at KMS.

use crate::error::OpenError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts one request's KMS calls and stops it at a limit.
#[derive(Debug)]
pub struct Usage {
    limit: u64,
    asked: AtomicU64,
    kms_calls: AtomicU64,
}

impl Usage {
    /// For a request that may ask KMS `limit` times.
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            asked: AtomicU64::new(0),
            kms_calls: AtomicU64::new(0),
        }
    }

    /// KMS calls that this request has made. A call that it merely waited for, because another
    /// request of the same caller was making it, counts there.
    pub fn kms_calls(&self) -> u64 {
        self.kms_calls.load(Ordering::Relaxed)
    }

    /// Takes the right to ask for one thing that no cache holds.
    pub(crate) fn ask(&self) -> Result<(), OpenError> {
        if self.asked.fetch_add(1, Ordering::Relaxed) < self.limit {
            Ok(())
        } else {
            Err(OpenError::TooManyCalls { limit: self.limit })
        }
    }

    pub(crate) fn called(&self) {
        self.kms_calls.fetch_add(1, Ordering::Relaxed);
    }
}
