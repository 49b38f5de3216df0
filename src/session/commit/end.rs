//! Ending a session so that nothing brings it back.

use super::error::CommitError;
use super::load::DriverBackend;
use super::store::{ATTEMPTS, back_off};
use crate::session::drivers::{DriverError, Outcome};
use crate::session::events::SessionEvent;
use crate::session::record::{self, Key, Record};
use crate::session::request::Loaded;

/// What became of a session that was to be ended.
struct Marked {
    /// Whether it was still there.
    ended: bool,
    /// Where its record is, behind the pointers that led there.
    key: Key,
    pointers: Vec<Key>,
}

impl DriverBackend {
    /// Ends the session that a request gave up. The mark stays for a while, so that requests that were on their way with its
    /// token are recognized.
    pub(super) async fn end_loaded(&self, loaded: Loaded, now: u64) -> Result<(), CommitError> {
        let Loaded { key, version, head, .. } = loaded;
        // Nearly always nobody was faster, and the record is still the one that was loaded.
        let end = record::encode_end(now);
        let marked = self.driver.replace(&key, version, end, self.rules.late_until(now)).await;
        let ended = match marked {
            Ok(Outcome::Done) => true,
            Ok(Outcome::Gone) => false,
            Ok(Outcome::Conflict) => self.mark(key).await?.ended,
            // A disk that is full has no room for the mark; that must not keep a visitor from logging out.
            Err(_) => {
                self.driver.destroy(&key).await?;
                true
            }
        };
        if ended {
            self.events.emit(SessionEvent::Destroyed { session: head.id });
        }
        Ok(())
    }

    /// Ends a session and removes all of it, for operators. False if it was gone already.
    pub(crate) async fn end(&self, key: Key) -> Result<bool, CommitError> {
        let Marked { ended, key, pointers } = self.mark(key).await?;
        self.driver.destroy(&key).await?;
        // Deleted last: if this is cancelled halfway, the next one can still follow them.
        for pointer in pointers {
            self.driver.destroy(&pointer).await?;
        }
        Ok(ended)
    }

    /// Marks a session as ended. A parallel request may be moving it to another key, before or between our read and our
    /// write: the mark is stored at the version that we read, and then no rotation can carry the session on.
    async fn mark(&self, mut key: Key) -> Result<Marked, CommitError> {
        let mut pointers = Vec::new();
        for attempt in 0..ATTEMPTS {
            let ended = match self.read_any(&key).await? {
                Some((Record::MovedTo(pointer), _)) => {
                    pointers.push(key);
                    key = pointer.successor;
                    continue;
                }
                Some((Record::Session(..), version)) => {
                    let now = self.rules.now();
                    let (end, deadline) = (record::encode_end(now), self.rules.late_until(now));
                    match self.driver.replace(&key, version, end, deadline).await? {
                        Outcome::Done => true,
                        Outcome::Gone => false,
                        Outcome::Conflict => {
                            self.events.meter.conflict();
                            back_off(attempt).await;
                            self.events.meter.retry();
                            continue;
                        }
                    }
                }
                Some((Record::Ended { .. }, _)) | None => false,
            };
            return Ok(Marked { ended, key, pointers });
        }
        Err(CommitError::Contended)
    }

    /// A record as it is stored, expired ones and old pointers too, and its version.
    async fn read_any(&self, key: &Key) -> Result<Option<(Record, u64)>, DriverError> {
        match self.driver.read(key).await {
            Ok(Some(stored)) => {
                let version = stored.version;
                Ok(record::decode(stored.payload).map(|record| (record, version)))
            }
            Ok(None) | Err(DriverError::Corrupt(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
