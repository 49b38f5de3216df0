//! From the name in `config/session.rs` to the backend.

use std::path::Path;
use std::sync::Arc;

use super::backend::{Backend, DriverBackend, Kind};
use super::cookie::CookieBackend;
use crate::encryption::Keyring;
use crate::error::{BootProblem, BoxError};
use crate::session::SessionConfig;
use crate::session::commit::{Limit, Rules, SetCookie};
use crate::session::drivers::{
    BUILT_IN, BoxDriver, ErasedDriver, Kept, Reach, SealedDriver, TimedDriver,
};
use crate::session::events::Events;
use crate::session::record::GuestTokens;

/// Makes a driver that the application added.
pub(crate) type Factory = Box<dyn Fn(&SessionConfig) -> Result<BoxDriver, BoxError> + Send + Sync>;

/// What the choice of a backend depends on.
pub(crate) struct Choice<'a> {
    pub(crate) rules: &'a Arc<Rules>,
    pub(crate) events: &'a Arc<Events>,
    pub(crate) set_cookie: &'a SetCookie,
    pub(crate) keys: Option<&'a Keyring>,
    pub(crate) guests: Option<&'a Arc<GuestTokens>>,
    pub(crate) base: &'a Path,
}

impl Choice<'_> {
    /// The backend that the configuration names.
    pub(crate) fn by_name<'f>(
        &self,
        added: impl Iterator<Item = (&'f String, &'f Factory)> + Clone,
    ) -> Result<Backend, BootProblem> {
        let config = &self.rules.config;
        let name = config.driver.as_str();
        if let Some((_, factory)) = added.clone().find(|(added, _)| *added == name) {
            return self.made(factory(config), Reach::Everyone);
        }
        match BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, kept)| kept) {
            Some(Kept::Stored(make)) => self.made(make(config, self.base), Reach::Everyone),
            Some(Kept::InProcess(make)) => self.made(make(config, self.base), Reach::ThisProcess),
            Some(Kept::InCookies) => self.cookie(),
            Some(Kept::Nowhere) => Ok(self.backend(Kind::Nowhere, Reach::Nobody)),
            Some(Kept::Without(feature)) => Err(without(name, feature)),
            None => Err(unknown(name, added.map(|(name, _)| name.as_str()))),
        }
    }

    fn made(
        &self,
        made: Result<BoxDriver, BoxError>,
        reach: Reach,
    ) -> Result<Backend, BootProblem> {
        let name = &self.rules.config.driver;
        let driver = made.map_err(|error| cannot_work(name, &error))?;
        let backend = self.driver(driver.driver, reach)?;
        Ok(Backend { check: driver.check, ..backend })
    }

    /// With a driver, sealed if the configuration says so.
    pub(crate) fn driver(
        &self,
        driver: Arc<dyn ErasedDriver>,
        reach: Reach,
    ) -> Result<Backend, BootProblem> {
        let config = &self.rules.config;
        let driver = match (config.encrypt, self.keys) {
            (false, _) => driver,
            (true, Some(keys)) => Arc::new(SealedDriver::new(driver, keys)),
            (true, None) => return Err(keyless("`encrypt` is true (SESSION_ENCRYPT)")),
        };
        let driver = TimedDriver::new(driver, config.driver_timeout, self.events.meter.clone());
        let backend = DriverBackend::new(driver, self.rules.clone(), self.events.clone());
        Ok(self.backend(Kind::Driver(backend), reach))
    }

    fn cookie(&self) -> Result<Backend, BootProblem> {
        let Some(keys) = self.keys else {
            return Err(keyless("the session driver `cookie` seals what it hands out"));
        };
        let name = self.rules.config.cookie_name();
        let header = self.set_cookie.length_with("");
        let (rules, events) = (self.rules.clone(), self.events.clone());
        let cookie = CookieBackend::new(keys, name, header, rules, events);
        Ok(self.backend(Kind::Cookie(Box::new(cookie)), Reach::Visitors))
    }

    fn backend(&self, kind: Kind, reach: Reach) -> Backend {
        let (rules, events) = (self.rules.clone(), self.events.clone());
        let limit = match &kind {
            Kind::Cookie(cookie) => cookie.limit,
            Kind::Driver(_) | Kind::Nowhere => Limit::of_record(&rules.config),
        };
        Backend { kind, reach, rules, events, guests: self.guests.cloned(), limit, check: None }
    }
}

/// A driver that could not be made, or whose store is not as it should be.
pub(crate) fn cannot_work(name: &str, error: &BoxError) -> BootProblem {
    let what = format!("the session driver `{name}` cannot work: {error}");
    BootProblem::new("config/session.rs", what)
        .cure("mend what it names, or set SESSION_DRIVER to another driver")
}

fn without(name: &str, feature: &str) -> BootProblem {
    let what = format!(
        "the session driver `{name}` (SESSION_DRIVER) needs the feature `{feature}` of lunox"
    );
    BootProblem::new("config/session.rs", what).cure(format!(
        "run `cargo add lunox --features {feature}`, or set SESSION_DRIVER to another driver"
    ))
}

fn keyless(why: &str) -> BootProblem {
    let what = format!("{why}, but the application has no key to seal with");
    BootProblem::new("config/session.rs", what)
        .cure("make one with `cargo artisan key:generate`, or set APP_KEY in the environment")
}

fn unknown<'a>(name: &str, added: impl Iterator<Item = &'a str>) -> BootProblem {
    let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).chain(added).collect();
    BootProblem::new(
        "config/session.rs",
        format!("unknown session driver `{name}` (SESSION_DRIVER); known: {}", known.join(", ")),
    )
    .cure("set SESSION_DRIVER to one of them, or add yours with SessionManager::extend")
}
