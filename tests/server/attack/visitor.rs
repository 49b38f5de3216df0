//! A visitor who knows what was acknowledged.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Dice, Tally};
use crate::process::Site;
use crate::wire::{Browser, Response};

/// A visitor of the first page, which counts the visits.
pub struct Visitor {
    browser: Browser,
    dice: Dice,
    /// Whether bytes of the session's file are flipped now and then.
    is_victim: bool,
    /// A byte was flipped since the last answer.
    flipped: bool,
    sent: u64,
    acknowledged: u64,
}

impl Visitor {
    pub fn new(address: SocketAddr, number: u64, seed: u64) -> Self {
        Self {
            browser: Browser::new(address),
            dice: Dice::new(seed ^ (number + 1) << 32),
            is_victim: number.is_multiple_of(3),
            flipped: false,
            sent: 0,
            acknowledged: 0,
        }
    }

    /// Comes again and again until it is over.
    pub fn visit(mut self, site: &Site, tally: &Tally) -> Self {
        while !tally.is_over() {
            match self.dice.below(400) {
                0 => self.end_by_operator(site, tally),
                1..10 => self.try_dead_token(tally),
                10..20 => self.grow(tally),
                20..24 if self.is_victim => self.flip(site, tally),
                _ => self.come(tally),
            }
        }
        self
    }

    /// Visits the page once, and compares the count with what was acknowledged.
    pub fn come(&mut self, tally: &Tally) {
        let before = self.browser.token().map(str::to_owned);
        self.sent += 1;
        let Some(page) = self.page() else {
            tally.refused.fetch_add(1, Ordering::Relaxed);
            return thread::sleep(Duration::from_millis(20));
        };
        tally.acknowledged.fetch_add(1, Ordering::Relaxed);
        let visits = page.visits();
        if self.has_begun_anew(before, tally) {
            self.sent = 1;
        }
        if visits <= self.acknowledged || visits > self.sent {
            println!("{visits} visits, {} acknowledged, {} sent", self.acknowledged, self.sent);
            tally.lost.fetch_add(1, Ordering::Relaxed);
        }
        self.acknowledged = visits;
    }

    /// Whether an answer has brought another session. That is right only if the one before was damaged.
    fn has_begun_anew(&mut self, before: Option<String>, tally: &Tally) -> bool {
        let flipped = std::mem::take(&mut self.flipped);
        if before.is_none() || self.browser.token() == before.as_deref() {
            return false;
        }
        if flipped {
            tally.dead.lock().unwrap().extend(before);
        } else {
            println!("a session was lost after {} visits", self.acknowledged);
            tally.lost.fetch_add(1, Ordering::Relaxed);
        }
        (self.sent, self.acknowledged) = (0, 0);
        true
    }

    /// The page, if the server answers with it.
    fn page(&mut self) -> Option<Response> {
        let mut connection = self.browser.connect().ok()?;
        let page = self.browser.get_on(&mut connection, "/").ok()?;
        assert!(matches!(page.status, 200 | 503), "{}", page.head);
        (page.status == 200).then_some(page)
    }

    /// Stores more, or all of it again, so that files are made anew.
    fn grow(&mut self, tally: &Tally) {
        let before = self.browser.token().map(str::to_owned);
        let form = format!("key=k{}&value={}", self.dice.below(7), "x".repeat(900));
        if let Ok(mut connection) = self.browser.connect() {
            let stored = self.browser.post_on(&mut connection, "/session", &form);
            if stored.is_ok_and(|answer| answer.status == 302) {
                self.has_begun_anew(before, tally);
            }
        }
    }

    /// Lets an operator end the session, in a process of its own.
    fn end_by_operator(&mut self, site: &Site, tally: &Tally) {
        let Some(page) = self.page() else { return };
        let token = self.browser.token().map(str::to_owned);
        let id = uuid(&page.body).expect("the page shows the session's id");
        if site.run_unheard(&["session:destroy", id, "--force"]) == Some(0) {
            tally.ended.fetch_add(1, Ordering::Relaxed);
            tally.dead.lock().unwrap().extend(token);
        }
        // Where it failed, nobody knows whether the session is there.
        self.browser = self.browser.forgetful();
        (self.sent, self.acknowledged, self.flipped) = (0, 0, false);
    }

    /// Comes with the token of a session that was ended.
    fn try_dead_token(&mut self, tally: &Tally) {
        let token = {
            let dead = tally.dead.lock().unwrap();
            let Some(place) = (dead.len() as u64).checked_sub(1) else { return };
            dead[self.dice.below(place + 1) as usize].clone()
        };
        let Ok(mut connection) = self.browser.connect() else { return };
        let host = self.browser.address();
        let asked = connection.try_send(format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nCookie: lunox_session={token}\r\nConnection: close\r\n\r\n"
        ));
        let Ok(Some(page)) = asked.and_then(|()| connection.receive()) else { return };
        if page.status == 200 && page.visits() > 1 {
            println!("a dead token found {} visits", page.visits());
            tally.alive.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Flips a bit in the session's file.
    fn flip(&mut self, site: &Site, tally: &Tally) {
        let Some(path) = self.browser.token().and_then(|token| file_of(site, token)) else {
            return;
        };
        let Ok(file) = File::options().read(true).write(true).open(path) else { return };
        let length = file.metadata().unwrap().len();
        let (place, mut byte) = (self.dice.below(length.max(1)), [0]);
        if file.read_at(&mut byte, place).is_ok_and(|count| count == 1) {
            byte[0] ^= 1 << self.dice.below(8);
            if file.write_at(&byte, place).is_ok() {
                self.flipped = true;
                tally.flipped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// The file of a token's session.
fn file_of(site: &Site, token: &str) -> Option<PathBuf> {
    let token = URL_SAFE_NO_PAD.decode(token).ok()?;
    let mut key: [u8; 32] = Sha256::digest(&token).into();
    key[0] = token[0];
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(site.path("storage/framework/sessions").join(&digits[..2]).join(digits))
}

/// The first UUID in a text.
fn uuid(text: &str) -> Option<&str> {
    let is_uuid = |part: &&str| {
        part.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    (0..text.len()).filter_map(|start| text.get(start..start + 36)).find(is_uuid)
}
