//! Adopting a token that a visitor sent, which is session fixation, written as it would be inside the engine: the module
//! below is the engine's own file.

#![allow(dead_code)]

#[path = "../../src/session/record/token.rs"]
mod token;

/// What that file uses of the engine.
mod session {
    pub mod record {
        pub struct Head;
        pub struct Key;

        impl Key {
            pub fn of(_: &[u8; 32]) -> Self {
                Self
            }

            pub fn shard(&self) -> u8 {
                0
            }
        }
    }
}

use token::{ClaimedToken, FreshToken, LiveToken};

/// What is written for a session that is made or goes on.
fn issue(token: LiveToken) -> String {
    token.cookie_value()
}

fn send_it_back(claimed: ClaimedToken) -> String {
    claimed.cookie_value()
}

fn commit_it(claimed: ClaimedToken) -> String {
    issue(claimed)
}

fn commit_it_without_a_record(claimed: ClaimedToken) -> String {
    issue(claimed.loaded())
}

fn make_a_session_under_it(claimed: ClaimedToken) -> FreshToken {
    claimed.into()
}

fn main() {}
