//! Finding a top-level key by its name.

use std::collections::HashMap;

use super::Entry;

/// With so many keys, it is quicker to look through their hashes than through the keys.
pub(super) const MANY: usize = 32;

/// With so many, a table is worth its making: without it, filling a session would take the square of its keys.
const LOTS: usize = 1024;

/// Where the names are, as far as there are so many that it is worth it.
#[derive(Debug, Default)]
pub(super) enum NameIndex {
    /// Of few keys nothing is kept.
    #[default]
    None,
    /// The hash of each name. Whoever chooses the names may choose equal hashes, which makes this slower, but not much.
    Hashes(Vec<u32>),
    /// The last index of each name.
    Table(HashMap<Box<[u8]>, usize>),
}

impl NameIndex {
    pub(super) fn of(entries: &[Entry], raw: &[u8]) -> Self {
        let names = entries.iter().map(|entry| entry.name_bytes(raw));
        match entries.len() {
            0..MANY => Self::None,
            MANY..LOTS => Self::Hashes(names.map(crc32fast::hash).collect()),
            LOTS.. => Self::Table(names.zip(0..).map(|(name, at)| (name.into(), at)).collect()),
        }
    }

    /// The same of entries that were read. A table has one index for each name, so those that are alike go, up to the last.
    pub(super) fn of_read(entries: &mut Vec<Entry>, raw: &[u8]) -> Self {
        let index = Self::of(entries, raw);
        let Self::Table(table) = &index else { return index };
        if table.len() == entries.len() {
            return index;
        }
        let mut all = 0..;
        entries.retain(|entry| table.get(entry.name_bytes(raw)).copied() == all.next());
        Self::of(entries, raw)
    }

    /// The index of a name. Of two that are alike, which we never write, the last counts, as in serde_json.
    pub(super) fn find(&self, name: &str, entries: &[Entry], raw: &[u8]) -> Option<usize> {
        let is = |entry: &Entry| entry.is_named(name, raw);
        match self {
            Self::None => entries.iter().rposition(is),
            Self::Hashes(hashes) => {
                let hash = crc32fast::hash(name.as_bytes());
                let alike = |at: &usize| hashes[*at] == hash && is(&entries[*at]);
                (0..hashes.len()).rev().find(alike)
            }
            Self::Table(table) => table.get(name.as_bytes()).copied(),
        }
    }

    /// Notes a name that was added behind the others.
    pub(super) fn add(&mut self, entries: &[Entry], raw: &[u8]) {
        let Some((last, before)) = entries.split_last() else { return };
        match self {
            Self::Table(table) => {
                table.insert(last.name_bytes(raw).into(), before.len());
            }
            Self::Hashes(hashes) if entries.len() < LOTS => {
                hashes.push(crc32fast::hash(last.name_bytes(raw)));
            }
            Self::None if entries.len() < MANY => {}
            Self::None | Self::Hashes(_) => *self = Self::of(entries, raw),
        }
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    /// Forgets a name whose index the last entry has taken.
    pub(super) fn replace(&mut self, name: &str, at: usize, entries: &[Entry], raw: &[u8]) {
        let Self::Table(table) = self else { return };
        table.remove(name.as_bytes());
        if let Some(moved) = entries.get(at) {
            table.insert(moved.name_bytes(raw).into(), at);
        }
    }
}
