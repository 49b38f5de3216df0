//! Remembered devices as their user sees them, and how they end with their sessions.

use super::Auth;
use super::device::{State, has_expired, state_of};
use super::entry::Place;
use super::remember::{RESERVED_REMEMBERED, now, remembered};
use super::user::Account;
use crate::error::BoxError;
use crate::http::{HttpRequest, Result};
use crate::session::Session;
use crate::support::dot::{self, JsonMap};

/// A device that the remember store has.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) place: Place,
    /// When a cookie was last sent to it, unix seconds.
    pub(super) last_seen: u64,
}

impl Auth {
    /// The remembered devices that can log a user in.
    pub(super) async fn remembered_of(
        &self,
        req: &HttpRequest,
        account: &Account,
    ) -> Result<Vec<Row>> {
        let Some(devices) = self.devices() else { return Ok(Vec::new()) };
        let (now, mut rows) = (now(req)?, Vec::new());
        for device in devices.of_user(&account.id).await? {
            let State { login, stolen, place, .. } = state_of(&device)?;
            if stolen || has_expired(&device, now) || !self.fingerprints.fits(&login, account) {
                continue;
            }
            let sent = u64::try_from(device.expires).unwrap_or_default();
            let last_seen = sent.saturating_sub(self.config.remember_for.as_secs());
            let place = place.unwrap_or(Place { at: last_seen, ..Place::default() });
            rows.push(Row { id: device.id, place, last_seen });
        }
        Ok(rows)
    }

    /// Ends a remembered device by its id.
    pub(super) async fn forget_remembered(&self, device: &str) -> Result<()> {
        match self.devices() {
            Some(devices) => devices.remove(device).await,
            None => Ok(()),
        }
    }

    /// Ends all remembered devices of a user.
    pub(crate) async fn forget_all_remembered(&self, user: &str) -> Result<()> {
        self.forget_devices(user, None).await
    }

    /// Ends the remembered device of a session that is about to end, as the values of the session name it.
    pub(crate) async fn forget_with_session(&self, values: JsonMap) -> Result<(), BoxError> {
        let Some(device) = device_in(&values) else { return Ok(()) };
        // A device that was stolen stays until its user was told.
        if let Some(devices) = self.devices()
            && let Some(row) = devices.find(&device).await.map_err(boxed)?
            && !state_of(&row).map_err(boxed)?.stolen
        {
            devices.remove(&device).await.map_err(boxed)?;
        }
        Ok(())
    }

    /// Whether the device whose cookie began this session has ended since.
    pub(super) async fn is_recalled_in_vain(&self, session: &Session) -> Result<bool> {
        let Some(devices) = self.devices() else { return Ok(false) };
        let Some(of) = remembered(session).filter(|of| of.recalled) else { return Ok(false) };
        let Some(device) = devices.find(&of.device).await? else { return Ok(true) };
        Ok(state_of(&device)?.stolen)
    }
}

/// The remembered device that the values of a session name.
pub(super) fn device_in(values: &JsonMap) -> Option<String> {
    let device = dot::get(values, RESERVED_REMEMBERED)?.get("device")?;
    device.as_str().map(str::to_owned)
}

fn boxed(error: crate::error::Error) -> BoxError {
    format!("the remembered device of a session could not be forgotten: {error:?}").into()
}
