//! Going through everything that a store holds, a batch at a time.

use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

use crate::session::SessionManager;
use crate::session::commit::Rules;
use crate::session::drivers::{Cursor, DriverError, Listed};
use crate::session::record::{self, Head, Key, Record};
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

impl SessionSummary {
    pub(super) fn new(head: &Head, deadline: u64, bytes: usize, rules: &Rules) -> Self {
        let end = rules.end(head.created);
        let deadline = deadline.min(rules.latest(rules.now()));
        let extended = deadline.saturating_sub(rules.config.lifetime.as_secs());
        Self {
            id: head.id,
            created: head.created,
            expires: deadline.min(end),
            extended: (deadline < end).then_some(extended.max(head.created)),
            bytes,
        }
    }
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

/// One record met while walking the store.
pub(super) struct Visited {
    pub(crate) key: Key,
    pub(crate) deadline: u64,
    pub(super) bytes: usize,
    /// `None` when it is damaged or of another version.
    pub(super) record: Option<Record>,
}

impl<'m> Walk<'m> {
    pub(super) fn new(manager: &'m SessionManager) -> Self {
        Self { manager, from: None, ended: false }
    }

    /// The next records; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Visited>>, DriverError> {
        let manager = self.manager;
        if self.ended {
            return Ok(None);
        }
        let backend = manager.backend()?;
        backend.in_driver()?;
        let Some(batch) = backend.batch(self.from.as_ref(), BATCH).await? else {
            let driver = &manager.rules.config.driver;
            let why = format!("the driver `{driver}` cannot list what it holds");
            return Err(DriverError::unavailable(why));
        };
        self.ended = batch.next.is_none();
        self.from = batch.next;
        let visited = |listed: Listed| Visited {
            key: listed.key,
            deadline: listed.stored.deadline,
            bytes: listed.stored.payload.len(),
            record: record::decode(listed.stored.payload),
        };
        Ok(Some(batch.records.into_iter().map(visited).collect()))
    }
}

/// The living sessions of a store, batch by batch; from [`SessionManager::batches`].
pub struct SessionBatches<'m>(Walk<'m>);

impl<'m> SessionBatches<'m> {
    pub(crate) fn new(manager: &'m SessionManager) -> Self {
        Self(Walk::new(manager))
    }

    /// The next sessions; `None` after the last. A batch may be empty.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn next(&mut self) -> Result<Option<Vec<SessionSummary>>, DriverError> {
        let Some(batch) = self.0.next().await? else { return Ok(None) };
        let manager = self.0.manager;
        Ok(Some(batch.iter().filter_map(|visited| Some(visited.living(manager)?.0)).collect()))
    }
}

/// The living sessions, as in [`SessionManager::list`].
pub(crate) async fn list(
    manager: &SessionManager,
) -> Result<Option<Vec<SessionSummary>>, DriverError> {
    if !manager.backend()?.can_list().await? {
        return Ok(None);
    }
    let mut sessions = Vec::new();
    let mut batches = SessionBatches::new(manager);
    while let Some(batch) = batches.next().await? {
        sessions.extend(batch);
    }
    Ok(Some(sessions))
}

impl Visited {
    /// The session of a record, if it lives.
    pub(super) fn living(&self, manager: &SessionManager) -> Option<(SessionSummary, &Bytes)> {
        let Some(Record::Session(head, raw)) = &self.record else { return None };
        let rules = &manager.rules;
        let lives = rules.may_live(head, self.deadline, rules.now());
        lives.then(|| (SessionSummary::new(head, self.deadline, self.bytes, rules), raw))
    }
}
