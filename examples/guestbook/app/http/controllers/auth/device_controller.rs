//! The devices on which the user is logged in.

use lunox::auth::Device;
use lunox::prelude::*;

pub struct DeviceController;

impl DeviceController {
    pub async fn index(req: HttpRequest) -> Result {
        let devices = req.session().devices().await?;
        // This device is the first, and is being seen now.
        let now = devices.first().map_or(0, |device| device.last_seen);
        let rows: Vec<_> = devices.iter().map(|device| row(device, now)).collect();
        Ok(view("auth.devices", context! { devices => rows }))
    }

    /// Logs the user out on one device: only on one of the user's own.
    pub async fn destroy(req: HttpRequest, device: String) -> Result {
        let Ok(id) = device.parse() else { return abort(404) };
        if !req.session().logout_device(id).await? {
            return abort(404);
        }
        Ok(to_route("devices", ()).with("status", "That device is logged out.").into_response())
    }

    pub async fn destroy_others(req: HttpRequest) -> Result {
        req.session().logout_other_devices().await?;
        let status = "All other devices are logged out.";
        Ok(to_route("devices", ()).with("status", status).into_response())
    }
}

/// What the page shows of a device.
fn row(device: &Device, now: u64) -> impl serde::Serialize + use<> {
    let browser = device.browser.as_deref().unwrap_or("Unknown browser");
    let name = match &device.system {
        Some(system) => format!("{browser} on {system}"),
        None => browser.to_owned(),
    };
    context! {
        id => device.id.to_string(),
        name,
        ip => device.ip,
        current => device.current,
        since => ago(now.saturating_sub(device.created)),
        seen => ago(now.saturating_sub(device.last_seen)),
    }
}

/// `just now`, `14 minutes ago`, `3 days ago`.
fn ago(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}
