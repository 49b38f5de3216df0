//! Finding the session of a token that was renewed.

use super::backend::{DriverBackend, Lookup, Seen};
use crate::session::drivers::DriverError;
use crate::session::events::{Rejection, SessionEvent};
use crate::session::record::{self, Key, Pointer};
use crate::session::request::{Held, Live, Loaded};

impl DriverBackend {
    /// Finds the session of a token that was renewed.
    pub(super) async fn follow(
        &self,
        key: Key,
        pointer: Pointer,
        version: u64,
    ) -> Result<Lookup, DriverError> {
        /// Each is a renewal whose answer was lost.
        const HOPS: usize = 64;
        let mut at = pointer.successor;
        for hop in 0..HOPS {
            let (confirmed, found) = match self.look(&at).await? {
                Seen::Session(loaded, raw) => (loaded.head.confirmed, Some((loaded, raw))),
                Seen::MovedTo(next, _) => {
                    at = next.successor;
                    (next.confirmed, None)
                }
                Seen::Late => return Ok(Lookup::Late),
                Seen::Nothing(refused) => return Ok(Lookup::Refused(refused)),
            };
            let now = self.rules.now();
            if !self.rules.may_be_old(confirmed, now) {
                let reused = SessionEvent::Reused { session: pointer.session, key };
                let is_late = self.rules.is_late(pointer.at, now);
                return Ok(if is_late { Lookup::Late } else { Lookup::Refused(reused) });
            }
            if let Some((loaded, raw)) = found {
                if hop > 0 {
                    self.shorten(&key, pointer, version, &loaded).await;
                }
                return Ok(Lookup::Found(Live { held: Held::Renewed, loaded }, raw));
            }
        }
        Ok(Lookup::Refused(SessionEvent::Rejected { key: Some(key), reason: Rejection::Ended }))
    }

    /// Lets the pointer under a visitor's token lead straight to the session, and live as long.
    async fn shorten(&self, key: &Key, pointer: Pointer, version: u64, to: &Loaded) {
        let deadline = self.rules.pointer_deadline(to.head.created, self.rules.now());
        let pointer = record::encode_pointer(&Pointer { successor: to.key, ..pointer });
        // Where another request was faster, it has done the same.
        if let Err(error) = self.driver.replace(key, version, pointer, deadline).await {
            tracing::warn!(%key, %error, "the pointer of a renewed token was not shortened");
        }
    }
}
