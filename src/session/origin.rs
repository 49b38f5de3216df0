//! Where a session came from.

use super::Key;
use super::record::Head;
use super::token::{Issuable, LiveToken};

/// Where the session came from.
pub(super) enum Origin {
    /// No record was found; one is made if something is stored.
    Fresh,
    /// A record was loaded.
    Live(Live),
    /// The store cannot be read and the configuration lets requests run without: nothing is ever stored.
    Detached,
}

/// What the browser holds of a loaded session.
pub(super) enum Held {
    /// The token of its record.
    Token(LiveToken),
    /// The session itself, sealed.
    Session,
    /// What has been renewed: the successor is known by key only.
    Renewed,
}

impl Held {
    /// The cookie's value, where it can be sent again as it is.
    pub(super) fn cookie_value(&self) -> Option<String> {
        match self {
            Self::Token(token) => Some(token.cookie_value()),
            Self::Session | Self::Renewed => None,
        }
    }
}

/// A loaded record.
pub(super) struct Live {
    pub(super) held: Held,
    pub(super) key: Key,
    pub(super) version: u64,
    pub(super) deadline: u64,
    pub(super) head: Head,
}
