//! What decides everything that a driver does not.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use once_cell::sync::OnceCell;

use super::driver::ErasedDriver;
use super::place::{Known, Place};
use super::record::{self, Head, Record};
use super::state::{Held, Live, Origin, State};
use super::store::Store;
use super::token::ClaimedToken;
use super::{DriverError, Key, Session, SessionConfig, SessionDriver, WhenUnavailable, drivers};
use crate::encryption::Keyring;
use crate::error::{BootProblem, BoxError};
use crate::support::Clock;

/// A driver made from the configuration, not known by type.
pub struct BoxDriver(pub(super) Arc<dyn ErasedDriver>);

impl BoxDriver {
    /// Wraps a driver.
    pub fn new(driver: impl SessionDriver) -> Self {
        Self(Arc::new(driver))
    }
}

/// Makes a driver of ours for the application in a folder.
pub(super) type Make = fn(&SessionConfig, &Path) -> Result<BoxDriver, BoxError>;

type Factory = Box<dyn Fn(&SessionConfig) -> Result<BoxDriver, BoxError> + Send + Sync>;

/// Loads and commits sessions. `SessionServiceProvider` binds the one that reads `config/session.rs`.
///
/// The manager makes tokens and keys, judges lifetimes with one clock, merges what parallel requests changed,
/// and writes the cookie. The driver stores bytes.
pub struct SessionManager {
    pub(super) config: SessionConfig,
    pub(super) cookie_name: String,
    pub(super) clock: Arc<dyn Clock>,
    base: PathBuf,
    factories: Mutex<HashMap<String, Factory>>,
    /// The driver, where it was given and not made from its name.
    given: Option<Arc<dyn ErasedDriver>>,
    keys: Option<Keyring>,
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
            config,
            clock,
            base: base.into(),
            factories: Mutex::default(),
            given: None,
            keys: None,
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

    /// The same manager with keys: `encrypt` and the driver `cookie` seal with them.
    #[must_use]
    pub fn with_keys(self, keys: Keyring) -> Self {
        Self { keys: Some(keys), place: OnceCell::new(), ..self }
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
        let mut factories = self.factories.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// Checks the options and makes the driver; called when the application boots.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn prepare(&self) -> Result<(), Vec<BootProblem>> {
        let mut problems = self.config.problems();
        if let Err(problem) = self.place.get_or_try_init(|| self.make_place()) {
            problems.push(problem);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn make_place(&self) -> Result<Place, BootProblem> {
        let keys = self.keys.as_ref();
        if let Some(driver) = &self.given {
            return Place::with_driver(Arc::clone(driver), &self.config, keys);
        }
        let name = self.config.driver.as_str();
        let factories = self.factories.lock().unwrap_or_else(PoisonError::into_inner);
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
        Place::with_driver(driver.0, &self.config, keys)
    }

    pub(super) fn place(&self) -> Result<&Place, DriverError> {
        self.place
            .get_or_try_init(|| self.make_place())
            .map_err(|problem| DriverError::unavailable(problem.to_string()))
    }

    pub(super) fn driver(&self) -> Result<&Store, DriverError> {
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

    /// Finds the session of a request by the values of its session cookies.
    ///
    /// Without a well-formed one the driver is not called. A token that names no living record gives a fresh
    /// session with another token: it is never adopted.
    ///
    /// # Errors
    /// When the store cannot be read and the configuration says that the request fails then.
    pub async fn start<'c>(
        &self,
        cookies: impl Iterator<Item = &'c str>,
    ) -> Result<Session, DriverError> {
        if let Ok(Place::Nowhere) = self.place() {
            return Ok(self.session(Origin::Detached, Bytes::new()));
        }
        let mut cookies = cookies.peekable();
        if cookies.peek().is_none() {
            return Ok(self.session(Origin::Fresh, Bytes::new()));
        }
        match self.first_living(cookies).await {
            Ok(Some((live, raw))) => Ok(self.session(Origin::Live(Box::new(live)), raw)),
            Ok(None) => Ok(self.session(Origin::Fresh, Bytes::new())),
            Err(error) if self.config.when_unavailable == WhenUnavailable::Degrade => {
                tracing::error!(%error, "the request runs without a session");
                Ok(self.session(Origin::Detached, Bytes::new()))
            }
            Err(error) => Err(error),
        }
    }

    fn session(&self, origin: Origin, raw: Bytes) -> Session {
        Session::new(State::new(origin, raw, Arc::clone(&self.clock)))
    }

    /// Several cookies of one name come from other paths or domains, one of which may have planted its own: the
    /// first whose session lives counts.
    async fn first_living<'c>(
        &self,
        cookies: impl Iterator<Item = &'c str>,
    ) -> Result<Option<(Live, Bytes)>, DriverError> {
        /// More are an attack on the store.
        const TRIED: usize = 3;
        if let Place::Cookie(place) = self.place()? {
            return Ok(self.first_carried(place, cookies));
        }
        let mut malformed = true;
        for token in cookies.filter_map(ClaimedToken::parse).take(TRIED) {
            malformed = false;
            if let Some(found) = self.load(token).await? {
                return Ok(Some(found));
            }
        }
        if malformed {
            tracing::warn!("a session cookie was malformed; possibly an attempt to guess a token");
        }
        Ok(None)
    }

    async fn load(&self, token: ClaimedToken) -> Result<Option<(Live, Bytes)>, DriverError> {
        /// Renewals are minutes apart and pointers live for seconds: one hop is the rule.
        const HOPS: usize = 3;
        let mut key = token.key();
        let mut token = Some(token);
        for _ in 0..HOPS {
            let Some(found) = self.read(&key).await? else { return Ok(None) };
            match found {
                (Record::Ended, ..) => return Ok(None),
                (Record::MovedTo(successor), ..) => {
                    key = successor;
                    token = None;
                }
                (Record::Session(head, raw), version, deadline) => {
                    let held = token.map_or(Held::Renewed, |token| Held::Token(token.loaded()));
                    return Ok(Some((Live { held, key, version, deadline, head }, raw)));
                }
            }
        }
        Ok(None)
    }

    /// Reads a record that may still live. A corrupt one counts as none: the driver has kept it aside.
    pub(super) async fn read(&self, key: &Key) -> Result<Option<(Record, u64, u64)>, DriverError> {
        let stored = match self.driver()?.read(key).await {
            Ok(Some(stored)) => stored,
            Ok(None) => {
                tracing::debug!(%key, "a session token was unknown");
                return Ok(None);
            }
            Err(DriverError::Corrupt(what)) => {
                tracing::error!(%key, "a session record was corrupt and the visitor gets a new session: {what}");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if stored.deadline <= self.clock.unix() {
            tracing::debug!(%key, "a session had expired");
            return Ok(None);
        }
        let Some(record) = record::decode(&stored.payload) else {
            tracing::error!(%key, "a session record is damaged, sealed while `encrypt` is off, or of another version; the visitor gets a new session");
            return Ok(None);
        };
        if matches!(record, Record::Ended) {
            return Ok(None);
        }
        if matches!(&record, Record::Session(head, _) if self.is_too_old(head)) {
            return Ok(None);
        }
        Ok(Some((record, stored.version, stored.deadline)))
    }

    pub(super) fn is_too_old(&self, head: &Head) -> bool {
        let end = head.created.saturating_add(self.config.absolute_lifetime.as_secs());
        end <= self.clock.unix()
    }

    /// When a session that is used now dies: idle lifetime, but never past the absolute one.
    pub(super) fn deadline(&self, created: u64) -> u64 {
        let idle = self.clock.unix().saturating_add(self.config.lifetime.as_secs());
        idle.min(created.saturating_add(self.config.absolute_lifetime.as_secs()))
    }

    /// Removes a batch of expired records; how many it were.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn sweep(&self, limit: usize) -> Result<usize, DriverError> {
        match self.place()? {
            Place::Store(store) => store.sweep(self.clock.unix(), limit).await,
            // Cookies expire by themselves.
            Place::Cookie(_) | Place::Nowhere => Ok(0),
        }
    }
}

/// What is known of a stored session without looking at its values.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SessionSummary {
    /// The public id.
    pub id: uuid::Uuid,
    /// When it was made, in unix seconds.
    pub created: u64,
    /// When it dies if nothing uses it, in unix seconds.
    pub expires: u64,
    /// How large its record is, in bytes.
    pub bytes: usize,
}

impl SessionManager {
    /// The living sessions, in no order that means anything; `None` when the driver cannot list.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn list(&self) -> Result<Option<Vec<SessionSummary>>, DriverError> {
        const PAGE: usize = 1_000;
        let Place::Store(store) = self.place()? else { return Ok(None) };
        let now = self.clock.unix();
        let mut sessions = Vec::new();
        let mut after: Option<Key> = None;
        loop {
            let Some(page) = store.list(after.as_ref(), PAGE).await? else {
                return Ok(None);
            };
            let Some(last) = page.last() else { return Ok(Some(sessions)) };
            after = Some(last.key);
            for listed in page.iter().filter(|listed| listed.stored.deadline > now) {
                if let Some(Record::Session(head, _)) = record::decode(&listed.stored.payload) {
                    sessions.push(SessionSummary {
                        id: head.id,
                        created: head.created,
                        expires: listed.stored.deadline,
                        bytes: listed.stored.payload.len(),
                    });
                }
            }
        }
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
