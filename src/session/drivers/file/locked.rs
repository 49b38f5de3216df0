//! A record's file in the hands of a writer.

use std::fs::File;
use std::io;
use std::ops::Range;

use super::format::{self, BLOCK, Contents, FileRecord, Image, Replacement};
use super::open_files::OpenFile;
use super::store::{Fault, Store, Wait, stored};
use super::system::{self, failed};
use crate::session::drivers::{DriverError, Outcome, Stored};
use crate::session::record::Key;

/// A record's file, locked for this handle alone. It stays open for the next call when it is released; where a call
/// stops at an error it is closed, which unlocks it too.
pub(super) struct Locked<'s> {
    store: &'s Store,
    key: Key,
    file: OpenFile,
}

impl<'s> Locked<'s> {
    /// Locks the file of a record; `None` where there is none.
    pub(crate) fn open(store: &'s Store, key: &Key, wait: Wait) -> Result<Option<Self>, Fault> {
        let path = || store.path(key);
        loop {
            let file = match store.open_files.take(key) {
                Some(file) => Some(file),
                None => store.open(key, system::open_to_write)?,
            };
            let Some(mut file) = file else {
                return Ok(None);
            };
            let locked = system::lock(&file.file, wait);
            if !locked.map_err(|error| failed("lock", &path(), &error))? {
                return Err(Fault::Busy);
            }
            // While it was open, or waited for, it may have lost its name.
            let current = file.is_current(path);
            if current.map_err(|error| failed("look at", &path(), &error))? {
                return Ok(Some(Self { store, key: *key, file }));
            }
        }
    }

    /// The record in the file. A damaged one is set aside. To be asked once.
    pub(super) fn current(&self) -> Result<Option<FileRecord>, DriverError> {
        self.look(|record, _| record)
    }

    /// Reads the record for a caller that could not read it without the lock.
    ///
    /// Where a newer version, or the newest deadline, cannot be read, the record is written again under a version that no
    /// request has read, and what is in the file beside it is erased. So this is reported once.
    pub(super) fn stored(self) -> Result<Option<Stored>, DriverError> {
        let found = self.look(|record, contents| (stored(&record, contents), record))?;
        let Some((stored, record)) = found else {
            self.release();
            return Ok(None);
        };
        if !record.recovered {
            if record.is_unsure() {
                self.erase(record.spare_slot());
            }
            self.release();
            return Ok(Some(stored));
        }
        let (cell, empty) = format::touch_cell(0, 0);
        self.warn(system::write_at(&self.file.file, &empty, cell));
        let (store, key, version) = (self.store, self.key, self.next_version(&record));
        match self.overwrite_as(version, &record, &stored.payload, stored.deadline) {
            Ok(Outcome::Done) => Ok(Some(Stored { version, recovered: true, ..stored })),
            Ok(_) => Ok(None),
            Err(error) => {
                let path = store.path(&key);
                tracing::warn!(path = %path.display(), %error, "a session file was not repaired");
                Ok(Some(Stored { recovered: true, ..stored }))
            }
        }
    }

    /// Fills a part of the file with zeros. The record does not depend on it, so a failure is only worth a warning; whoever
    /// reads the record next tries again.
    fn erase(&self, range: Range<usize>) {
        self.warn(system::write_at(&self.file.file, &vec![0; range.len()], range.start));
    }

    fn warn(&self, written: io::Result<()>) {
        if let Err(error) = written {
            let path = self.store.path(&self.key);
            tracing::warn!(path = %path.display(), %error, "a session file still holds what should be erased");
        }
    }

    fn look<T>(
        &self,
        of: impl FnOnce(FileRecord, &Contents<'_>) -> T,
    ) -> Result<Option<T>, DriverError> {
        let looked = system::read(&self.file.file, |image, contents| match image {
            Image::Absent => Some(None),
            Image::Damaged => None,
            Image::Record(record) => Some(Some(of(record, contents))),
        });
        match looked {
            Ok(Some(found)) => Ok(found),
            Ok(None) => self.set_aside(),
            Err(error) => Err(failed("read", &self.store.path(&self.key), &error)),
        }
    }

    /// Whether its path leads to this file: what works on the path alone would else reach another folder than the one that
    /// the file lies in, if they were swapped a moment ago. Fails where the folder is gone rather than swapped.
    pub(super) fn is_in_place(&self) -> Result<bool, DriverError> {
        let in_place = self.file.is_at(&self.store.path(&self.key));
        if !in_place {
            self.store.root.check()?;
        }
        Ok(in_place)
    }

    /// Unlocks the file, and keeps it open for the next call.
    pub(super) fn release(self) {
        if self.file.file.unlock().is_ok() {
            self.store.open_files.keep(&self.key, self.file);
        }
    }

    pub(super) fn remove(self) -> Result<(), DriverError> {
        if !system::remove(&self.store.path(&self.key))? {
            // A file that was moved away with its folder would come back with it.
            self.store.root.check()?;
        }
        Ok(())
    }

    /// Changes the record, if it still has this version.
    pub(crate) fn change(
        self,
        version: u64,
        change: impl FnOnce(Self, &FileRecord) -> Result<Outcome, DriverError>,
    ) -> Result<Outcome, Fault> {
        let outcome = match self.current()? {
            Some(record) if record.version == version => return Ok(change(self, &record)?),
            Some(_) => Outcome::Conflict,
            None => Outcome::Gone,
        };
        self.release();
        Ok(outcome)
    }

    /// Sets the deadline of the record, in the touch cell.
    pub(crate) fn touch(self, record: &FileRecord, deadline: u64) -> Result<Outcome, DriverError> {
        let (offset, cell) = format::touch_cell(record.version, deadline);
        self.write(&cell, offset)
    }

    /// The version after this one that no request can have read: not the one that was there and cannot be read any more.
    fn next_version(&self, record: &FileRecord) -> u64 {
        if record.recovered { self.store.versions.skip(record.version) } else { record.version + 1 }
    }

    /// Writes the next version, and erases this one.
    pub(super) fn overwrite(
        self,
        record: &FileRecord,
        payload: &[u8],
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let version = self.next_version(record);
        self.overwrite_as(version, record, payload, deadline)
    }

    fn overwrite_as(
        self,
        version: u64,
        record: &FileRecord,
        payload: &[u8],
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        match record.replacement(version, payload, deadline) {
            Replacement::Block { slot } => {
                system::write_alone(&self.file.file, slot, |space| {
                    format::write_slot(space, version, deadline, payload)
                })
                .map_err(|error| failed("write", &self.store.path(&self.key), &error))?;
                self.release();
                Ok(Outcome::Done)
            }
            Replacement::File => self.make_anew(version, payload, deadline),
            Replacement::Slots { offset, slot, erase } => {
                system::write_at(&self.file.file, &slot, offset)
                    .map_err(|error| failed("write", &self.store.path(&self.key), &error))?;
                self.erase(erase);
                self.release();
                Ok(Outcome::Done)
            }
        }
    }

    fn write(self, bytes: &[u8], offset: usize) -> Result<Outcome, DriverError> {
        system::write_at(&self.file.file, bytes, offset)
            .map_err(|error| failed("write", &self.store.path(&self.key), &error))?;
        self.release();
        Ok(Outcome::Done)
    }

    /// Replaces the file by one whose slots are as large as the payload needs.
    fn make_anew(
        self,
        version: u64,
        payload: &[u8],
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        if !self.is_in_place()? {
            return Ok(Outcome::Gone);
        }
        let path = self.store.path(&self.key);
        // The lock on the record makes this name ours alone; whatever is there is replaced.
        let temporary = path.with_extension("tmp");
        let write = || {
            let file = self.store.with_room(|| system::make_anew(&temporary))?;
            write_new(&file, version, deadline, payload)?;
            std::fs::rename(&temporary, &path)
        };
        write().map(|()| Outcome::Done).map_err(|error| {
            let _ = system::remove(&temporary);
            failed("write", &temporary, &error)
        })
    }

    /// Keeps a damaged file under another name, for whoever looks into it.
    fn set_aside<T>(&self) -> Result<Option<T>, DriverError> {
        // Another call may have done it meanwhile, and the path may be in use again.
        if !self.is_in_place()? {
            return Ok(None);
        }
        let path = self.store.path(&self.key);
        let mut aside = path.with_extension("corrupt");
        for number in 1.. {
            if !aside.exists() {
                break;
            }
            aside = path.with_extension(format!("corrupt.{number}"));
        }
        std::fs::rename(&path, &aside)
            .map_err(|error| failed("set the corrupt record aside as", &aside, &error))?;
        Err(DriverError::Corrupt(format!("it is kept at `{}`", aside.display())))
    }
}

/// Fills an empty file: with one write if it is a block, else so that it counts as absent until its header is written.
pub(super) fn write_new(
    file: &File,
    version: u64,
    deadline: u64,
    payload: &[u8],
) -> io::Result<()> {
    let capacity = format::capacity_for(payload.len());
    let (head, slot) = (format::head(capacity), format::slot(version, deadline, payload));
    let whole = format::file_len(capacity);
    if whole == BLOCK {
        let mut block = Vec::with_capacity(BLOCK);
        block.extend_from_slice(&head);
        block.extend_from_slice(&slot);
        block.resize(BLOCK, 0);
        return system::write_at(file, &block, 0);
    }
    file.set_len(whole as u64)?;
    system::write_at(file, &slot, head.len())?;
    system::write_at(file, &head, 0)
}
