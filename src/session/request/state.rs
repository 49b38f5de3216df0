//! What a request knows of its session: the record that it read, and what it changed.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use memchr::memmem::Finder;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::changes::{self, Change, is_no_op_on, leave_nothing, reapply};
use super::flash_keys::{self, Shown};
use super::loaded::Origin;
use super::no_ops::NoOps;
use crate::session::RESERVED_FLASH;
use crate::session::record::{self, CsrfToken, Data, Draft, GuestTokens, Tag, Unstorable};
use crate::support::Clock;

pub(crate) struct State {
    pub(crate) origin: Origin,
    /// The data of the record as it was read, undecoded.
    pub(crate) raw: Bytes,
    /// The data with the changes applied; made when someone changes it, or reads more than [`FEW`] keys.
    data: Option<Data>,
    /// How many keys were read without it.
    looked_up: u8,
    /// Whether the record mentions flash keys; looked for when first asked.
    mentions_flash: Option<bool>,
    /// Flash keys that the record held when it was read, each with whether the request read it by name.
    seen_flash: Vec<(String, bool)>,
    pub(crate) changes: Vec<Change>,
    /// How many of the changes the data has; the others wait for whoever reads next.
    applied: usize,
    /// Changes that left everything as it was, if there were any.
    no_ops: Option<Box<NoOps>>,
    /// The keys of values for this request only (`now`), which `data` holds and which must not be stored.
    pub(super) passing: BTreeSet<String>,
    /// The token is to be replaced.
    pub(crate) rotate: bool,
    /// The first value that could not be stored.
    pub(crate) unstorable: Option<Unstorable>,
    /// Whether the application has read or changed anything: what it answers may be for this visitor alone.
    pub(crate) used: bool,
    /// After the commit nothing is stored any more.
    pub(crate) committed: bool,
    pub(super) fresh_id: Option<Uuid>,
    /// The CSRF token that this request made, instead of the record's.
    pub(crate) new_csrf: Option<CsrfToken>,
    /// The tag that this request gave the session, or took from it.
    pub(crate) new_tag: Option<Option<Tag>>,
    /// The token that this guest was given. It becomes the session's if the request makes one.
    pub(crate) guest_csrf: Option<CsrfToken>,
    /// What gives guests their tokens; only for a request without a session's cookie.
    pub(super) guests: Option<Arc<GuestTokens>>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The name of the flash keys: a record that has some mentions it.
static FLASH: LazyLock<Finder> = LazyLock::new(|| Finder::new(RESERVED_FLASH));

/// To look up so many keys takes no longer than to split the record.
const FEW: u8 = 2;

/// After so many changes, none counts as leaving everything as it was where the request has values for itself alone.
const FEW_CHANGES: usize = 64;

impl State {
    pub(crate) fn new(origin: Origin, raw: Bytes, clock: Arc<dyn Clock>) -> Self {
        Self {
            origin,
            raw,
            data: None,
            looked_up: 0,
            mentions_flash: None,
            seen_flash: Vec::new(),
            changes: Vec::new(),
            applied: 0,
            no_ops: None,
            passing: BTreeSet::new(),
            rotate: false,
            unstorable: None,
            used: false,
            committed: false,
            fresh_id: None,
            new_csrf: None,
            new_tag: None,
            guest_csrf: None,
            guests: None,
            clock,
        }
    }

    /// The same for a request without a session's cookie.
    pub(crate) fn of_guest(self, guests: Option<Arc<GuestTokens>>) -> Self {
        Self { guests, ..self }
    }

    /// The public id; made when a fresh session is first asked for it.
    pub(crate) fn id(&mut self) -> Uuid {
        match &self.origin {
            Origin::Live(live) => live.loaded.head.id,
            Origin::Fresh { .. } | Origin::Detached => {
                *self.fresh_id.get_or_insert_with(Uuid::new_v4)
            }
        }
    }

    /// The public id, if the session has one: a visitor who stored nothing needs none.
    pub(crate) fn known_id(&self) -> Option<Uuid> {
        match &self.origin {
            Origin::Live(live) => Some(live.loaded.head.id),
            Origin::Fresh { .. } | Origin::Detached => self.fresh_id,
        }
    }

    pub(crate) fn data(&mut self) -> &mut Data {
        if self.data.is_none() {
            self.data = Some(self.split());
        }
        let data = self.data.get_or_insert_default();
        for change in &self.changes[self.applied..] {
            if let Err(problem) = change.apply(data) {
                self.unstorable.get_or_insert(problem);
            }
        }
        self.applied = self.changes.len();
        data
    }

    fn split(&mut self) -> Data {
        let mut data = Data::parse(self.raw.clone()).unwrap_or_else(|error| {
            // The checksum was right, so this is what someone stored, and no version of ours reads it. The visitor gets a
            // new session; the record stays as it is, since nothing replaces it.
            tracing::error!(%error, "the data of a session record cannot be read; the visitor gets a new session");
            self.origin = Origin::NEW;
            self.raw = Bytes::new();
            Data::default()
        });
        if self.mentions_flash() {
            let flash = flash_keys::pending(&mut data);
            self.seen_flash = flash.into_iter().map(|key| (key, false)).collect();
        }
        data
    }

    /// The value at `key`, which the request reads by name, as a `T`.
    pub(crate) fn read<T: DeserializeOwned>(
        &mut self,
        key: &str,
    ) -> Option<Result<T, serde_json::Error>> {
        self.note_read(key);
        if self.data.is_none() && self.looked_up < FEW && !self.raw.is_empty() {
            self.looked_up += 1;
            if let Some(found) = record::look_up(&self.raw, key) {
                return found.map(Ok);
            }
        }
        self.data().read(key)
    }

    pub(crate) fn get(&mut self, key: &str) -> Option<&Value> {
        self.data().get(key)
    }

    /// Applies a change and notes it down. A change that leaves everything as it was is not a change.
    pub(crate) fn change(&mut self, change: Change) {
        if self.committed {
            tracing::warn!(
                key = change.key(),
                "the session was changed after its request had committed it; the change is lost"
            );
            return;
        }
        // Where nothing was read, there is nothing that a put could leave as it was: it need not be looked at yet.
        if self.raw.is_empty() && self.passing.is_empty() && matches!(change, Change::Put(..)) {
            return match change.check_depth() {
                Ok(()) => self.note(change),
                Err(problem) => self.refuse(problem),
            };
        }
        if self.is_no_op(&change) {
            if !self.passing.is_empty() {
                // Nothing to store; but a value of this request alone may have to go.
                let _ = change.apply(self.data());
            }
            self.no_ops.get_or_insert_default().note(change, &mut self.changes);
            self.applied = self.changes.len();
            return;
        }
        match change.apply(self.data()) {
            Ok(()) => {
                self.note(change);
                self.applied = self.changes.len();
            }
            Err(problem) => self.refuse(problem),
        }
    }

    /// Whether there is something to store: a session without a record needs none for what was forgotten again.
    pub(crate) fn has_changed(&self) -> bool {
        let changed = match self.origin {
            Origin::Live(_) => !self.changes.is_empty(),
            Origin::Fresh { .. } | Origin::Detached => !leave_nothing(&self.changes),
        };
        changed || self.new_csrf.is_some() || matches!(self.new_tag, Some(Some(_)))
    }

    /// The changes, for the commit. Who reads afterwards sees them still: the data has them.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        if self.applied < self.changes.len() {
            self.data();
        }
        self.applied = 0;
        std::mem::take(&mut self.changes)
    }

    fn note(&mut self, change: Change) {
        if let Some(no_ops) = &mut self.no_ops {
            no_ops.recall(&change, &mut self.changes);
        }
        if self.changes.capacity() == 0 {
            self.changes = Vec::with_capacity(8);
        }
        self.changes.push(change);
    }

    /// Sets a value for this request alone.
    pub(crate) fn pass(&mut self, key: &str, value: Value) {
        // Not checked for depth: it is never encoded.
        match self.data().put(key, value) {
            Ok(()) => drop(self.passing.insert(key.to_owned())),
            Err(problem) => self.refuse(problem),
        }
    }

    /// Remembers a value that cannot be stored; the commit fails with it.
    pub(crate) fn refuse(&mut self, problem: Unstorable) {
        self.unstorable.get_or_insert(problem);
    }

    /// Whether a change leaves everything as it was.
    fn is_no_op(&mut self, change: &Change) -> bool {
        if self.passing.is_empty() {
            return is_no_op_on(self.data(), change);
        }
        // Applying many changes again for each of them would take the square of their number.
        if self.changes.len() >= FEW_CHANGES {
            return false;
        }
        // A value that `now` put there is not in the record: putting the same one is a change.
        changes::changed(self.raw.clone(), &self.changes)
            .is_ok_and(|mut stored| is_no_op_on(&mut stored, change))
    }

    /// Whether the record has flash values, which a page would take with it.
    pub(crate) fn has_flash(&mut self) -> bool {
        match self.data {
            Some(_) => !self.seen_flash.is_empty(),
            None => self.mentions_flash(),
        }
    }

    /// Spares most requests a closer look: a record without flash does not mention it.
    fn mentions_flash(&mut self) -> bool {
        *self.mentions_flash.get_or_insert_with(|| FLASH.find(&self.raw).is_some())
    }

    /// Notes that the request reads a key by name.
    pub(crate) fn note_read(&mut self, key: &str) {
        if self.has_flash() {
            self.data();
            for (flash, read) in &mut self.seen_flash {
                *read |= flash_keys::is_part_of(flash, key);
            }
        }
    }

    /// Ends the flash values that the request found and the visitor has seen by its response.
    pub(crate) fn end_flash(&mut self, shown: Shown) {
        if matches!(shown, Shown::Nothing) || !self.has_flash() {
            return;
        }
        self.data();
        let ends = |(key, read): &&(String, bool)| {
            (*read || matches!(shown, Shown::Page)) && !self.has_flashed(key)
        };
        let seen = self.seen_flash.iter().filter(ends).map(|(key, _)| key.clone()).collect();
        self.change(Change::Age(seen));
    }

    /// Whether this request flashed a key, or kept it.
    pub(crate) fn has_flashed(&self, key: &str) -> bool {
        let mut changes = self.changes.iter();
        changes.any(|change| matches!(change, Change::Flash(keys) if keys.iter().any(|k| k == key)))
    }

    /// Gives the session another tag, or none, and another token: a key has one tag as long as it lives.
    pub(crate) fn retag(&mut self, tag: Option<Tag>) {
        self.new_tag = Some(tag);
        self.rotate = true;
    }

    /// The tag that the session has.
    pub(crate) fn tag(&self) -> Option<Tag> {
        let stored = match &self.origin {
            Origin::Live(live) => live.loaded.head.tag,
            Origin::Fresh { .. } | Origin::Detached => None,
        };
        self.new_tag.unwrap_or(stored)
    }

    /// What is to be stored: the record with the changes, and nothing that was for this request only.
    pub(crate) fn draft(&mut self) -> Result<Draft, Unstorable> {
        if self.changes.is_empty() {
            return Ok(Draft::of_json(&self.raw));
        }
        if !self.passing.is_empty() {
            return reapply(self.raw.clone(), &self.changes);
        }
        if !matches!(self.origin, Origin::Live(_)) {
            self.settle()?;
        }
        changes::draft(self.data())
    }

    /// Moves the waiting changes into the data: a session that is made meets no parallel request, which they would
    /// have to be applied after.
    fn settle(&mut self) -> Result<(), Unstorable> {
        let data = self.data.get_or_insert_default();
        let waiting = self.changes.drain(self.applied..);
        data.reserve(waiting.len());
        waiting.into_iter().try_for_each(|change| change.settle(data))
    }
}
