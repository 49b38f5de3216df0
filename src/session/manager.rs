//! What decides everything that a driver does not.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use once_cell::sync::OnceCell;

use super::driver::ErasedDriver;
use super::events::{Listeners, Rejection, SessionEvent};
use super::metrics::Meter;
use super::record::{self, Head, Record};
use super::state::{Live, Origin, State};
use super::store::Store;
use super::token::ClaimedToken;
use super::{DriverError, Key, Session, SessionConfig, SessionDriver, WhenUnavailable, drivers};
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
type Make = fn(&SessionConfig, &Path) -> Result<BoxDriver, BoxError>;

/// A record that may live, its version and its deadline.
pub(super) type Found = (Record, u64, u64);

type Factory = Box<dyn Fn(&SessionConfig) -> Result<BoxDriver, BoxError> + Send + Sync>;

/// Loads and commits sessions. `SessionServiceProvider` binds the one that reads `config/session.rs`.
///
/// The manager makes tokens and keys, judges lifetimes with one clock, merges what parallel requests changed,
/// and writes the cookie. The driver stores bytes.
pub struct SessionManager {
    pub(super) config: SessionConfig,
    pub(super) cookie_name: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) listeners: Listeners,
    pub(super) meter: Meter,
    base: PathBuf,
    factories: Mutex<HashMap<String, Factory>>,
    store: OnceCell<Store>,
}

/// The drivers that are named in `config/session.rs`. A new one of ours takes its file and a line here.
const KNOWN: &[(&str, Make)] = &[
    ("file", drivers::make_file),
    ("memory", drivers::make_memory),
    ("array", drivers::make_memory),
];

impl SessionManager {
    /// A manager for the application whose folder is `base`.
    pub fn new(config: SessionConfig, clock: Arc<dyn Clock>, base: impl Into<PathBuf>) -> Self {
        Self {
            cookie_name: config.cookie_name(),
            meter: Meter::new(&config.driver),
            config,
            clock,
            listeners: Listeners::default(),
            base: base.into(),
            factories: Mutex::default(),
            store: OnceCell::new(),
        }
    }

    /// A manager with a driver of its own, for tests and benchmarks.
    pub fn with_driver(
        config: SessionConfig,
        clock: Arc<dyn Clock>,
        driver: impl SessionDriver,
    ) -> Self {
        let manager = Self::new(config, clock, "");
        let store = manager.timed(Arc::new(driver));
        manager.store.set(store).unwrap_or_else(|_| unreachable!("the manager was just made"));
        manager
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
        self.meter.describe();
        if let Err(problem) = self.store.get_or_try_init(|| self.make_store()) {
            problems.push(problem);
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn make_store(&self) -> Result<Store, BootProblem> {
        let name = self.config.driver.as_str();
        let factories = self.factories.lock().unwrap_or_else(PoisonError::into_inner);
        let made = if let Some(factory) = factories.get(name) {
            factory(&self.config)
        } else if let Some((_, make)) = KNOWN.iter().find(|(known, _)| *known == name) {
            make(&self.config, &self.base)
        } else {
            let mut known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
            known.extend(factories.keys().map(String::as_str));
            return Err(BootProblem::new(
                "config/session.rs",
                format!(
                    "unknown session driver `{name}` (SESSION_DRIVER); known: {}",
                    known.join(", ")
                ),
            )
            .cure("set SESSION_DRIVER to one of them, or add yours with SessionManager::extend"));
        };
        made.map(|driver| self.timed(driver.0)).map_err(|error| {
            BootProblem::new(
                "config/session.rs",
                format!("the session driver `{name}` cannot work: {error}"),
            )
            .cure("mend what it names, or set SESSION_DRIVER to another driver")
        })
    }

    fn timed(&self, driver: Arc<dyn ErasedDriver>) -> Store {
        Store::new(driver, self.config.driver_timeout, self.meter.clone())
    }

    pub(super) fn driver(&self) -> Result<&Store, DriverError> {
        self.store
            .get_or_try_init(|| self.make_store())
            .map_err(|problem| DriverError::unavailable(problem.to_string()))
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
        let mut refused = Vec::new();
        let session = self.start_telling(cookies, &mut refused).await;
        refused.into_iter().for_each(|event| self.emit(event));
        session
    }

    /// As [`start`](Self::start), for a look from outside that is no event.
    pub(crate) async fn peek<'c>(
        &self,
        cookies: impl Iterator<Item = &'c str>,
    ) -> Result<Session, DriverError> {
        self.start_telling(cookies, &mut Vec::new()).await
    }

    async fn start_telling<'c>(
        &self,
        cookies: impl Iterator<Item = &'c str>,
        refused: &mut Vec<SessionEvent>,
    ) -> Result<Session, DriverError> {
        let mut cookies = cookies.peekable();
        if cookies.peek().is_none() {
            return Ok(self.session(Origin::Fresh, Bytes::new()));
        }
        let _timing = self.meter.load();
        match self.first_living(cookies, refused).await {
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
        refused: &mut Vec<SessionEvent>,
    ) -> Result<Option<(Live, Bytes)>, DriverError> {
        /// More are an attack on the store.
        const TRIED: usize = 3;
        let mut malformed = true;
        for token in cookies.filter_map(ClaimedToken::parse).take(TRIED) {
            malformed = false;
            match self.load(token).await? {
                Ok(found) => return Ok(Some(found)),
                Err(event) => refused.push(event),
            }
        }
        if malformed {
            refused.push(SessionEvent::Rejected { key: None, reason: Rejection::Malformed });
        }
        Ok(None)
    }

    async fn load(
        &self,
        token: ClaimedToken,
    ) -> Result<Result<(Live, Bytes), SessionEvent>, DriverError> {
        /// Renewals are minutes apart and pointers live for seconds: one hop is the rule.
        const HOPS: usize = 3;
        let mut key = token.key();
        let mut token = Some(token);
        for _ in 0..HOPS {
            match self.look(&key).await? {
                Err(refused) => return Ok(Err(refused)),
                Ok((Record::Ended, ..)) => break,
                Ok((Record::MovedTo(successor), ..)) => {
                    key = successor;
                    token = None;
                }
                Ok((Record::Session(head, raw), version, deadline)) => {
                    let token = token.map(ClaimedToken::loaded);
                    return Ok(Ok((Live { token, key, version, deadline, head }, raw)));
                }
            }
        }
        Ok(Err(SessionEvent::Rejected { key: Some(key), reason: Rejection::Ended }))
    }

    /// Reads a record that may still live. A corrupt one counts as none: the driver has kept it aside.
    pub(super) async fn read(&self, key: &Key) -> Result<Option<Found>, DriverError> {
        Ok(self.look(key).await?.ok())
    }

    /// As [`read`](Self::read), with the reason why there is none.
    async fn look(&self, key: &Key) -> Result<Result<Found, SessionEvent>, DriverError> {
        let refused = |reason| Ok(Err(SessionEvent::Rejected { key: Some(*key), reason }));
        let stored = match self.driver()?.read(key).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return refused(Rejection::Unknown),
            Err(DriverError::Corrupt(what)) => {
                tracing::error!(%key, "a session record was corrupt and the visitor gets a new session: {what}");
                return refused(Rejection::Corrupt);
            }
            Err(error) => return Err(error),
        };
        let record = self.decode(&stored.payload);
        let living = stored.deadline > self.clock.unix();
        match record {
            Some(Record::Ended) => refused(Rejection::Ended),
            Some(Record::MovedTo(_)) if !living => refused(Rejection::Replaced),
            Some(Record::Session(head, _)) if !self.may_live(&head, stored.deadline) => {
                Ok(Err(SessionEvent::Expired { session: Some(head.id), key: *key }))
            }
            None if !living => Ok(Err(SessionEvent::Expired { session: None, key: *key })),
            Some(record) => Ok(Ok((record, stored.version, stored.deadline))),
            None => {
                tracing::error!(%key, "a session record is damaged or of another version; the visitor gets a new session");
                refused(Rejection::Corrupt)
            }
        }
    }

    pub(super) fn decode(&self, payload: &Bytes) -> Option<Record> {
        record::decode(payload)
    }

    /// Whether neither the idle nor the absolute lifetime is over.
    pub(super) fn may_live(&self, head: &Head, deadline: u64) -> bool {
        let end = head.created.saturating_add(self.config.absolute_lifetime.as_secs());
        deadline.min(end) > self.clock.unix()
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
        let count = self.driver()?.sweep(self.clock.unix(), limit).await?;
        if count > 0 {
            self.emit(SessionEvent::Swept { count });
        }
        Ok(count)
    }
}
