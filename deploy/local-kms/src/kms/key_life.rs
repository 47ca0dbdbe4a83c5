//! The life of a key: enabled, disabled, waiting for deletion.

use serde::{Deserialize, Serialize};

use super::access::Access;
use super::input::length;
use super::keys::KeyInput;
use super::{Call, Empty, KmsError};
use crate::store::{Key, now};

pub(super) fn enable(call: &mut Call<'_>, input: KeyInput) -> Result<Empty, KmsError> {
    set_enabled(call, &input, "kms:EnableKey", true)
}

pub(super) fn disable(call: &mut Call<'_>, input: KeyInput) -> Result<Empty, KmsError> {
    set_enabled(call, &input, "kms:DisableKey", false)
}

fn set_enabled(
    call: &mut Call<'_>,
    input: &KeyInput,
    action: &'static str,
    enabled: bool,
) -> Result<Empty, KmsError> {
    let key = call.manage_key(&input.key_id, Access::to(action))?;
    call.change_key(&key.id, |key, arn| {
        key.alive(arn)?;
        if key.awaits_material() {
            let message = format!("{arn} is pending import.");
            return Err(KmsError::new("KMSInvalidStateException", message));
        }
        key.enabled = enabled;
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateDescription {
    key_id: String,
    description: String,
}

pub(super) fn update_description(
    call: &mut Call<'_>,
    input: UpdateDescription,
) -> Result<Empty, KmsError> {
    length("description", input.description.len(), 0..=8192)?;
    let key = call.manage_key(&input.key_id, Access::to("kms:UpdateKeyDescription"))?;
    call.change_key(&key.id, |key, arn| {
        key.alive(arn)?;
        key.description = input.description;
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ScheduleDeletion {
    key_id: String,
    pending_window_in_days: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeletionScheduled {
    key_id: String,
    deletion_date: i64,
    key_state: &'static str,
    pending_window_in_days: i64,
}

pub(super) fn schedule_deletion(
    call: &mut Call<'_>,
    input: ScheduleDeletion,
) -> Result<DeletionScheduled, KmsError> {
    let days = input.pending_window_in_days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(KmsError::outside(
            "pendingWindowInDays",
            "Member must be between 7 and 30",
        ));
    }
    let access = Access::to("kms:ScheduleKeyDeletion").with(
        "kms:ScheduleKeyDeletionPendingWindowInDays",
        days.to_string(),
    );
    let key = call.manage_key(&input.key_id, access)?;
    call.change_key(&key.id, |key, arn| {
        key.alive(arn)?;
        let deletion_date = now() + days * 86_400;
        key.delete_at = Some(deletion_date);
        Ok(DeletionScheduled {
            key_id: arn.to_owned(),
            deletion_date,
            key_state: key.state(),
            pending_window_in_days: days,
        })
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyName {
    key_id: String,
}

/// Takes a deletion back. The key is disabled then, as in AWS.
pub(super) fn cancel_deletion(call: &mut Call<'_>, input: KeyInput) -> Result<KeyName, KmsError> {
    let key = call.manage_key(&input.key_id, Access::to("kms:CancelKeyDeletion"))?;
    call.change_key(&key.id, |key, arn| {
        if key.delete_at.take().is_none() {
            let message = format!("{arn} is not pending deletion.");
            return Err(KmsError::new("KMSInvalidStateException", message));
        }
        key.enabled = false;
        Ok(KeyName {
            key_id: arn.to_owned(),
        })
    })
}

impl Call<'_> {
    /// Changes a key that the caller may change.
    pub(super) fn change_key<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Key, &str) -> Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        self.store.change(|state| {
            let arn = state.arn(&format!("key/{id}"));
            let missing = || KmsError::not_found(format!("Key '{arn}' does not exist"));
            change(state.key_mut(id).ok_or_else(missing)?, &arn)
        })
    }
}
