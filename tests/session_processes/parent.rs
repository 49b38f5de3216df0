//! Starts the children, kills them, and compares what they acknowledged with what is there.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};

use lunox::session::{FileDriver, SessionDriver};

use super::model::{
    Board, DEADLINE, Dice, SHARED, SLOTS, Slot, check_payload, check_shared, key, shared_key,
};

/// Where everything happens.
pub struct Place {
    pub dir: PathBuf,
    pub board: PathBuf,
    pub seed: u64,
    /// How many more children may be killed.
    pub kills: AtomicI64,
}

/// A child process and what it says.
struct Live {
    child: Child,
    says: BufReader<ChildStderr>,
}

impl Live {
    fn start(place: &Place, role: &str, number: u64, seed: u64, state: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this test has a path"))
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env("CHILD_ROLE", role)
            .env("CHILD_NUMBER", number.to_string())
            .env("CHILD_SEED", seed.to_string())
            .env("CHILD_STATE", state)
            .env("CHILD_DIR", &place.dir)
            .env("CHILD_BOARD", &place.board)
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let says = BufReader::new(child.stderr.take().expect("it is piped"));
        Self { child, says }
    }

    /// The next whole line; `None` at the end. A line without its end was cut off by the kill.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.says.read_line(&mut line).expect("text");
        line.ends_with('\n').then(|| line.trim_end().to_owned())
    }

    /// Ends the process at once, as `kill -9` does, and gives all that it had still said.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("it can be killed");
        let said = std::iter::from_fn(|| self.line()).collect();
        self.child.wait().expect("it ends");
        said
    }
}

/// What one writer has announced and acknowledged.
#[derive(Default)]
struct Account {
    slots: Vec<Slot>,
    counted: [u64; SHARED as usize],
    /// What was announced and neither acknowledged nor refused.
    open: Option<Open>,
    /// Keys that were left for ever, and whether a pointer stays there.
    left: Vec<(u64, u64, bool)>,
    acknowledged: u64,
}

enum Open {
    Step { slot: u64, after: Slot, leaves: bool },
    Count(usize),
}

impl Account {
    /// Takes a line in; an error is what a child died of.
    fn hear(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split(' ');
        let word = words.next().unwrap_or_default();
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        match word {
            "step" => {
                let numbers: Vec<u64> = std::iter::from_fn(number).collect();
                let (slot, leaves) = (numbers[0], numbers[1] == 1);
                self.open = Some(Open::Step { slot, after: Slot::parse(&numbers[2..]), leaves });
            }
            "count" => self.open = Some(Open::Count(number().expect("a number") as usize)),
            "conflict" => self.open = None,
            "done" => {
                self.acknowledged += 1;
                match self.open.take().expect("it was announced") {
                    Open::Step { slot, after, leaves } => self.take(slot, after, leaves),
                    Open::Count(number) => self.counted[number] += 1,
                }
            }
            _ => return Err(line.to_owned()),
        }
        Ok(())
    }

    fn take(&mut self, slot: u64, after: Slot, leaves: bool) {
        let before = std::mem::replace(&mut self.slots[slot as usize], after);
        if before.alive && (after.generation != before.generation || !after.alive) {
            self.left.push((slot, before.generation, leaves));
        }
    }
}

/// One writer and all its lives.
pub struct Overseer<'a> {
    place: &'a Place,
    number: u64,
    dice: Dice,
    account: Account,
    driver: FileDriver,
    board: Board,
}

impl<'a> Overseer<'a> {
    pub fn new(place: &'a Place, number: u64) -> Self {
        let slots = vec![Slot { next: 1, ..Slot::default() }; SLOTS as usize];
        Self {
            place,
            number,
            dice: Dice::new(place.seed + 1_000 * number),
            account: Account { slots, ..Account::default() },
            driver: FileDriver::new(&place.dir),
            board: Board::open(&place.board),
        }
    }

    /// Lets the writer live and die until all kills are used up; how many of its calls were acknowledged.
    pub fn oversee(mut self, runtime: &tokio::runtime::Runtime) -> u64 {
        while self.place.kills.fetch_sub(1, Ordering::SeqCst) > 0 {
            self.live_and_die();
            runtime.block_on(self.check(false));
        }
        runtime.block_on(self.check(true));
        self.account.acknowledged
    }

    fn live_and_die(&mut self) {
        let state: Vec<String> = self.account.slots.iter().map(|slot| slot.to_text()).collect();
        let seed = self.dice.roll(1 << 40);
        let mut writer = Live::start(self.place, "writer", self.number, seed, &state.join(" "));
        let lines = self.dice.roll(120);
        for said in 0.. {
            let Some(line) = writer.line() else { break };
            self.hear(&line);
            // It dies in the middle of something, rather than while it tells of it.
            if said >= lines && line.starts_with("step") {
                break;
            }
        }
        for _ in 0..self.dice.roll(2_000) {
            std::hint::spin_loop();
        }
        for line in writer.kill() {
            self.hear(&line);
        }
    }

    fn hear(&mut self, line: &str) {
        if let Err(said) = self.account.hear(line) {
            panic!("writer {} failed: {said} (LUNOX_SEED={})", self.number, self.place.seed);
        }
    }

    #[track_caller]
    fn lie(&self, slot: u64, what: impl std::fmt::Display) -> ! {
        let what: String = what.to_string().chars().take(2_000).collect();
        panic!("writer {} slot {slot}: {what} (LUNOX_SEED={})", self.number, self.place.seed)
    }

    /// Compares what is there with what was acknowledged, and takes what the dead writer had begun as it is.
    async fn check(&mut self, all: bool) {
        let open = self.account.open.take();
        for slot in 0..SLOTS {
            let acknowledged = self.account.slots[slot as usize];
            let begun = match open {
                Some(Open::Step { slot: begun, after, leaves }) if begun == slot => {
                    Some((after, leaves))
                }
                _ => None,
            };
            let before = self.differs(slot, acknowledged).await;
            let mut found = acknowledged;
            if let Some(what) = before {
                let Some((after, leaves)) = begun else { self.lie(slot, what) };
                if let Some(also) = self.differs(slot, after).await {
                    self.lie(slot, format!("neither as before ({what}) nor as after ({also})"));
                }
                self.account.take(slot, after, leaves);
                found = after;
            }
            if let Some((after, _)) = begun {
                found.next = after.next;
            }
            self.account.slots[slot as usize] = found;
            self.board.put(self.number, slot, found, false);
        }
        let newest = self.account.left.len().saturating_sub(if all { usize::MAX } else { 20 });
        for (slot, generation, leaves) in &self.account.left[newest..] {
            self.check_left(*slot, *generation, *leaves).await;
        }
        for number in 0..SHARED as usize {
            let counted = self.counter(number).await;
            let begun = matches!(open, Some(Open::Count(begun)) if begun == number);
            let acknowledged = self.account.counted[number];
            if counted != acknowledged && !(begun && counted == acknowledged + 1) {
                panic!(
                    "writer {} counted {acknowledged} and record {number} holds {counted} (LUNOX_SEED={})",
                    self.number, self.place.seed
                );
            }
            self.account.counted[number] = counted;
        }
    }

    /// In what the record differs from a state; `None` when it does not.
    async fn differs(&self, slot: u64, state: Slot) -> Option<String> {
        let found = match self.driver.read(&key(self.number, slot, state.generation)).await {
            Ok(found) => found,
            Err(error) => self.lie(slot, format!("unreadable: {error}")),
        };
        let Some(stored) = found else {
            return state.alive.then(|| format!("{state:?} is gone"));
        };
        let step = match check_payload(&stored.payload, self.number, slot, state.generation) {
            Ok(step) => step,
            Err(torn) => self.lie(slot, torn),
        };
        if !state.alive {
            return step.map(|_| format!("{state:?} is back: {stored:?}"));
        }
        // A touch that was begun, and after which the writer died, may have moved the deadline on.
        let as_told = step == Some(state.written);
        let same = as_told && stored.deadline >= DEADLINE + state.step;
        (!same).then(|| format!("{state:?} is step {step:?}, {stored:?}"))
    }

    async fn check_left(&self, slot: u64, generation: u64, leaves: bool) {
        match self.driver.read(&key(self.number, slot, generation)).await {
            Ok(None) if !leaves => {}
            Ok(Some(stored)) if leaves => {
                let step = check_payload(&stored.payload, self.number, slot, generation);
                if step != Ok(None) {
                    self.lie(slot, format!("generation {generation} is no pointer: {step:?}"));
                }
            }
            other => {
                self.lie(slot, format!("generation {generation} was left ({leaves}): {other:?}"))
            }
        }
    }

    async fn counter(&self, number: usize) -> u64 {
        let stored = self.driver.read(&shared_key(number as u64)).await;
        let stored = stored.expect("readable").expect("is there");
        let counters = check_shared(&stored.payload);
        counters.unwrap_or_else(|torn| panic!("{torn} (LUNOX_SEED={})", self.place.seed))
            [self.number as usize]
    }
}

/// Lets one reader live and die until all kills are used up; how much it read.
pub fn oversee_reader(place: &Place, number: u64) -> u64 {
    let mut dice = Dice::new(place.seed + 77_000 + number);
    let mut read = 0;
    while place.kills.load(Ordering::SeqCst) > 0 {
        let mut reader = Live::start(place, "reader", number, dice.roll(1 << 40), "");
        let mut said = Vec::new();
        for _ in 0..1 + dice.roll(400) {
            if place.kills.load(Ordering::SeqCst) <= 0 {
                break;
            }
            said.extend(reader.line());
        }
        said.extend(reader.kill());
        place.kills.fetch_sub(1, Ordering::SeqCst);
        if let Some(lie) = said.iter().find(|line| !line.is_empty() && *line != "read") {
            panic!("reader {number}: {} (LUNOX_SEED={})\n{}", lie, place.seed, said.join("\n"));
        }
        read += said.len() as u64 * 64;
    }
    read
}
