//! A device that is remembered: which of its tokens count, and what comes after each.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::Place;
use super::login::Login;
use crate::encryption::Signer;
use crate::error::Error;
use crate::http::Result;

/// How many tokens may be on their way to a device. More means that so many answers in a row were lost.
const MOST_ISSUED: usize = 16;

/// A device that stays logged in, as a [`RememberStore`](super::RememberStore) keeps it: one row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedDevice {
    /// What the cookie names it by: the primary key, 36 characters.
    pub id: String,
    /// The user's [identifier](super::Authenticatable::auth_identifier).
    pub user: String,
    /// Counts the changes, from 0.
    pub version: i64,
    /// When it is forgotten, in unix seconds.
    pub expires: i64,
    /// Hashes of its tokens, and the fingerprint of the user's password, as JSON of at most 3,000 bytes.
    pub state: String,
}

/// What the guard keeps in [`RememberedDevice::state`].
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    pub(super) login: Login,
    /// The token that was presented last.
    current: String,
    /// Its successors: sent, and not presented yet.
    issued: Vec<Issued>,
    /// What came before the current one; good until then.
    previous: Vec<String>,
    previous_until: u64,
    /// A token came that had ended. The row stays to say so at the next login.
    pub(super) stolen: bool,
    /// Where it logged in.
    #[serde(default)]
    pub(super) place: Option<Place>,
}

#[derive(Serialize, Deserialize)]
struct Issued {
    token: String,
    at: u64,
}

/// What a token of a device is worth.
pub(super) enum Verdict {
    /// The visitor is who they were. The token to send, and whether the state has changed.
    Good { send: Option<Token>, changed: bool },
    /// The token had ended, so two have it.
    Stolen,
}

/// A secret of a device. Stores hold its hash.
pub(super) struct Token([u8; 32]);

impl Token {
    pub(super) fn mint() -> std::result::Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    pub(super) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub(super) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0))
    }

    /// The token that follows this one when it is used at a time. Parallel uses get the same one.
    fn successor(&self, signer: &Signer, at: u64) -> Self {
        let mut message = self.0.to_vec();
        message.extend_from_slice(&at.to_be_bytes());
        Self(signer.sign(&message))
    }
}

impl State {
    pub(super) fn new(login: Login, token: &Token, place: Option<Place>) -> Self {
        Self {
            login,
            current: token.hash(),
            issued: Vec::new(),
            previous: Vec::new(),
            previous_until: 0,
            stolen: false,
            place,
        }
    }

    /// Judges a token that was presented, and moves on to its successor.
    pub(super) fn present(
        &mut self,
        token: &Token,
        signer: &Signer,
        now: u64,
        grace: u64,
    ) -> Verdict {
        let hash = token.hash();
        if self.issued.iter().any(|issued| issued.token == hash) {
            let siblings = self.issued.drain(..).map(|issued| issued.token);
            self.previous = siblings.filter(|sibling| *sibling != hash).collect();
            self.previous.push(std::mem::replace(&mut self.current, hash));
            self.previous_until = now + grace;
        } else if hash != self.current {
            let in_time = self.previous.contains(&hash) && now < self.previous_until;
            // Its successor has arrived, so that the browser has a token already.
            return if in_time {
                Verdict::Good { send: None, changed: false }
            } else {
                Verdict::Stolen
            };
        }
        if let Some(last) = self.issued.last().filter(|last| now < last.at + grace) {
            return Verdict::Good { send: Some(token.successor(signer, last.at)), changed: false };
        }
        let next = token.successor(signer, now);
        self.issued.push(Issued { token: next.hash(), at: now });
        if self.issued.len() > MOST_ISSUED {
            self.issued.remove(0);
        }
        Verdict::Good { send: Some(next), changed: true }
    }
}

pub(super) fn has_expired(device: &RememberedDevice, now: u64) -> bool {
    i64::try_from(now).unwrap_or(i64::MAX) >= device.expires
}

pub(super) fn state_of(device: &RememberedDevice) -> Result<State> {
    serde_json::from_str(&device.state).map_err(|error| Error::with_source(500, error))
}

pub(super) fn written(state: &State) -> Result<String> {
    serde_json::to_string(state).map_err(|error| Error::with_source(500, error))
}
