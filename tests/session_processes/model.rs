//! What the processes agree on: keys, payloads, and a board that tells readers what was acknowledged.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::Bytes;
use lunox::session::Key;

pub const WRITERS: u64 = 8;
pub const READERS: u64 = 8;
/// Records of one writer alone, whose whole history is known.
pub const SLOTS: u64 = 6;
/// Records that all writers count in.
pub const SHARED: u64 = 2;

/// Deadlines count the steps of a slot from here, so that a lost touch shows.
pub const DEADLINE: u64 = 10_000;

/// A small generator, so that a seed tells everything.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

/// A record of one writer: where it is and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Which of the slot's keys it has; none is ever used twice.
    pub generation: u64,
    pub alive: bool,
    /// How many steps were taken, touches included.
    pub step: u64,
    /// The step that wrote the payload.
    pub written: u64,
    /// The generation that the next creation or rotation takes.
    pub next: u64,
}

impl Slot {
    pub fn to_text(self) -> String {
        let Self { generation, alive, step, written, next } = self;
        format!("{generation} {} {step} {written} {next}", u64::from(alive))
    }

    pub fn parse(numbers: &[u64]) -> Self {
        let [generation, alive, step, written, next] = *numbers else {
            panic!("a slot has five numbers: {numbers:?}")
        };
        Self { generation, alive: alive == 1, step, written, next }
    }
}

pub fn key(writer: u64, slot: u64, generation: u64) -> Key {
    let mut bytes = [0; 32];
    // The first byte is the shard, in which a session stays.
    bytes[0] = (writer * 31 + slot * 7) as u8;
    bytes[8..16].copy_from_slice(&writer.to_le_bytes());
    bytes[16..24].copy_from_slice(&slot.to_le_bytes());
    bytes[24..].copy_from_slice(&generation.to_le_bytes());
    Key::from_bytes(bytes)
}

pub fn shared_key(number: u64) -> Key {
    key(WRITERS, number, 0)
}

const LIVE: u64 = 1;
const POINTER: u64 = 2;

fn filled(head: &[u64], length: u64) -> Bytes {
    let mut bytes: Vec<u8> = head.iter().flat_map(|number| number.to_le_bytes()).collect();
    let mut dice = Dice::new(head.iter().fold(7, |sum, number| (sum ^ number).wrapping_mul(31)));
    while (bytes.len() as u64) < length {
        bytes.extend(dice.roll(u64::MAX).to_le_bytes());
    }
    bytes.into()
}

/// The payload of a step: any byte of it can be foretold, so a torn one shows. Some fit into the file's slots,
/// some outgrow them.
pub fn payload(writer: u64, slot: u64, generation: u64, step: u64) -> Bytes {
    let length = match step * 7 % 10 {
        0 | 5 => 2_500 + step * 9_973 % 120_000,
        1..=2 => 1_800 + step % 400,
        _ => step * 37 % 900,
    };
    filled(&[LIVE, writer, slot, generation, step], length)
}

/// What a rotation leaves under the old key.
pub fn pointer(writer: u64, slot: u64, generation: u64) -> Bytes {
    filled(&[POINTER, writer, slot, generation], 32)
}

/// The step that wrote a live payload; `None` for a pointer. Fails for bytes that nobody wrote.
pub fn check_payload(
    bytes: &Bytes,
    writer: u64,
    slot: u64,
    generation: u64,
) -> Result<Option<u64>, String> {
    let number = |at: usize| {
        bytes
            .get(at * 8..at * 8 + 8)?
            .try_into()
            .ok()
            .map(u64::from_le_bytes)
            .filter(|n| *n < 1 << 40)
    };
    match number(0) {
        Some(LIVE)
            if number(4).is_some_and(|step| payload(writer, slot, generation, step) == bytes) =>
        {
            Ok(number(4))
        }
        Some(POINTER) if pointer(writer, slot, generation) == bytes => Ok(None),
        _ => Err(format!("torn: writer {writer} slot {slot} generation {generation}: {bytes:?}")),
    }
}

/// The counters of a shared record, one a writer.
pub fn shared_payload(counters: &[u64]) -> Bytes {
    let sum: u64 = counters.iter().sum();
    filled(counters, sum * 613 % 5_000)
}

/// Reads the counters; fails for bytes that nobody wrote.
pub fn check_shared(bytes: &Bytes) -> Result<Vec<u64>, String> {
    let heads = bytes.chunks_exact(8).take(WRITERS as usize);
    let counters: Vec<u64> =
        heads.map(|eight| u64::from_le_bytes(eight.try_into().expect("eight bytes"))).collect();
    let small = counters.iter().all(|count| *count < 1 << 32);
    if small && shared_payload(&counters) == bytes {
        return Ok(counters);
    }
    Err(format!("a shared record is torn: {counters:?}"))
}

/// What was acknowledged, for readers: two numbers a slot, each written with one call.
pub struct Board(File);

/// What the board says of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub generation: u64,
    pub alive: bool,
    /// The slot is about to be rotated or destroyed.
    pub moving: bool,
    pub step: u64,
}

impl Board {
    pub fn open(path: &Path) -> Self {
        let mut options = File::options();
        Self(options.read(true).write(true).create(true).open(path).expect("the board opens"))
    }

    fn at(writer: u64, slot: u64) -> u64 {
        (writer * SLOTS + slot) * 16
    }

    /// The acknowledged payload first: readers read it last.
    pub fn put(&self, writer: u64, slot: u64, state: Slot, moving: bool) {
        let cell = state.step << 24
            | state.generation << 2
            | u64::from(state.alive) << 1
            | u64::from(moving);
        let at = Self::at(writer, slot);
        self.0.write_all_at(&state.written.to_le_bytes(), at + 8).expect("the board is written");
        self.0.write_all_at(&cell.to_le_bytes(), at).expect("the board is written");
    }

    pub fn cell(&self, writer: u64, slot: u64) -> Cell {
        let bits = self.number(Self::at(writer, slot));
        Cell {
            generation: bits >> 2 & 0x3f_ffff,
            alive: bits & 2 > 0,
            moving: bits & 1 > 0,
            step: bits >> 24,
        }
    }

    pub fn written(&self, writer: u64, slot: u64) -> u64 {
        self.number(Self::at(writer, slot) + 8)
    }

    /// What was never written reads as 0: a slot that is not alive.
    fn number(&self, at: u64) -> u64 {
        let mut eight = [0; 8];
        match self.0.read_at(&mut eight, at) {
            Ok(8) => u64::from_le_bytes(eight),
            _ => 0,
        }
    }
}
