//! Finding and ending sessions by their public ids, for who operates the application.
//!
//! A store knows sessions by key, so whatever starts from an id goes through all records: seconds for a million of
//! them. That is for commands and for an administrator's button, not for every request.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::walk::{StoredSession, Walk};
use crate::session::commit::CommitError;
use crate::session::drivers::DriverError;
use crate::session::record::{Key, Record};
use crate::session::request::Loaded;
use crate::session::{SessionEvent, SessionManager};

/// More candidates help nobody.
const CANDIDATES: usize = 20;

/// The living sessions whose public ids begin so, as in [`SessionManager::find`].
pub(crate) async fn find(
    manager: &SessionManager,
    prefix: &str,
) -> Result<Vec<StoredSession>, DriverError> {
    let prefix = prefix.replace('-', "").to_ascii_lowercase();
    // A whole id is one session's.
    let most = if prefix.len() == 32 { 1 } else { CANDIDATES };
    let mut found = BTreeMap::new();
    let mut walk = Walk::new(manager);
    while let Some(batch) = walk.next().await? {
        for (summary, raw) in batch.iter().filter_map(|visited| visited.living(manager)) {
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

/// Ends a session by its public id, as in [`SessionManager::destroy`].
pub(crate) async fn destroy(manager: &SessionManager, id: Uuid) -> Result<bool, DriverError> {
    if manager.backend()?.end(id) {
        return Ok(true);
    }
    /// Each further round means that the session got another token between our read and our write.
    const ROUNDS: usize = 16;
    let mut ended = false;
    let mut misses = 0;
    for _ in 0..ROUNDS {
        let keys = keys_of(manager, id).await?;
        if keys.is_empty() {
            misses += 1;
            // A session may move from keys that lie before us to keys that lie behind, so that one walk
            // does not meet it: none is there when two walks have not.
            if ended || misses == 2 {
                break;
            }
        }
        for key in keys {
            let is_it = |loaded: &Loaded| loaded.head.id == id;
            let found = manager.backend()?.in_driver()?.end(key, is_it).await;
            ended |= found.map_err(driver_error)?.is_some();
        }
    }
    Ok(ended)
}

/// Ends every session that exists when it is called, as in [`SessionManager::destroy_all`].
pub(crate) async fn destroy_all(manager: &SessionManager) -> Result<u64, DriverError> {
    const ROUNDS: usize = 16;
    let started = manager.rules.now();
    let mut destroyed = 0;
    let mut misses = 0;
    for round in 0..ROUNDS {
        let mut met = false;
        let mut walk = Walk::new(manager);
        while let Some(batch) = walk.next().await? {
            let sessions = manager.backend()?.in_driver()?;
            for visited in batch {
                let ends = match visited.record {
                    // Rotated behind us, if it is an old one: rotation leaves the time of creation.
                    Some(Record::Session(head, _)) if round == 0 || head.created <= started => true,
                    Some(Record::Session(..)) => continue,
                    Some(Record::MovedTo(_) | Record::Ended { .. }) | None => false,
                };
                if !ends {
                    sessions.driver.destroy(&visited.key).await?;
                    continue;
                }
                met = true;
                let ended = sessions.end(visited.key, |_| true).await.map_err(driver_error)?;
                destroyed += u64::from(ended.is_some());
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

/// Removes a batch of expired records, as in [`SessionManager::sweep`].
pub(crate) async fn sweep(manager: &SessionManager, limit: usize) -> Result<usize, DriverError> {
    let count = manager.backend()?.sweep(limit).await?;
    if count > 0 {
        manager.events.emit(SessionEvent::Swept { count });
    }
    Ok(count)
}

/// Removes all expired records now, as in [`SessionManager::prune`].
pub(crate) async fn prune(manager: &SessionManager) -> Result<u64, DriverError> {
    const FIRST: usize = 500;
    const LAST: usize = 1 << 22;
    let can_list = manager.backend()?.can_list().await?;
    let mut removed = 0;
    let mut batch = FIRST;
    loop {
        match sweep(manager, batch).await? {
            // A call that removed nothing has looked at some records, not at all: a larger one sees more.
            0 if batch >= LAST || can_list && !holds_expired(manager).await? => {
                return Ok(removed);
            }
            0 => batch *= 8,
            count => removed += count as u64,
        }
    }
}

async fn holds_expired(manager: &SessionManager) -> Result<bool, DriverError> {
    let swept = manager.rules.swept();
    let mut walk = Walk::new(manager);
    while let Some(batch) = walk.next().await? {
        if batch.iter().any(|visited| visited.deadline <= swept) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn keys_of(manager: &SessionManager, id: Uuid) -> Result<Vec<Key>, DriverError> {
    let mut keys = Vec::new();
    let mut walk = Walk::new(manager);
    while let Some(batch) = walk.next().await? {
        let is_it = |record: &Option<Record>| matches!(record, Some(Record::Session(head, _)) if head.id == id);
        keys.extend(
            batch.iter().filter(|visited| is_it(&visited.record)).map(|visited| visited.key),
        );
    }
    Ok(keys)
}

pub(super) fn driver_error(error: CommitError) -> DriverError {
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
