//! Giving up what a request did to its session.

use std::sync::Arc;

use bytes::Bytes;

use super::changes::Change;
use super::loaded::Origin;
use super::state::State;

impl State {
    /// Gives the record up and starts anew, with nothing.
    pub(crate) fn invalidate(&mut self) {
        if self.committed {
            return self.change(Change::Flush);
        }
        let origin = match &self.origin {
            Origin::Live(live) => Origin::Fresh { ended: Some(live.loaded) },
            Origin::Fresh { ended } => Origin::Fresh { ended: *ended },
            Origin::Detached => Origin::Detached,
        };
        self.reset(origin, Bytes::new());
    }

    /// Forgets what the request did, after a panic; what it destroyed or rotated stays so.
    pub(crate) fn drop_changes(&mut self) {
        // What was never stored has nothing to rotate.
        let rotates = self.rotate && matches!(self.origin, Origin::Live(_));
        let csrf = self.new_csrf.filter(|_| rotates);
        let (rotate, fresh_id, raw) = (self.rotate, self.fresh_id, self.raw.clone());
        let guest_csrf = self.guest_csrf;
        let origin = std::mem::replace(&mut self.origin, Origin::Detached);
        self.reset(origin, raw);
        (self.rotate, self.fresh_id, self.new_csrf) = (rotate, fresh_id, csrf);
        self.guest_csrf = guest_csrf;
    }

    /// As the request found it, with another origin: the one function that forgets what it did.
    fn reset(&mut self, origin: Origin, raw: Bytes) {
        let guests = self.guests.take();
        let mut new = Self::new(origin, raw, Arc::clone(&self.clock)).of_guest(guests);
        (new.used, new.committed) = (self.used, self.committed);
        *self = new;
    }
}
