//! A soak: visitors of the real program, while it is killed, flooded, read slowly, and its disk fails.
//!
//! `just attack` runs it for five minutes on the release build. LUNOX_SECONDS and LUNOX_SEED change how long, and what is drawn.

mod disk;
mod hostile;
mod visitor;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use self::disk::Disk;
use self::visitor::Visitor;
use crate::process::{Server, Site};

/// Numbers that come again with the same seed.
pub struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What was counted, and what all visitors know.
#[derive(Default)]
pub struct Tally {
    acknowledged: AtomicU64,
    refused: AtomicU64,
    lost: AtomicU64,
    flipped: AtomicU64,
    ended: AtomicU64,
    alive: AtomicU64,
    /// Tokens of sessions that were ended, or damaged so that their visitors got new ones.
    dead: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl Tally {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

const VISITORS: u64 = 12;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
#[ignore = "five minutes; `just attack` runs it"]
fn a_soak_loses_no_acknowledged_write_and_revives_no_token() {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = number("LUNOX_SEED", clock.as_secs());
    let length = Duration::from_secs(number("LUNOX_SECONDS", 300));
    println!("seed {seed}, {} s", length.as_secs());
    let temporary = tempfile::tempdir().unwrap();
    let site = Site::new()
        .with("TMPDIR", temporary.path().to_str().unwrap())
        .with("LOG_LEVEL", "error")
        .with("SERVER_SHUTDOWN_TIMEOUT", "10");
    let site = Arc::new(site);
    let disk = Disk::new(&site.path("storage/framework/sessions"));
    let mut attack = Attack::begin(Arc::clone(&site), disk, seed);
    let (address, tally) = (attack.server.address(), Arc::clone(&attack.tally));

    let visitors: Vec<Visitor> = thread::scope(|scope| {
        let running: Vec<_> = (0..VISITORS)
            .map(|number| {
                let (site, tally) = (&*site, &*tally);
                scope.spawn(move || Visitor::new(address, number, seed).visit(site, tally))
            })
            .collect();
        let started = Instant::now();
        while started.elapsed() < length {
            attack.step(scope);
        }
        tally.over.store(true, Ordering::Relaxed);
        running.into_iter().map(|visitor| visitor.join().unwrap()).collect()
    });

    // A last kill, and everybody comes once more.
    attack.kill();
    for mut visitor in visitors {
        visitor.come(&tally);
    }
    attack.end(temporary.path());
}

/// The server, and what is done to it.
struct Attack {
    site: Arc<Site>,
    server: Server,
    disk: Disk,
    dice: Dice,
    tally: Arc<Tally>,
    kills: u64,
    peak_memory: u64,
    done: [u64; 5],
}

const NAMES: [&str; 5] =
    ["kills in turn", "floods", "slow readers", "vanished disks", "full disks"];

impl Attack {
    fn begin(site: Arc<Site>, disk: Disk, seed: u64) -> Self {
        let server = site.start();
        let (dice, tally) = (Dice::new(seed), Arc::default());
        Self { site, server, disk, dice, tally, kills: 0, peak_memory: 0, done: [0; 5] }
    }

    /// One attack, drawn by lot.
    fn step<'s>(&mut self, scope: &'s thread::Scope<'s, '_>) {
        thread::sleep(Duration::from_millis(200 + self.dice.below(800)));
        let (address, seed) = (self.server.address(), self.dice.below(u64::MAX));
        let kind = match self.dice.below(10) {
            0..5 => {
                self.kill();
                0
            }
            5..7 => {
                scope.spawn(move || hostile::flood(address, &mut Dice::new(seed)));
                1
            }
            7 => {
                scope.spawn(move || hostile::read_slowly(address));
                2
            }
            8 => {
                let back = self.disk.vanish();
                thread::sleep(Duration::from_millis(500));
                back();
                3
            }
            _ => {
                let Some(free) = self.disk.fill() else { return };
                thread::sleep(Duration::from_millis(500));
                if self.dice.below(2) == 0 {
                    self.kill();
                    thread::sleep(Duration::from_millis(300));
                }
                free();
                4
            }
        };
        self.done[kind] += 1;
    }

    /// Kills the process in mid-air and starts it again on its port.
    fn kill(&mut self) {
        let port = self.server.address().port();
        self.peak_memory = self.peak_memory.max(self.server.peak_memory());
        self.server.kill();
        self.kills += 1;
        self.server = self.site.start_on(port);
    }

    /// Stops the server as a service manager does, and tells what was counted.
    fn end(mut self, temporary: &std::path::Path) {
        self.peak_memory = self.peak_memory.max(self.server.peak_memory());
        self.server.stop();
        let left = self.disk.leftovers() + std::fs::read_dir(temporary).unwrap().count();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let tally = &self.tally;
        let done = NAMES.iter().zip(self.done).map(|(name, count)| format!("{count} {name}"));
        println!("{}", done.collect::<Vec<_>>().join(", "));
        println!(
            "{} sessions ended, {} bytes flipped, {} requests refused or cut",
            count(&tally.ended),
            count(&tally.flipped),
            count(&tally.refused),
        );
        println!(
            "kills {}, acknowledged writes {}, lost {}, dead tokens alive {}, peak memory {} MiB, files left behind {left}",
            self.kills,
            count(&tally.acknowledged),
            count(&tally.lost),
            count(&tally.alive),
            self.peak_memory >> 20,
        );
        assert_eq!((count(&tally.lost), count(&tally.alive), left), (0, 0, 0));
        assert!(count(&tally.acknowledged) > 0 && self.kills > 0);
    }
}
