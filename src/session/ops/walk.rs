//! Going through everything that a store holds, a batch at a time.

use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

use crate::session::SessionManager;
use crate::session::backend::Place;
use crate::session::drivers::{Cursor, DriverError, Listed};
use crate::session::record::{Head, Key, Record};
use crate::support::dot::JsonMap;

/// How many records are held at once.
const BATCH: usize = 1_000;

/// What is known of a stored session without looking at its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SessionSummary {
    /// The public id.
    pub id: Uuid,
    /// When it was made, in unix seconds.
    pub created: u64,
    /// When it dies if nothing uses it, in unix seconds.
    pub expires: u64,
    /// When a request last extended its life, in unix seconds. Requests after that may have used it: they extend
    /// it at most once per `touch_after`. `None` near the end of its absolute lifetime, where nothing extends it.
    pub extended: Option<u64>,
    /// How large its record is, in bytes.
    pub bytes: usize,
}

/// A stored session with its values, for who operates the application.
#[derive(Clone)]
pub struct StoredSession {
    /// What is known of it without its values.
    pub summary: SessionSummary,
    pub(crate) raw: Bytes,
}

impl StoredSession {
    /// The values: the visitor's, so think before they are printed or logged.
    ///
    /// # Errors
    /// [`DriverError::Corrupt`] when they are no JSON.
    pub fn data(&self) -> Result<JsonMap, DriverError> {
        serde_json::from_slice(&self.raw).map_err(|error| DriverError::Corrupt(error.to_string()))
    }
}

impl std::fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.summary.fmt(f)
    }
}

/// The records of a store, batch by batch: for what goes through all of them.
pub(super) struct Walk<'m> {
    manager: &'m SessionManager,
    from: Option<Cursor>,
    ended: bool,
}

/// A record that was come by.
pub(super) struct Entry {
    pub(crate) key: Key,
    pub(crate) deadline: u64,
    pub(super) bytes: usize,
    /// `None` when it is damaged or of another version.
    pub(super) record: Option<Record>,
}

impl Walk<'_> {
    /// The next records; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Entry>>, DriverError> {
        let manager = self.manager;
        if self.ended {
            return Ok(None);
        }
        let Some(batch) = manager.driver()?.list(self.from.as_ref(), BATCH).await? else {
            return Err(manager.unlistable());
        };
        self.ended = batch.next.is_none();
        self.from = batch.next;
        let entry = |listed: Listed| Entry {
            key: listed.key,
            deadline: listed.stored.deadline,
            bytes: listed.stored.payload.len(),
            record: manager.decode(listed.stored.payload),
        };
        Ok(Some(batch.records.into_iter().map(entry).collect()))
    }
}

/// The living sessions of a store, page by page; from [`SessionManager::pages`].
pub struct SessionPages<'m>(Walk<'m>);

impl SessionPages<'_> {
    /// The next sessions; `None` after the last. A page may be empty.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn next(&mut self) -> Result<Option<Vec<SessionSummary>>, DriverError> {
        let Some(page) = self.0.next().await? else { return Ok(None) };
        let manager = self.0.manager;
        Ok(Some(page.iter().filter_map(|entry| Some(manager.living(entry)?.0)).collect()))
    }
}

impl SessionManager {
    /// Goes through the living sessions a page at a time, in no order that means anything.
    ///
    /// A million sessions need no more memory than a thousand. Sessions that are made, rotated or destroyed
    /// meanwhile may or may not be met.
    ///
    /// ```
    /// # use lunox::session::{DriverError, SessionManager};
    /// async fn bytes(manager: &SessionManager) -> Result<usize, DriverError> {
    ///     let mut bytes = 0;
    ///     let mut pages = manager.pages();
    ///     while let Some(page) = pages.next().await? {
    ///         bytes += page.iter().map(|session| session.bytes).sum::<usize>();
    ///     }
    ///     Ok(bytes)
    /// }
    /// ```
    pub fn pages(&self) -> SessionPages<'_> {
        SessionPages(self.walk())
    }

    /// The living sessions, in no order that means anything; `None` when the driver cannot list.
    ///
    /// All of them at once: where there may be many, [`pages`](Self::pages) needs less memory.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn list(&self) -> Result<Option<Vec<SessionSummary>>, DriverError> {
        if !self.can_list().await? {
            return Ok(None);
        }
        let mut sessions = Vec::new();
        let mut pages = self.pages();
        while let Some(page) = pages.next().await? {
            sessions.extend(page);
        }
        Ok(Some(sessions))
    }

    /// Whether the driver can list what it holds.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn can_list(&self) -> Result<bool, DriverError> {
        match self.place()? {
            Place::Store(store) => Ok(store.list(None, 1).await?.is_some()),
            Place::Cookie(_) | Place::Nowhere => Ok(false),
        }
    }

    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { manager: self, from: None, ended: false }
    }

    /// The session of an entry, if it lives.
    pub(super) fn living<'e>(&self, entry: &'e Entry) -> Option<(SessionSummary, &'e Bytes)> {
        let Some(Record::Session(head, raw)) = &entry.record else { return None };
        let lives = self.may_live(head, entry.deadline, self.clock.unix());
        lives.then(|| (self.summary(head, entry), raw))
    }

    fn summary(&self, head: &Head, entry: &Entry) -> SessionSummary {
        let end = head.created.saturating_add(self.config.absolute_lifetime.as_secs());
        let extended = entry.deadline.saturating_sub(self.config.lifetime.as_secs());
        SessionSummary {
            id: head.id,
            created: head.created,
            expires: entry.deadline.min(end),
            extended: (entry.deadline < end).then_some(extended.max(head.created)),
            bytes: entry.bytes,
        }
    }

    fn unlistable(&self) -> DriverError {
        let driver = &self.config.driver;
        DriverError::unavailable(format!("the driver `{driver}` cannot list what it holds"))
    }
}
