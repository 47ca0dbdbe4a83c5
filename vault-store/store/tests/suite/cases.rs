//! What every backend must do. Each case is given an empty vault.

pub(crate) mod data_keys;
pub(crate) mod erase;
pub(crate) mod expiry;
pub(crate) mod export;
pub(crate) mod insert;
pub(crate) mod races;
