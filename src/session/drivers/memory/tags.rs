//! The index from a tag to keys.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::session::record::{Key, Tag};
use crate::support::lock::lock;

/// How often a sweep looks for entries that have ended, in seconds: it looks through all of them.
const LOOKS_EVERY: u64 = 60;

/// The keys of each tag, with the unix seconds until which they are entered.
#[derive(Debug, Default)]
pub(super) struct Tags(Mutex<Index>);

#[derive(Debug, Default)]
struct Index {
    entries: HashMap<Tag, Vec<(Key, u64)>>,
    next_look: u64,
}

impl Tags {
    pub(super) fn enter(&self, tag: &Tag, key: &Key, until: u64) {
        let mut index = lock(&self.0);
        let entries = index.entries.entry(*tag).or_default();
        match entries.iter_mut().find(|(entered, _)| entered == key) {
            Some(entry) => entry.1 = entry.1.max(until),
            None => entries.push((*key, until)),
        }
    }

    pub(super) fn take_out(&self, tag: &Tag, key: &Key) {
        let mut index = lock(&self.0);
        if let Some(entries) = index.entries.get_mut(tag) {
            entries.retain(|(entered, _)| entered != key);
            if entries.is_empty() {
                index.entries.remove(tag);
            }
        }
    }

    pub(super) fn of(&self, tag: &Tag) -> Vec<Key> {
        let index = lock(&self.0);
        index.entries.get(tag).into_iter().flatten().map(|(key, _)| *key).collect()
    }

    /// Takes out the entries that have ended.
    pub(super) fn sweep(&self, now: u64) {
        let mut index = lock(&self.0);
        if now < index.next_look {
            return;
        }
        index.next_look = now.saturating_add(LOOKS_EVERY);
        index.entries.retain(|_, entries| {
            entries.retain(|(_, until)| *until > now);
            !entries.is_empty()
        });
    }
}
