//! What decides everything that a driver does not.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use once_cell::sync::OnceCell;

use super::SessionConfig;
use super::backend::{Known, Place};
use super::commit::SetCookie;
use super::drivers::{self, DriverError, ErasedDriver, SessionDriver, Store};
use super::events::{Listeners, SessionEvent};
use super::metrics::Meter;
use super::record::GuestTokens;
use crate::encryption::Keyring;
use crate::error::{BootProblem, BoxError};
use crate::support::Clock;
use crate::support::lock::lock;

/// A driver made from the configuration, not known by type.
pub struct BoxDriver(pub(crate) Arc<dyn ErasedDriver>);

impl BoxDriver {
    /// Wraps a driver.
    pub fn new(driver: impl SessionDriver) -> Self {
        Self(Arc::new(driver))
    }
}

/// Makes a driver of ours for the application in a folder.
pub(crate) type Make = fn(&SessionConfig, &Path) -> Result<BoxDriver, BoxError>;

type Factory = Box<dyn Fn(&SessionConfig) -> Result<BoxDriver, BoxError> + Send + Sync>;

/// Loads and commits sessions. `SessionServiceProvider` binds the one that reads `config/session.rs`.
///
/// The manager makes tokens and keys, judges lifetimes with one clock, merges what parallel requests changed,
/// and writes the cookie. The driver stores bytes.
pub struct SessionManager {
    pub(crate) config: SessionConfig,
    pub(crate) cookie_name: String,
    pub(crate) set_cookie: SetCookie,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) listeners: Listeners,
    pub(crate) meter: Meter,
    base: PathBuf,
    factories: Mutex<HashMap<String, Factory>>,
    /// The driver, where it was given and not made from its name.
    given: Option<Arc<dyn ErasedDriver>>,
    keys: Option<Keyring>,
    pub(super) guests: Option<Arc<GuestTokens>>,
    place: OnceCell<Place>,
}

/// The drivers that are named in `config/session.rs`. A new one of ours takes its file and a line here.
const KNOWN: &[(&str, Known)] = &[
    ("file", Known::Driver(drivers::make_file)),
    ("memory", Known::Driver(drivers::make_memory)),
    ("array", Known::Driver(drivers::make_memory)),
    ("cookie", Known::Cookie),
    ("null", Known::Null),
];

impl SessionManager {
    /// A manager for the application whose folder is `base`.
    pub fn new(config: SessionConfig, clock: Arc<dyn Clock>, base: impl Into<PathBuf>) -> Self {
        Self {
            cookie_name: config.cookie_name(),
            set_cookie: SetCookie::new(&config),
            meter: Meter::new(&config.driver),
            config,
            clock,
            listeners: Listeners::default(),
            base: base.into(),
            factories: Mutex::default(),
            given: None,
            keys: None,
            guests: None,
            place: OnceCell::new(),
        }
    }

    /// A manager with a driver of its own, for tests and benchmarks.
    pub fn with_driver(
        config: SessionConfig,
        clock: Arc<dyn Clock>,
        driver: impl SessionDriver,
    ) -> Self {
        Self { given: Some(Arc::new(driver)), ..Self::new(config, clock, "") }
    }

    /// The same manager with this driver, whichever the options name.
    pub(crate) fn with_given(self, driver: &BoxDriver) -> Self {
        Self { given: Some(Arc::clone(&driver.0)), ..self }
    }

    /// The same manager with keys: `encrypt` and the driver `cookie` seal with them, and the CSRF tokens of visitors
    /// without a session are signed.
    #[must_use]
    pub fn with_keys(self, keys: Keyring) -> Self {
        let guests = Some(Arc::new(GuestTokens::new(&keys)));
        Self { keys: Some(keys), guests, place: OnceCell::new(), ..self }
    }

    /// Adds a driver that `config/session.rs` can name. Call it in a provider's `register` or `boot`.
    ///
    /// ```
    /// # use lunox::session::{MemoryDriver, SessionManager};
    /// # fn boot(manager: &SessionManager) {
    /// manager.extend("mongo", |_config| Ok(MemoryDriver::new()));
    /// # }
    /// ```
    pub fn extend<D, F>(&self, name: &str, make: F)
    where
        D: SessionDriver,
        F: Fn(&SessionConfig) -> Result<D, BoxError> + Send + Sync + 'static,
    {
        let factory: Factory = Box::new(move |config| make(config).map(BoxDriver::new));
        let mut factories = lock(&self.factories);
        factories.insert(name.to_owned(), factory);
    }

    /// The options in force.
    pub fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// The name of the cookie as browsers see it.
    pub fn cookie_name(&self) -> &str {
        &self.cookie_name
    }

    /// A CSRF token for a visitor without a session, if there are keys to sign it with.
    #[cfg(feature = "framework")]
    pub(crate) fn guest_token(&self) -> Option<String> {
        self.guests.as_ref()?.mint(self.clock.unix()).ok()
    }

    /// Whether a text is such a token, not older than two hours.
    #[cfg(feature = "framework")]
    pub(crate) fn is_guest_token(&self, text: &str) -> bool {
        self.guests.as_ref().is_some_and(|guests| guests.accept(text, self.clock.unix()))
    }

    /// The keys that were given.
    #[cfg(feature = "framework")]
    pub(crate) fn keys(&self) -> Option<&Keyring> {
        self.keys.as_ref()
    }

    /// Checks the options and makes the driver; called when the application boots.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn prepare(&self) -> Result<(), Vec<BootProblem>> {
        let mut problems = self.config.problems();
        self.meter.describe();
        if let Err(problem) = self.place.get_or_try_init(|| self.make_place()) {
            problems.push(problem);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn make_place(&self) -> Result<Place, BootProblem> {
        let keys = self.keys.as_ref();
        if let Some(driver) = &self.given {
            return Place::with_driver(Arc::clone(driver), &self.config, keys, self.meter.clone());
        }
        let name = self.config.driver.as_str();
        let factories = lock(&self.factories);
        let known = KNOWN.iter().find(|(known, _)| *known == name).map(|(_, known)| known);
        let made = match (factories.get(name), known) {
            (Some(factory), _) => factory(&self.config),
            (None, Some(Known::Driver(make))) => make(&self.config, &self.base),
            (None, Some(Known::Cookie)) => return Place::in_cookie(keys),
            (None, Some(Known::Null)) => return Ok(Place::Nowhere),
            (None, None) => return Err(unknown(name, factories.keys())),
        };
        let driver = made.map_err(|error| {
            BootProblem::new(
                "config/session.rs",
                format!("the session driver `{name}` cannot work: {error}"),
            )
            .cure("mend what it names, or set SESSION_DRIVER to another driver")
        })?;
        Place::with_driver(driver.0, &self.config, keys, self.meter.clone())
    }

    pub(crate) fn place(&self) -> Result<&Place, DriverError> {
        self.place
            .get_or_try_init(|| self.make_place())
            .map_err(|problem| DriverError::unavailable(problem.to_string()))
    }

    pub(crate) fn driver(&self) -> Result<&Store, DriverError> {
        match self.place()? {
            Place::Store(store) => Ok(store),
            Place::Cookie(_) | Place::Nowhere => {
                Err(DriverError::unavailable("the session driver keeps nothing on the server"))
            }
        }
    }

    /// Whether the sessions lie in the visitors' cookies, where a logout binds this process alone.
    pub(crate) fn is_in_cookies(&self) -> bool {
        matches!(self.place(), Ok(Place::Cookie(_)))
    }

    /// When a session that is used now dies: idle lifetime, but never past the absolute one.
    pub(crate) fn deadline(&self, created: u64, now: u64) -> u64 {
        let idle = now.saturating_add(self.config.lifetime.as_secs());
        idle.min(created.saturating_add(self.config.absolute_lifetime.as_secs()))
    }

    /// Removes a batch of expired records; how many it were.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn sweep(&self, limit: usize) -> Result<usize, DriverError> {
        let count = match self.place()? {
            // A store that removes them by itself removes none here.
            Place::Store(store) => store.sweep(self.clock.unix(), limit).await?.unwrap_or(0),
            // Cookies expire by themselves.
            Place::Cookie(_) | Place::Nowhere => 0,
        };
        if count > 0 {
            self.emit(SessionEvent::Swept { count });
        }
        Ok(count)
    }
}

fn unknown<'a>(name: &str, added: impl Iterator<Item = &'a String>) -> BootProblem {
    let ours = KNOWN.iter().map(|(name, _)| *name);
    let known: Vec<&str> = ours.chain(added.map(String::as_str)).collect();
    BootProblem::new(
        "config/session.rs",
        format!("unknown session driver `{name}` (SESSION_DRIVER); known: {}", known.join(", ")),
    )
    .cure("set SESSION_DRIVER to one of them, or add yours with SessionManager::extend")
}
