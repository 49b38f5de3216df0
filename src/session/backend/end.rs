//! Ending a session so that nothing brings it back.

use bytes::Bytes;
use uuid::Uuid;

use super::backend::DriverBackend;
use super::store::{ATTEMPTS, back_off};
use crate::session::commit::CommitError;
use crate::session::drivers::{DriverError, Outcome};
use crate::session::events::SessionEvent;
use crate::session::record::{self, Key, Record};
use crate::session::request::Loaded;

impl DriverBackend {
    /// Ends the session that a request gave up. The mark stays for a while, so that requests that were on their way with its
    /// token are recognized.
    pub(super) async fn end_loaded(&self, loaded: Loaded, now: u64) -> Result<(), CommitError> {
        let Loaded { key, version, head, .. } = loaded;
        if self.events.has_hooks()
            && let Some((_, raw)) = self.locate(key, &mut Vec::new()).await?
        {
            self.events.ending(&raw).await?;
        }
        // Nearly always nobody was faster, and the record is still the one that was loaded.
        let end = record::encode_end(now);
        let marked = self.driver.replace(&key, version, end, self.rules.late_until(now)).await;
        let ended = match marked {
            Ok(Outcome::Done) => {
                self.take_out(&head, &key).await;
                true
            }
            Ok(Outcome::Gone) => false,
            Ok(Outcome::Conflict) => self.mark(key, &mut Vec::new(), |_| true).await?.is_some(),
            // A disk that is full has no room for the mark; that must not keep a visitor from logging out.
            Err(_) => {
                self.driver.destroy(&key).await?;
                self.take_out(&head, &key).await;
                true
            }
        };
        if ended {
            self.events.emit(SessionEvent::Destroyed { session: head.id });
        }
        Ok(())
    }

    /// Ends the session that a key leads to and removes all of it, if it is meant; its id. `None` if it was gone already.
    pub(crate) async fn end(
        &self,
        key: Key,
        is_meant: impl Fn(&Loaded) -> bool,
    ) -> Result<Option<Uuid>, CommitError> {
        let mut pointers = Vec::new();
        let Some(ended) = self.mark(key, &mut pointers, is_meant).await? else { return Ok(None) };
        self.driver.destroy(&ended.key).await?;
        // Deleted last: if this is cancelled halfway, the next one can still follow them.
        for pointer in pointers {
            self.driver.destroy(&pointer).await?;
        }
        let session = ended.head.id;
        self.events.emit(SessionEvent::Destroyed { session });
        Ok(Some(session))
    }

    /// Marks a session as ended, if it is there and meant. A parallel request may be moving it to another key, before or
    /// between our read and our write: the mark is stored at the version that we read and judged, and then no rotation can
    /// carry the session on.
    async fn mark(
        &self,
        mut key: Key,
        pointers: &mut Vec<Key>,
        is_meant: impl Fn(&Loaded) -> bool,
    ) -> Result<Option<Loaded>, CommitError> {
        for attempt in 0..ATTEMPTS {
            let Some((loaded, raw)) = self.locate(key, pointers).await? else { return Ok(None) };
            if !is_meant(&loaded) {
                return Ok(None);
            }
            self.events.ending(&raw).await?;
            key = loaded.key;
            let now = self.rules.now();
            let (end, deadline) = (record::encode_end(now), self.rules.late_until(now));
            match self.driver.replace(&key, loaded.version, end, deadline).await? {
                Outcome::Done => {
                    self.take_out(&loaded.head, &key).await;
                    return Ok(Some(loaded));
                }
                Outcome::Gone => return Ok(None),
                Outcome::Conflict => {
                    self.events.meter.conflict();
                    back_off(attempt).await;
                    self.events.meter.retry();
                }
            }
        }
        Err(CommitError::Contended)
    }

    /// The session that a key leads to, expired ones too, with its data; and the pointers on the way there, whoever may use
    /// them.
    pub(crate) async fn locate(
        &self,
        mut key: Key,
        pointers: &mut Vec<Key>,
    ) -> Result<Option<(Loaded, Bytes)>, DriverError> {
        for _ in 0..ATTEMPTS {
            let stored = match self.driver.read(&key).await {
                Ok(Some(stored)) => stored,
                Ok(None) | Err(DriverError::Corrupt(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            let (version, deadline) = (stored.version, stored.deadline);
            match record::decode(stored.payload) {
                Some(Record::MovedTo(pointer)) => {
                    pointers.push(key);
                    key = pointer.successor;
                }
                Some(Record::Session(head, raw)) => {
                    return Ok(Some((
                        Loaded { key, version, deadline, head, corrected: false },
                        raw,
                    )));
                }
                Some(Record::Ended { .. }) | None => return Ok(None),
            }
        }
        Ok(None)
    }
}
