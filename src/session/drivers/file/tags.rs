//! The index from a tag to keys: one empty file an entry, whose name has the key and the seconds until which it stays.
//!
//! Making and removing a file are single steps of the file system, so entries need no lock. A call that is cut short may
//! leave two for one key, and so may entering it for longer: the later counts, and each is removed in its time.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::store::Store;
use super::system::{self, failed};
use crate::session::drivers::DriverError;
use crate::session::record::{Key, Tag};

/// How often a sweep may remove a folder before an entry is made in it.
const ATTEMPTS: usize = 100;

impl Store {
    pub(super) fn enter(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.root.check_sometimes()?;
        let folder = self.tag_folder(tag);
        let path = folder.join(format!("{key}.{until}"));
        for _ in 0..ATTEMPTS {
            match self.with_room(|| system::read_write().create(true).truncate(false).open(&path)) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::NotFound => self.make_tag_folder(tag)?,
                Err(error) => return Err(failed("make", &path, &error)),
            }
        }
        Err(DriverError::unavailable(format!("`{}` does not stay", folder.display())))
    }

    pub(super) fn take_out(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.remove_entries(tag, |entry, _| entry == *key)
    }

    pub(super) fn tagged(&self, tag: &Tag) -> Result<Vec<Key>, DriverError> {
        let entries: HashMap<Key, u64> = self.entries(tag)?.into_iter().collect();
        Ok(entries.into_keys().collect())
    }

    /// Removes the entries of a tag that have ended.
    pub(super) fn sweep_tag(&self, tag: &Tag, now: u64) -> Result<(), DriverError> {
        self.remove_entries(tag, |_, until| until <= now)
    }

    /// The tags with a folder among those of this number.
    pub(super) fn tags(&self, number: u8) -> Result<Vec<Tag>, DriverError> {
        let path = self.root.dir().join("tags").join(format!("{number:02x}"));
        Ok(self.names_in(path)?.iter().filter_map(|name| Tag::parse(name)).collect())
    }

    /// The entries of a tag; a key may have more than one.
    fn entries(&self, tag: &Tag) -> Result<Vec<(Key, u64)>, DriverError> {
        let names = self.names_in(self.tag_folder(tag))?;
        let entry = |name: &String| {
            let (key, until) = name.split_once('.')?;
            Some((key.parse().ok()?, until.parse().ok()?))
        };
        Ok(names.iter().filter_map(entry).collect())
    }

    fn remove_entries(
        &self,
        tag: &Tag,
        ended: impl Fn(Key, u64) -> bool,
    ) -> Result<(), DriverError> {
        let folder = self.tag_folder(tag);
        let mut left = false;
        for (key, until) in self.entries(tag)? {
            if ended(key, until) {
                system::remove(&folder.join(format!("{key}.{until}")))?;
            } else {
                left = true;
            }
        }
        if !left {
            // Not if somebody has just made an entry in it.
            let _ = std::fs::remove_dir(&folder);
        }
        Ok(())
    }

    /// What lies in a folder; nothing if there is none.
    fn names_in(&self, folder: PathBuf) -> Result<Vec<String>, DriverError> {
        let cannot = |error| failed("read the folder", &folder, &error);
        let entries = match self.with_room(|| std::fs::read_dir(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.root.check()?;
                return Ok(Vec::new());
            }
            Err(error) => return Err(cannot(error)),
        };
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
        let names: Result<Vec<Option<String>>, _> = names.collect();
        Ok(names.map_err(cannot)?.into_iter().flatten().collect())
    }

    fn tag_folder(&self, tag: &Tag) -> PathBuf {
        let digits = tag.to_string();
        self.root.dir().join("tags").join(&digits[..2]).join(digits)
    }

    /// Makes the folder of a tag and the two above it, but not the folder of all sessions.
    fn make_tag_folder(&self, tag: &Tag) -> Result<(), DriverError> {
        let folder = self.tag_folder(tag);
        let mut missing: Vec<_> = folder.ancestors().take(3).collect();
        while let Some(folder) = missing.pop() {
            self.root.make_shard(folder)?;
        }
        Ok(())
    }
}
