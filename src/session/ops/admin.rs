//! Finding and ending sessions by their public ids, for who operates the application.
//!
//! A store knows sessions by key, so whatever starts from an id goes through all records: seconds for a million of
//! them. That is for commands and for an administrator's button, not for every request.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::walk::StoredSession;
use crate::session::backend::Place;
use crate::session::commit::CommitError;
use crate::session::drivers::DriverError;
use crate::session::record::{Key, Record};
use crate::session::{SessionEvent, SessionManager};

/// More candidates help nobody.
const CANDIDATES: usize = 20;

impl SessionManager {
    /// The living sessions whose public ids begin so, with hyphens or without; at most twenty, ordered by id.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn find(&self, prefix: &str) -> Result<Vec<StoredSession>, DriverError> {
        let prefix = prefix.replace('-', "").to_ascii_lowercase();
        // A whole id is one session's.
        let most = if prefix.len() == 32 { 1 } else { CANDIDATES };
        let mut found = BTreeMap::new();
        let mut walk = self.walk();
        while let Some(page) = walk.next().await? {
            for (summary, raw) in page.iter().filter_map(|entry| self.living(entry)) {
                // A session that is just being rotated is there twice, under two keys.
                if summary.id.simple().to_string().starts_with(&prefix) {
                    found.insert(summary.id, StoredSession { summary, raw: raw.clone() });
                }
            }
            if found.len() >= most {
                break;
            }
        }
        Ok(found.into_values().take(most).collect())
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
        if let Place::Cookie(place) = self.place()? {
            self.end_in_cookies(place, id);
            return Ok(true);
        }
        /// Each further round means that the session got another token between our look and our blow.
        const ROUNDS: usize = 16;
        let mut ended = false;
        let mut misses = 0;
        for _ in 0..ROUNDS {
            let keys = self.keys_of(id).await?;
            if keys.is_empty() {
                misses += 1;
                // A session may move from keys that lie before us to keys that lie behind, so that one walk
                // does not meet it: none is there when two walks have not.
                if ended || misses == 2 {
                    break;
                }
            }
            for key in keys {
                ended |= self.end(key).await.map_err(driver_error)?;
            }
        }
        if ended {
            self.emit(SessionEvent::Destroyed { session: id });
        }
        Ok(ended)
    }

    /// Ends every session that exists when it is called; how many it were.
    ///
    /// For an incident: everybody is logged out. Sessions that visitors begin meanwhile may live.
    ///
    /// # Errors
    /// When the store cannot be reached, or its driver cannot list.
    pub async fn destroy_all(&self) -> Result<u64, DriverError> {
        const ROUNDS: usize = 16;
        let started = self.clock.unix();
        let mut destroyed = 0;
        let mut misses = 0;
        for round in 0..ROUNDS {
            let mut met = false;
            let mut walk = self.walk();
            while let Some(page) = walk.next().await? {
                for entry in page {
                    let session = match entry.record {
                        // Rotated behind us, if it is an old one: rotation leaves the time of creation.
                        Some(Record::Session(head, _)) if round == 0 || head.created <= started => {
                            Some(head.id)
                        }
                        Some(Record::Session(..)) => continue,
                        Some(Record::MovedTo { .. } | Record::Ended) | None => None,
                    };
                    let Some(session) = session else {
                        self.driver()?.destroy(&entry.key).await?;
                        continue;
                    };
                    met = true;
                    if self.end(entry.key).await.map_err(driver_error)? {
                        destroyed += 1;
                        self.emit(SessionEvent::Destroyed { session });
                    }
                }
            }
            // As in `destroy`: what moved from before a walk to behind it is met by the next one.
            misses += usize::from(!met);
            if misses == 2 {
                break;
            }
        }
        Ok(destroyed)
    }

    /// Removes all expired records now, in batches; how many it were.
    ///
    /// The background task does the same little by little.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn prune(&self) -> Result<u64, DriverError> {
        const FIRST: usize = 500;
        const LAST: usize = 1 << 22;
        let mut removed = 0;
        let mut batch = FIRST;
        loop {
            match self.sweep(batch).await? {
                // A call that removed nothing has looked at some records, not at all: a larger one sees more.
                0 if batch >= LAST || self.can_list().await? && !self.holds_expired().await? => {
                    return Ok(removed);
                }
                0 => batch *= 8,
                count => removed += count as u64,
            }
        }
    }

    async fn holds_expired(&self) -> Result<bool, DriverError> {
        let now = self.clock.unix();
        let mut walk = self.walk();
        while let Some(page) = walk.next().await? {
            if page.iter().any(|entry| entry.deadline <= now) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn keys_of(&self, id: Uuid) -> Result<Vec<Key>, DriverError> {
        let mut keys = Vec::new();
        let mut walk = self.walk();
        while let Some(page) = walk.next().await? {
            let is_it = |record: &Option<Record>| matches!(record, Some(Record::Session(head, _)) if head.id == id);
            keys.extend(page.iter().filter(|entry| is_it(&entry.record)).map(|entry| entry.key));
        }
        Ok(keys)
    }
}

fn driver_error(error: CommitError) -> DriverError {
    match error {
        CommitError::Driver(error) => error,
        CommitError::Contended
        | CommitError::Random(_)
        | CommitError::Unstorable(_)
        | CommitError::TooLarge { .. } => {
            DriverError::unavailable("other requests changed the session again and again")
        }
    }
}
