//! Where the sessions of an application lie.

use std::sync::Arc;

use super::cookie::CookiePlace;
use crate::encryption::Keyring;
use crate::error::BootProblem;
use crate::session::SessionConfig;
use crate::session::drivers::{ErasedDriver, SealedDriver, Store};
use crate::session::manager::Make;
use crate::session::metrics::Meter;

/// A name that `driver` in `config/session.rs` can have.
pub(crate) enum Known {
    /// Kept by a driver.
    Driver(Make),
    /// Kept by the visitor.
    Cookie,
    /// Not kept.
    Null,
}

/// Where the sessions of an application lie.
pub(crate) enum Place {
    /// With a driver.
    Store(Store),
    /// In the visitor's cookie, sealed.
    Cookie(CookiePlace),
    /// Nowhere: each request has an empty session, which ends with it.
    Nowhere,
}

impl Place {
    /// With a driver, sealed if the configuration says so.
    pub(crate) fn with_driver(
        driver: Arc<dyn ErasedDriver>,
        config: &SessionConfig,
        keys: Option<&Keyring>,
        meter: Meter,
    ) -> Result<Self, BootProblem> {
        let driver = match (config.encrypt, keys) {
            (false, _) => driver,
            (true, Some(keys)) => Arc::new(SealedDriver::new(driver, keys)),
            (true, None) => return Err(keyless("`encrypt` is true (SESSION_ENCRYPT)")),
        };
        Ok(Self::Store(Store::new(driver, config.driver_timeout, meter)))
    }

    /// In the visitor's cookie.
    pub(crate) fn in_cookie(keys: Option<&Keyring>) -> Result<Self, BootProblem> {
        match keys {
            Some(keys) => Ok(Self::Cookie(CookiePlace::new(keys))),
            None => Err(keyless("the session driver `cookie` seals what it hands out")),
        }
    }
}

fn keyless(why: &str) -> BootProblem {
    let what = format!("{why}, but the application has no key to seal with");
    BootProblem::new("config/session.rs", what)
        .cure("make one with `cargo artisan key:generate`, or set APP_KEY in the environment")
}
