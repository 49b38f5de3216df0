//! What an application holds of its sessions: one object, which the parts below do the work for.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use once_cell::sync::OnceCell;
use uuid::Uuid;

use super::backend::{Backend, Choice, Factory};
use super::commit::{CookieChange, Ending, Rules, SetCookie};
use super::drivers::{BoxDriver, DriverError, ErasedDriver, Reach, SessionDriver, note_key};
use super::events::{Events, SessionEvent};
use super::metrics::{self, Meter};
use super::ops;
use super::record::GuestTokens;
use super::{
    Session, SessionBatches, SessionConfig, SessionStats, SessionSummary, Shown, StoredSession,
};
use crate::encryption::Keyring;
use crate::error::{BootProblem, BoxError, Error};
#[cfg(feature = "auth")]
use crate::support::dot::JsonMap;
use crate::support::lock::lock;
use crate::support::{Clock, SystemClock};

/// Loads and commits sessions. `SessionServiceProvider` binds the one that reads `config/session.rs`.
///
/// The manager makes tokens and keys, judges lifetimes with one clock, merges what parallel requests changed,
/// and writes the cookie. The driver stores bytes.
pub struct SessionManager {
    pub(crate) rules: Arc<Rules>,
    pub(crate) events: Arc<Events>,
    pub(crate) set_cookie: SetCookie,
    cookie_name: String,
    base: PathBuf,
    factories: Mutex<HashMap<String, Factory>>,
    /// The driver, where it was given and not made from its name.
    pub(crate) given: Option<Arc<dyn ErasedDriver>>,
    pub(crate) keys: Option<Keyring>,
    pub(crate) guests: Option<Arc<GuestTokens>>,
    backend: OnceCell<Backend>,
}

/// A manager with the system's clock, for the working directory.
impl From<SessionConfig> for SessionManager {
    fn from(config: SessionConfig) -> Self {
        Self::new(config, Arc::new(SystemClock), "")
    }
}

impl SessionManager {
    /// A manager for the application whose folder is `base`.
    pub fn new(config: SessionConfig, clock: Arc<dyn Clock>, base: impl Into<PathBuf>) -> Self {
        Self {
            cookie_name: config.cookie_name(),
            set_cookie: SetCookie::new(&config),
            events: Arc::new(Events::new(Meter::new(&config.driver))),
            rules: Arc::new(Rules { config, clock }),
            base: base.into(),
            factories: Mutex::default(),
            given: None,
            keys: None,
            guests: None,
            backend: OnceCell::new(),
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

    /// The same manager with keys: `encrypt` and the driver `cookie` seal with them, and the CSRF tokens of visitors
    /// without a session are signed.
    #[must_use]
    pub fn with_keys(self, keys: Keyring) -> Self {
        let guests = Some(Arc::new(GuestTokens::new(&keys)));
        Self { keys: Some(keys), guests, backend: OnceCell::new(), ..self }
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
        &self.rules.config
    }

    /// The name of the cookie as browsers see it.
    pub fn cookie_name(&self) -> &str {
        &self.cookie_name
    }

    /// Calls `listener` with everything that happens to sessions: for an audit log, for notices to a visitor.
    ///
    /// Add it in a provider's `boot`. It is called where the event happens, within the request, so it must not
    /// block: what takes time goes into a channel or a task. A listener that panics is logged and the request
    /// goes on. A request that is dropped while the driver works may have stored something without an event.
    ///
    /// [`SessionEvent`] has an example.
    pub fn listen(&self, listener: impl Fn(&SessionEvent) + Send + Sync + 'static) {
        self.events.listen(listener);
    }

    /// Checks the options, makes the driver, and asks the store whether it can be used; called when the application boots.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub async fn prepare(&self) -> Result<(), Vec<BootProblem>> {
        let mut problems = self.rules.config.problems();
        self.events.meter.describe();
        match self.backend.get_or_try_init(|| choose(self)) {
            Ok(backend) => problems.extend(backend.check().await.err()),
            Err(problem) => problems.push(problem),
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        note_app_key(self);
        Ok(())
    }

    /// Where the sessions are kept.
    pub(crate) fn backend(&self) -> Result<&Backend, DriverError> {
        let chosen = self.backend.get_or_try_init(|| choose(self));
        chosen.map_err(|problem| DriverError::unavailable(problem.to_string()))
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
        mut cookies: impl Iterator<Item = &'c str>,
    ) -> Result<Session, DriverError> {
        self.backend()?.find(&mut cookies, Events::emit).await
    }

    /// The living sessions whose public ids begin so, with hyphens or without; at most twenty, ordered by id.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn find(&self, prefix: &str) -> Result<Vec<StoredSession>, DriverError> {
        ops::find(self, prefix).await
    }

    /// Ends a session by its public id; false when there is none.
    ///
    /// As after a logout, no request that is still running brings it back, and the visitor's next request is a
    /// stranger's.
    ///
    /// ```
    /// # use lunox::session::{DriverError, SessionManager};
    /// // A button of an administrator.
    /// async fn end(manager: &SessionManager, id: &str) -> Result<bool, DriverError> {
    ///     match id.parse() {
    ///         Ok(id) => manager.destroy(id).await,
    ///         Err(_) => Ok(false),
    ///     }
    /// }
    /// ```
    ///
    /// With the driver `cookie` the cookies of the session are refused from now on, by this process; whether there
    /// are any, nobody knows.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn destroy(&self, id: Uuid) -> Result<bool, DriverError> {
        ops::destroy(self, id).await
    }

    /// Ends every session that exists when it is called; how many it were.
    ///
    /// For an incident: everybody is logged out. Sessions that visitors begin meanwhile may live.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn destroy_all(&self) -> Result<u64, DriverError> {
        ops::destroy_all(self).await
    }

    /// Removes a batch of records that expired more than five minutes ago, so that a server whose clock is ahead by less
    /// removes no living ones. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn sweep(&self, limit: usize) -> Result<usize, DriverError> {
        ops::sweep(self, limit).await
    }

    /// Removes all records that expired more than five minutes ago, in batches. Returns how many.
    ///
    /// The background task does the same little by little.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn prune(&self) -> Result<u64, DriverError> {
        ops::prune(self).await
    }

    /// Goes through the living sessions a batch at a time, in no order that means anything.
    ///
    /// A million sessions need no more memory than a thousand. Sessions that are made, rotated or destroyed
    /// meanwhile may or may not be met.
    ///
    /// ```
    /// # use lunox::session::{DriverError, SessionManager};
    /// async fn bytes(manager: &SessionManager) -> Result<usize, DriverError> {
    ///     let mut bytes = 0;
    ///     let mut batches = manager.batches();
    ///     while let Some(batch) = batches.next().await? {
    ///         bytes += batch.iter().map(|session| session.bytes).sum::<usize>();
    ///     }
    ///     Ok(bytes)
    /// }
    /// ```
    pub fn batches(&self) -> SessionBatches<'_> {
        SessionBatches::new(self)
    }

    /// The living sessions, in no order that means anything; `None` when the driver cannot list.
    ///
    /// All of them at once: where there may be many, [`batches`](Self::batches) needs less memory.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn list(&self) -> Result<Option<Vec<SessionSummary>>, DriverError> {
        ops::list(self).await
    }

    /// Counts and measures what the store holds, in constant memory.
    ///
    /// It reads every record: some seconds for a million.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn stats(&self) -> Result<SessionStats, DriverError> {
        ops::stats(self).await
    }

    /// Sets the gauges of the feature `metrics` from the first thousand sessions. The sweeper calls it after each round.
    ///
    /// Up to a thousand sessions are counted exactly; of more, their number is estimated to about 3 percent.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn measure(&self) -> Result<(), DriverError> {
        metrics::measure(self).await
    }
}

fn choose(manager: &SessionManager) -> Result<Backend, BootProblem> {
    let choice = Choice {
        rules: &manager.rules,
        events: &manager.events,
        set_cookie: &manager.set_cookie,
        keys: manager.keys.as_ref(),
        guests: manager.guests.as_ref(),
        base: &manager.base,
    };
    match &manager.given {
        Some(driver) => choice.driver(Arc::clone(driver), Reach::Everyone),
        None => choice.by_name(lock(&manager.factories).iter()),
    }
}

/// Notes APP_KEY beside the sessions in files, and warns if there may be some of another one.
fn note_app_key(manager: &SessionManager) {
    let config = manager.config();
    let is_file = manager.given.is_none()
        && config.driver == "file"
        && !lock(&manager.factories).contains_key("file");
    let Some(keys) = manager.keys.as_ref().filter(|_| is_file) else { return };
    let (dir, kept_for) = (manager.base.join(&config.files), config.absolute_lifetime.as_secs());
    match note_key(&dir, keys, manager.rules.now(), kept_for) {
        Ok(false) => {}
        Ok(true) => tracing::warn!(
            target: "lunox::session",
            "the sessions in `{}` may be of another APP_KEY: those that are encrypted count as absent, and the sessions of \
             a user are not found by the user. If the key was changed, put the former one into APP_PREVIOUS_KEYS",
            dir.display()
        ),
        Err(error) => tracing::debug!(%error, "APP_KEY was not noted beside the sessions"),
    }
}

/// A CSRF token for a visitor without a session, if there are keys to sign it with.
#[cfg(feature = "framework")]
pub(crate) fn guest_token(manager: &SessionManager) -> Option<String> {
    manager.guests.as_ref()?.mint(manager.rules.now()).ok()
}

/// Whether a text is such a token, not older than two hours.
#[cfg(feature = "framework")]
pub(crate) fn is_guest_token(manager: &SessionManager, text: &str) -> bool {
    manager.guests.as_ref().is_some_and(|guests| guests.accept(text, manager.rules.now()))
}

/// Awaits `hook` with the values of each session that is ended, before it ends: by a logout, by its user from another
/// device, by an operator. For what must end together with a session, such as a token that begins another one.
///
/// A session whose time is over ends without it, and so do those of the driver `cookie`. The hook may be called for a session
/// that then ends in another way, or more than once. If it fails, the session does not end, and whoever is ending it gets
/// the error.
#[cfg(feature = "auth")]
pub(crate) fn before_end<F>(
    manager: &SessionManager,
    hook: impl Fn(JsonMap) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    manager.events.before_end(Arc::new(move |values| Box::pin(hook(values))));
}

/// Stores a session that no request carries; gives the cookie's new value if it has one.
///
/// For `benches/`, which measure a commit without the request around it. Not part of the interface.
#[doc(hidden)]
pub async fn commit_alone(
    manager: &SessionManager,
    session: &Session,
) -> Result<Option<String>, Error> {
    match manager.backend()?.commit(session, Ending::Response(Shown::Nothing)).await {
        Ok(CookieChange::Set(value, _)) => Ok(Some(value)),
        Ok(CookieChange::None | CookieChange::Remove) => Ok(None),
        Err(failed) => Err(failed.error.into()),
    }
}
