//! A record's file in the hands of a writer.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::format::{self, Image, PAGE, Record};
use super::store::{Fault, Wait};
use super::system::{self, failed};
use crate::session::DriverError;

/// A record's file, locked for this handle alone until it is dropped.
pub(super) struct Locked {
    file: File,
    path: PathBuf,
}

impl Locked {
    /// Opens and locks the file that is at `path`; `None` where there is none.
    pub(super) fn open(path: PathBuf, wait: Wait) -> Result<Option<Self>, Fault> {
        loop {
            let Some(file) = system::open(system::read_write(), &path)? else {
                return Ok(None);
            };
            system::lock(&file, &path, wait)?;
            if system::has_name(&file, &path)? {
                return Ok(Some(Self { file, path }));
            }
        }
    }

    /// The record in the file, and the file's bytes. A damaged one is set aside. To be asked once.
    pub(super) fn current(&self) -> Result<Option<(Record, Vec<u8>)>, DriverError> {
        match read_image(&self.file, &self.path)? {
            (Image::Absent, _) => Ok(None),
            (Image::Damaged, _) => self.set_aside(),
            (Image::Record(record), bytes) => Ok(Some((record, bytes))),
        }
    }

    /// Whether the file has not been set aside while this handle waited for the lock.
    pub(super) fn is_in_place(&self) -> bool {
        system::is_at(&self.file, &self.path)
    }

    pub(super) fn remove(&self) -> Result<(), DriverError> {
        system::remove(&self.path)
    }

    /// Sets the deadline of the record, in the touch cell.
    pub(super) fn touch(&self, record: &Record, deadline: u64) -> Result<(), DriverError> {
        let (offset, cell) = format::touch_cell(record.version, deadline);
        system::write_at(&self.file, &cell, offset)
            .map_err(|error| failed("write", &self.path, &error))
    }

    /// Writes the next version, into the spare slot or, if it is too small, into a new file.
    pub(super) fn overwrite(
        &self,
        record: &Record,
        payload: &[u8],
        deadline: u64,
    ) -> Result<(), DriverError> {
        let version = record.version + 1;
        if payload.len() > record.capacity {
            return self.outgrow(version, payload, deadline);
        }
        let slot = format::slot(version, deadline, payload);
        system::write_at(&self.file, &slot, record.spare)
            .map_err(|error| failed("write", &self.path, &error))
    }

    /// Replaces the file by one with larger slots.
    fn outgrow(&self, version: u64, payload: &[u8], deadline: u64) -> Result<(), DriverError> {
        // The lock on the record makes this name ours alone; a leftover under it is overwritten.
        let temporary = self.path.with_extension("tmp");
        let write = || {
            let file = system::read_write().create(true).truncate(true).open(&temporary)?;
            write_new(&file, version, deadline, payload)?;
            std::fs::rename(&temporary, &self.path)
        };
        write().map_err(|error| {
            let _ = system::remove(&temporary);
            failed("write", &temporary, &error)
        })
    }

    /// Keeps a damaged file under another name, for whoever looks into it.
    fn set_aside<T>(&self) -> Result<Option<T>, DriverError> {
        // Another call may have done it meanwhile, and the path may be in use again.
        if !self.is_in_place() {
            return Ok(None);
        }
        let mut aside = self.path.with_extension("corrupt");
        for number in 1.. {
            if !aside.exists() {
                break;
            }
            aside = self.path.with_extension(format!("corrupt.{number}"));
        }
        std::fs::rename(&self.path, &aside)
            .map_err(|error| failed("set the corrupt record aside as", &aside, &error))?;
        Err(DriverError::Corrupt(format!("it is kept at `{}`", aside.display())))
    }
}

/// Reads a file that was just opened.
pub(super) fn read_image(file: &File, path: &Path) -> Result<(Image, Vec<u8>), DriverError> {
    // Not cleared first: clearing a page costs as much as all that is done to what is read.
    let mut bytes = Vec::with_capacity(PAGE);
    let read = |mut file: &File, bytes: &mut Vec<u8>, length: usize| {
        let read = file.by_ref().take(length as u64).read_to_end(bytes);
        read.map_err(|error| failed("read", path, &error))
    };
    read(file, &mut bytes, PAGE)?;
    let whole = format::told_len(&bytes);
    if whole > PAGE {
        read(file, &mut bytes, whole - PAGE)?;
    }
    Ok((format::decode(&bytes), bytes))
}

/// Fills an empty file: with one write if it is a page, else so that it counts as absent until its header is written.
pub(super) fn write_new(
    file: &File,
    version: u64,
    deadline: u64,
    payload: &[u8],
) -> io::Result<()> {
    let capacity = format::capacity_for(payload.len());
    let (head, slot) = (format::head(capacity), format::slot(version, deadline, payload));
    let whole = format::file_len(capacity);
    if whole == PAGE {
        let mut page = Vec::with_capacity(PAGE);
        page.extend_from_slice(&head);
        page.extend_from_slice(&slot);
        page.resize(PAGE, 0);
        return system::write_at(file, &page, 0);
    }
    file.set_len(whole as u64)?;
    system::write_at(file, &slot, head.len())?;
    system::write_at(file, &head, 0)
}
