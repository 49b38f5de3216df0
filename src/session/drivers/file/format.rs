//! How a record lies in its file: a header, a touch cell and two slots.
//!
//! ```text
//!    0  magic, format version       8 bytes     written once
//!    8  capacity of a slot, CRC-32  8 bytes
//!   16  touch cell: version, deadline, CRC-32   20 bytes, padded to offset 64
//!   64  slot A: CRC-32, length, version, deadline, payload
//!    …  slot B: the same, 24 bytes and the capacity further on
//! ```
//!
//! The record is the valid slot with the higher version, and a replacement writes into the other one. So
//! a write that is cut short damages only what was out of date. The touch cell has the deadline of the
//! version that it names, so that moving a deadline never touches the record.

use std::ops::Range;

const MAGIC: [u8; 8] = *b"lunoxs\x00\x01";
const CAPACITY: usize = 8;
const HEADER: usize = 16;
const CELL: Range<usize> = HEADER..HEADER + 20;
const SLOTS: usize = 64;
const SLOT_HEAD: usize = 24;

/// The smallest file: one page, which holds two payloads of 1,992 bytes.
pub(super) const PAGE: usize = 4096;

/// The largest payload that a file may hold.
pub(super) const MAX_PAYLOAD: usize = 1 << 29;

/// What a file's bytes say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Image {
    /// Nothing, or a creation that was cut short before its header.
    Absent,
    /// Not a record that this driver wrote, or one that something else damaged.
    Damaged,
    /// A record.
    Record(Record),
}

/// Where a record lies in the bytes of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) version: u64,
    pub(super) deadline: u64,
    pub(super) payload: Range<usize>,
    pub(super) capacity: usize,
    /// The offset of the slot that the next version goes to.
    pub(super) spare: usize,
    /// Somebody is writing, or did not come to an end: without the lock the deadline may be an earlier one, and the record
    /// may be older than one that was there before the reading began.
    pub(super) unsure: bool,
}

/// The capacity of the slots for a payload: what fits into a file whose length is a power of two.
pub(super) fn capacity_for(payload: usize) -> usize {
    let file = (SLOTS + 2 * (SLOT_HEAD + payload)).next_power_of_two().max(PAGE);
    (file - SLOTS) / 2 - SLOT_HEAD
}

/// The length of a file with slots of this capacity.
pub(super) fn file_len(capacity: usize) -> usize {
    SLOTS + 2 * (SLOT_HEAD + capacity)
}

/// The length of the file that begins so. Only a guess: nothing has been checked yet.
pub(super) fn told_len(bytes: &[u8]) -> usize {
    let told = u32_at(bytes, CAPACITY).and_then(|capacity| usize::try_from(capacity).ok());
    told.map_or(0, |capacity| file_len(capacity.min(capacity_for(MAX_PAYLOAD))))
}

/// The capacity that a file's header tells; `None` where it is not a header.
fn capacity(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..HEADER)?;
    let valid = header[..8] == MAGIC && crc32fast::hash(&header[..12]) == u32_at(header, 12)?;
    let capacity = usize::try_from(u32_at(header, CAPACITY)?).ok()?;
    (valid && capacity <= capacity_for(MAX_PAYLOAD)).then_some(capacity)
}

/// Whether the bytes have no header yet: a file that is empty or begins with zeros.
fn is_headerless(bytes: &[u8]) -> bool {
    bytes.iter().take(SLOTS).all(|byte| *byte == 0)
}

/// The whole head of a new file, up to its slots.
pub(super) fn head(capacity: usize) -> [u8; SLOTS] {
    let mut head = [0; SLOTS];
    head[..8].copy_from_slice(&MAGIC);
    head[8..12].copy_from_slice(&narrow(capacity).to_le_bytes());
    let crc = crc32fast::hash(&head[..12]);
    head[12..HEADER].copy_from_slice(&crc.to_le_bytes());
    // No record has version 0, so this cell is valid and applies to none.
    head[CELL].copy_from_slice(&touch_cell(0, 0).1);
    head
}

/// The touch cell and where it goes.
pub(super) fn touch_cell(version: u64, deadline: u64) -> (usize, [u8; 20]) {
    let mut cell = [0; 20];
    cell[..8].copy_from_slice(&version.to_le_bytes());
    cell[8..16].copy_from_slice(&deadline.to_le_bytes());
    let crc = crc32fast::hash(&cell[..16]);
    cell[16..].copy_from_slice(&crc.to_le_bytes());
    (CELL.start, cell)
}

/// A slot with its head.
pub(super) fn slot(version: u64, deadline: u64, payload: &[u8]) -> Vec<u8> {
    let mut slot = Vec::with_capacity(SLOT_HEAD + payload.len());
    slot.extend_from_slice(&[0; 4]);
    slot.extend_from_slice(&narrow(payload.len()).to_le_bytes());
    slot.extend_from_slice(&version.to_le_bytes());
    slot.extend_from_slice(&deadline.to_le_bytes());
    slot.extend_from_slice(payload);
    let crc = crc32fast::hash(&slot[4..]);
    slot[..4].copy_from_slice(&crc.to_le_bytes());
    slot
}

/// Reads a whole file.
pub(super) fn decode(bytes: &[u8]) -> Image {
    match capacity(bytes) {
        Some(capacity) => newest(bytes, capacity).map_or(Image::Damaged, Image::Record),
        None if is_headerless(bytes) => Image::Absent,
        None => Image::Damaged,
    }
}

/// The record in the valid slot with the higher version.
fn newest(bytes: &[u8], capacity: usize) -> Option<Record> {
    let offsets = [SLOTS, SLOTS + SLOT_HEAD + capacity];
    let versions = offsets.map(|offset| slot_head(bytes, offset).map(|head| head.version));
    // The other slot is out of date, and only looked at if this one was cut short.
    let likely = usize::from(versions[1] > versions[0]);
    let valid = |slot: usize| Some((slot, valid_slot(bytes, offsets[slot], capacity)?));
    let (slot, SlotHead { length, version, deadline }) =
        valid(likely).or_else(|| valid(1 - likely))?;
    let start = offsets[slot] + SLOT_HEAD;
    let cell = valid_cell(bytes);
    // A reader that is slower than two writers may have copied this slot before it was written anew, and the other one while
    // it was: then the other one does not hold the version before.
    let in_order =
        versions[1 - slot].is_some_and(|other| other == 0 || other.checked_add(1) == Some(version));
    Some(Record {
        version,
        deadline: cell.filter(|cell| cell.0 == version).map_or(deadline, |cell| cell.1),
        payload: start..start + length,
        capacity,
        spare: offsets[1 - slot],
        unsure: cell.is_none() || !in_order,
    })
}

#[derive(Clone, Copy)]
struct SlotHead {
    length: usize,
    version: u64,
    deadline: u64,
}

fn slot_head(bytes: &[u8], offset: usize) -> Option<SlotHead> {
    let head = bytes.get(offset..offset + SLOT_HEAD)?;
    let length = usize::try_from(u32_at(head, 4)?).ok()?;
    Some(SlotHead { length, version: u64_at(head, 8)?, deadline: u64_at(head, 16)? })
}

fn valid_slot(bytes: &[u8], offset: usize, capacity: usize) -> Option<SlotHead> {
    let head =
        slot_head(bytes, offset).filter(|head| head.version > 0 && head.length <= capacity)?;
    let checked = bytes.get(offset + 4..offset + SLOT_HEAD + head.length)?;
    (crc32fast::hash(checked) == u32_at(bytes, offset)?).then_some(head)
}

fn valid_cell(bytes: &[u8]) -> Option<(u64, u64)> {
    let cell = bytes.get(CELL)?;
    let valid = crc32fast::hash(&cell[..16]) == u32_at(cell, 16)?;
    valid.then_some((u64_at(cell, 0)?, u64_at(cell, 8)?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).expect("payloads beyond MAX_PAYLOAD are refused before they get here")
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
