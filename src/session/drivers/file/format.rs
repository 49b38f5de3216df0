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
//! The record is the valid slot with the higher version. A replacement writes into the other slot and then
//! fills the slot before it with zeros, so a write that is cut short leaves the record, and a record that was
//! replaced can be read by nobody. In a file of one block both are one write. The touch cell has the deadline
//! of the version that it names, so that moving a deadline never touches the record.

use std::ops::Range;

use bytes::Bytes;

const MAGIC: [u8; 8] = *b"lunoxs\x00\x01";
const CAPACITY: usize = 8;
const HEADER: usize = 16;
const CELL: Range<usize> = HEADER..HEADER + 20;
/// Where the slots begin.
pub(super) const SLOTS: usize = 64;
pub(super) const SLOT_HEAD: usize = 24;

/// The smallest file: one block, which holds two payloads of 1,992 bytes.
pub(super) const BLOCK: usize = 4096;

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
    Record(FileRecord),
}

/// Where a record is in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRecord {
    pub(crate) version: u64,
    pub(crate) deadline: u64,
    /// The number of its slot.
    slot: usize,
    length: usize,
    capacity: usize,
    /// How much of the other slot is in use: nothing, unless somebody is writing, or was killed while writing.
    spare: usize,
    /// A newer version, or the newest deadline, cannot be read. Without the lock: somebody may be writing it. Under the
    /// lock: a write was cut short, or the file was damaged.
    pub(super) recovered: bool,
}

/// The bytes of a file, as far as its record needs them.
#[derive(Debug)]
pub(super) enum Contents<'b> {
    /// All of them.
    Whole(&'b [u8]),
    /// The begin of a file of several blocks, and its slots: all of the one that is likely to be the record, the head of
    /// the other.
    Parts(&'b [u8], [Bytes; 2]),
}

impl Contents<'_> {
    fn begin(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Parts(begin, _) => begin,
        }
    }

    fn slot(&self, number: usize, capacity: usize) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes.get(slot_offset(number, capacity)..).unwrap_or_default(),
            Self::Parts(_, slots) => &slots[number],
        }
    }

    /// The payload of a record that was found here.
    pub(super) fn payload(&self, record: &FileRecord) -> Bytes {
        let payload = SLOT_HEAD..SLOT_HEAD + record.length;
        match self {
            // A copy is smaller than a block, and all that a request then holds.
            Self::Whole(_) => {
                Bytes::copy_from_slice(&self.slot(record.slot, record.capacity)[payload])
            }
            Self::Parts(_, slots) => slots[record.slot].slice(payload),
        }
    }
}

/// Where the slots of a file of several blocks are, by its first block; `None` for a file of one block, or without a header.
pub(super) fn large_slots(begin: &[u8]) -> Option<[usize; 2]> {
    // Nearly all files are one block; the header is only checked where it claims more.
    let claimed = u32_at(begin, CAPACITY).and_then(|capacity| usize::try_from(capacity).ok())?;
    if claimed <= capacity_for(0) {
        return None;
    }
    let capacity = capacity(begin)?;
    Some([0, 1].map(|number| slot_offset(number, capacity)))
}

/// The number of the slot that is likely to be the record, by the heads of both.
pub(super) fn likely_slot(slots: [&[u8]; 2]) -> usize {
    let versions = slots.map(|slot| slot_head(slot).map(|head| head.version));
    usize::from(versions[1] > versions[0])
}

/// The length of a slot by its head, which has not been checked.
pub(super) fn slot_len(head: &[u8]) -> usize {
    SLOT_HEAD + slot_head(head).map_or(0, |head| head.length)
}

fn slot_offset(number: usize, capacity: usize) -> usize {
    SLOTS + number * (SLOT_HEAD + capacity)
}

/// What has to be written, and where, so that the file holds another version of its record and nothing of the one before.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Replacement {
    /// Both slots of a file of one block: this one has the version, the other is empty.
    Block { slot: usize },
    /// The spare slot, and then zeros over the other one.
    Slots { offset: usize, slot: Vec<u8>, erase: Range<usize> },
    /// A new file: the payload is too large for this one, or much too small.
    File,
}

impl FileRecord {
    /// Whether the file holds more than the record: only the lock shows what to make of it.
    pub(super) fn is_unsure(&self) -> bool {
        self.recovered || self.spare > 0
    }

    /// How another version replaces this one.
    pub(super) fn replacement(&self, version: u64, payload: &[u8], deadline: u64) -> Replacement {
        let (needed, length) = (file_len(capacity_for(payload.len())), file_len(self.capacity));
        // Much too small: else a session that was large once would be read and written as a large one for ever. Not at once,
        // since the next page may well need the room again.
        // A spare slot that is in use would keep what the next version is too short to overwrite.
        let in_use = self.spare > 0 && length > BLOCK;
        if needed > length || length >= SHRINK * needed || in_use {
            return Replacement::File;
        }
        let spare = slot_offset(1 - self.slot, self.capacity);
        if length == BLOCK {
            return Replacement::Block { slot: spare - SLOTS };
        }
        let current = slot_offset(self.slot, self.capacity);
        Replacement::Slots {
            offset: spare,
            slot: slot(version, deadline, payload),
            erase: current..current + SLOT_HEAD + self.length,
        }
    }

    /// What is in use of the slot that does not hold the record. Zeros make it an empty one.
    pub(super) fn spare_slot(&self) -> Range<usize> {
        let spare = slot_offset(1 - self.slot, self.capacity);
        spare..spare + self.spare
    }
}

/// A file that is so many times as long as it needs to be is made anew.
const SHRINK: usize = 4;

/// The capacity of the slots for a payload: what fits into a file whose length is a power of two.
pub(super) fn capacity_for(payload: usize) -> usize {
    let file = (SLOTS + 2 * (SLOT_HEAD + payload)).next_power_of_two().max(BLOCK);
    (file - SLOTS) / 2 - SLOT_HEAD
}

/// The length of a file with slots of this capacity.
pub(super) fn file_len(capacity: usize) -> usize {
    SLOTS + 2 * (SLOT_HEAD + capacity)
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
pub(crate) fn head(capacity: usize) -> [u8; SLOTS] {
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
    let mut slot = vec![0; SLOT_HEAD + payload.len()];
    write_slot(&mut slot, version, deadline, payload);
    slot
}

/// Writes a slot with its head to the begin of a space, and returns its length.
pub(super) fn write_slot(space: &mut [u8], version: u64, deadline: u64, payload: &[u8]) -> usize {
    let slot = &mut space[..SLOT_HEAD + payload.len()];
    slot[4..8].copy_from_slice(&narrow(payload.len()).to_le_bytes());
    slot[8..16].copy_from_slice(&version.to_le_bytes());
    slot[16..SLOT_HEAD].copy_from_slice(&deadline.to_le_bytes());
    slot[SLOT_HEAD..].copy_from_slice(payload);
    let crc = crc32fast::hash(&slot[4..]);
    slot[..4].copy_from_slice(&crc.to_le_bytes());
    slot.len()
}

/// Finds the record in the bytes of a file.
pub(crate) fn decode(contents: &Contents<'_>) -> Image {
    let begin = contents.begin();
    match capacity(begin) {
        Some(capacity) => newest(contents, capacity).map_or(Image::Damaged, Image::Record),
        None if is_headerless(begin) => Image::Absent,
        None => Image::Damaged,
    }
}

/// The record in the valid slot with the higher version.
fn newest(contents: &Contents<'_>, capacity: usize) -> Option<FileRecord> {
    let slots = [0, 1].map(|number| contents.slot(number, capacity));
    let likely = likely_slot(slots);
    let valid = |number: usize| Some((number, valid_slot(slots[number], capacity)?));
    let (slot, SlotHead { length, version, deadline }) =
        valid(likely).or_else(|| valid(1 - likely))?;
    let cell = valid_cell(contents.begin());
    const EMPTY: [u8; SLOT_HEAD] = [0; SLOT_HEAD];
    let spare = match slots[1 - slot].first_chunk() {
        None | Some(&EMPTY) => 0,
        Some(head) => slot_len(head),
    };
    Some(FileRecord {
        version,
        deadline: cell.filter(|cell| cell.0 == version).map_or(deadline, |cell| cell.1),
        slot,
        length,
        capacity,
        spare: spare.min(SLOT_HEAD + capacity),
        recovered: cell.is_none() || slot != likely,
    })
}

#[derive(Clone, Copy)]
struct SlotHead {
    length: usize,
    version: u64,
    deadline: u64,
}

fn slot_head(slot: &[u8]) -> Option<SlotHead> {
    let head = slot.get(..SLOT_HEAD)?;
    let length = usize::try_from(u32_at(head, 4)?).ok()?;
    Some(SlotHead { length, version: u64_at(head, 8)?, deadline: u64_at(head, 16)? })
}

fn valid_slot(slot: &[u8], capacity: usize) -> Option<SlotHead> {
    let head = slot_head(slot).filter(|head| head.version > 0 && head.length <= capacity)?;
    let checked = slot.get(4..SLOT_HEAD + head.length)?;
    (crc32fast::hash(checked) == u32_at(slot, 0)?).then_some(head)
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

/// A file of any bytes is read or refused, and its record lies within it.
#[cfg(all(any(test, fuzzing), feature = "uploads"))]
pub(crate) fn file_of_any_bytes(bytes: &[u8]) {
    let head = head(capacity_for(0));
    let slot = slot(7, 9, bytes.get(..40).unwrap_or(bytes));
    // As it is, behind a good header, and over a good record.
    let files = [bytes.to_vec(), [&head[..], bytes].concat(), [&head[..], &slot, bytes].concat()];
    for file in files {
        let contents = Contents::Whole(&file);
        if let Image::Record(record) = decode(&contents) {
            assert_eq!(contents.payload(&record).len(), record.length);
        }
        if let Some(offsets) = large_slots(&file) {
            assert!(offsets[0] < offsets[1]);
        }
    }
}
