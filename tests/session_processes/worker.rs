//! What the child processes do, until they are killed.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use lunox::session::{FileDriver, Outcome, Rotation, SessionDriver};

use super::model::{
    Board, DEADLINE, Dice, SHARED, SLOTS, Slot, WRITERS, check_payload, check_shared, key, payload,
    pointer, shared_key, shared_payload,
};

/// One line to the parent, with one call: it arrives whole or not at all, however we end.
fn tell(line: &str) {
    let told = std::io::stderr().write_all(format!("{line}\n").as_bytes());
    if told.is_err() {
        // The parent is gone, and with it whoever would kill us.
        std::process::exit(0);
    }
}

pub struct Writer {
    driver: FileDriver,
    board: Board,
    number: u64,
    slots: Vec<Slot>,
    dice: Dice,
}

impl Writer {
    /// Carries on where the writer before was killed.
    pub fn new(dir: &Path, board: &Path, number: u64, seed: u64, slots: Vec<Slot>) -> Self {
        let (driver, board) = (FileDriver::new(dir), Board::open(board));
        Self { driver, board, number, slots, dice: Dice::new(seed) }
    }

    pub async fn run(mut self) {
        loop {
            match self.dice.roll(5) {
                0 => self.count().await,
                _ => self.step().await,
            }
        }
    }

    /// Announces a step, takes it, and acknowledges it before the next one.
    async fn step(&mut self) {
        let slot = self.dice.roll(SLOTS);
        let before = self.slots[slot as usize];
        let step = before.step + 1;
        let mut after = Slot { step, ..before };
        let choice = if before.alive { self.dice.roll(10) } else { 10 };
        match choice {
            0 => after.alive = false,
            1 | 2 | 10 => {
                let next = before.next;
                after = Slot { generation: next, alive: true, step, written: step, next: next + 1 };
            }
            3 | 4 => {}
            _ => after.written = step,
        }
        let leaves = choice == 2;
        let new = key(self.number, slot, after.generation);
        let old = key(self.number, slot, before.generation);
        let bytes = payload(self.number, slot, after.generation, step);
        let deadline = DEADLINE + step;
        let found = self.driver.read(&old).await.expect("reads");
        let version = found.map_or(0, |stored| stored.version);
        tell(&format!("step {slot} {} {}", u64::from(leaves), after.to_text()));
        if choice < 3 {
            self.board.put(self.number, slot, before, true);
        }
        let done = match choice {
            0 => self.driver.destroy(&old).await.map(|()| Outcome::Done),
            1 | 2 => {
                let left = pointer(self.number, slot, before.generation);
                let left_behind = leaves.then_some((left, deadline));
                let rotation = Rotation {
                    old: &old,
                    version,
                    new: &new,
                    payload: bytes,
                    deadline,
                    left_behind,
                };
                self.driver.rotate(rotation).await
            }
            3 | 4 => self.driver.touch(&old, version, deadline).await,
            10 => self.driver.create(&new, bytes, deadline).await.map(|()| Outcome::Done),
            _ => self.driver.replace(&old, version, bytes, deadline).await,
        };
        match done {
            Ok(Outcome::Done) => {}
            other => {
                panic!("writer {} slot {slot}: {before:?} -> {after:?}: {other:?}", self.number)
            }
        }
        tell("done");
        self.board.put(self.number, slot, after, false);
        self.slots[slot as usize] = after;
    }

    /// Counts in a record that all writers count in.
    async fn count(&mut self) {
        let number = self.dice.roll(SHARED);
        let key = shared_key(number);
        let stored =
            self.driver.read(&key).await.expect("reads").expect("the shared record is there");
        let mut counters = check_shared(&stored.payload).unwrap_or_else(|torn| panic!("{torn}"));
        counters[self.number as usize] += 1;
        tell(&format!("count {number}"));
        let payload: Bytes = shared_payload(&counters);
        match self.driver.replace(&key, stored.version, payload, 1).await.expect("replaces") {
            Outcome::Done => tell("done"),
            Outcome::Conflict => tell("conflict"),
            Outcome::Gone => panic!("the shared record {number} is gone"),
        }
    }
}

/// Reads everything again and again; any lie is told on the way out.
pub async fn read_for_ever(dir: &Path, board: &Path, seed: u64) {
    let (driver, board, mut dice) = (FileDriver::new(dir), Board::open(board), Dice::new(seed));
    let mut seen = vec![vec![0; WRITERS as usize]; SHARED as usize];
    for round in 0.. {
        if dice.roll(5) == 0 {
            let number = dice.roll(SHARED);
            let stored = driver.read(&shared_key(number)).await.expect("reads").expect("is there");
            let counters = check_shared(&stored.payload).unwrap_or_else(|torn| panic!("{torn}"));
            let before = std::mem::replace(&mut seen[number as usize], counters);
            let now = &seen[number as usize];
            assert!(before.iter().zip(now).all(|(b, n)| b <= n), "went back: {before:?}, {now:?}");
        } else {
            let (writer, slot) = (dice.roll(WRITERS), dice.roll(SLOTS));
            if let Err(lie) = read_slot(&driver, &board, writer, slot).await {
                panic!("writer {writer} slot {slot}: {lie}");
            }
        }
        if round % 64 == 0 {
            tell("read");
        }
    }
}

async fn read_slot(
    driver: &FileDriver,
    board: &Board,
    writer: u64,
    slot: u64,
) -> Result<(), String> {
    let cell = board.cell(writer, slot);
    let written = board.written(writer, slot);
    let found = driver.read(&key(writer, slot, cell.generation)).await;
    let found = found.map_err(|error| format!("unreadable: {error}"))?;
    let step = match &found {
        Some(stored) => check_payload(&stored.payload, writer, slot, cell.generation)?,
        None => None,
    };
    match (step, found) {
        (Some(_), Some(_)) if !cell.alive => Err(format!("it came back from the dead: {cell:?}")),
        (Some(step), _) if step < written => {
            Err(format!("step {step} is older than {written}, which was acknowledged"))
        }
        (Some(step), Some(stored)) if stored.deadline - DEADLINE < cell.step.max(step) => {
            Err(format!("the deadline of {stored:?} is older than acknowledged: {cell:?}"))
        }
        (Some(_), _) => Ok(()),
        // Away, or a pointer to elsewhere: right if it was moved or destroyed meanwhile.
        (None, _) if cell.moving || !cell.alive => Ok(()),
        (None, found) => {
            let now = board.cell(writer, slot);
            if now.moving || !now.alive || now.generation != cell.generation {
                return Ok(());
            }
            Err(format!("it is gone, and nobody removed it: {cell:?}, {found:?}"))
        }
    }
}
