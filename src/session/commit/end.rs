//! Ending a session so that nothing brings it back.

use super::error::CommitError;
use super::load::DriverBackend;
use super::store::{ATTEMPTS, back_off};
use crate::session::drivers::{DriverError, Outcome, Stored};
use crate::session::events::SessionEvent;
use crate::session::record::{self, Key, Record};
use crate::session::request::Loaded;

impl DriverBackend {
    /// Ends the session that a request gave up.
    pub(super) async fn end_loaded(&self, loaded: Loaded, now: u64) -> Result<(), CommitError> {
        let Loaded { key, version, head, .. } = loaded;
        let deadline = self.rules.deadline(head.created, now);
        // Nearly always nobody was faster, and the record is still the one that was loaded.
        let marked = self.driver.replace(&key, version, record::encode_end(), deadline).await;
        let ended = match marked {
            // A disk that is full has no room for the mark; that must not keep a visitor from logging out.
            Ok(Outcome::Done) | Err(_) => {
                self.driver.destroy(&key).await?;
                true
            }
            Ok(Outcome::Gone) => false,
            Ok(Outcome::Conflict) => self.end(key).await?,
        };
        if ended {
            self.events.emit(SessionEvent::Destroyed { session: head.id });
        }
        Ok(())
    }

    /// Destroys a session that a parallel request may be moving to another key, before or between our read and our write.
    /// So its record is first marked as ended, at the version that we read; then no rotation can carry it on. False if
    /// it was gone already.
    pub(crate) async fn end(&self, mut key: Key) -> Result<bool, CommitError> {
        // Pointers are deleted last: if this is cancelled halfway, the next logout can still follow them.
        let mut trail = Vec::new();
        for attempt in 0..ATTEMPTS {
            let ended = match self.read_any(&key).await? {
                Some((Record::MovedTo { successor, .. }, _)) => {
                    trail.push(key);
                    key = successor;
                    continue;
                }
                Some((Record::Session(..), Stored { version, deadline, .. })) => {
                    let end = record::encode_end();
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
                Some((Record::Ended, _)) | None => false,
            };
            self.driver.destroy(&key).await?;
            for key in trail {
                self.driver.destroy(&key).await?;
            }
            return Ok(ended);
        }
        Err(CommitError::Contended)
    }

    /// A record as it is stored, expired ones and old pointers too.
    async fn read_any(&self, key: &Key) -> Result<Option<(Record, Stored)>, DriverError> {
        match self.driver.read(key).await {
            Ok(Some(stored)) => {
                Ok(record::decode(stored.payload.clone()).map(|record| (record, stored)))
            }
            Ok(None) | Err(DriverError::Corrupt(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
