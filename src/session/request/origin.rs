//! Where a session came from.

use crate::session::record::{Head, Key, LiveToken};

/// Where the session came from.
pub(crate) enum Origin {
    /// No record was found; one is made if something is stored.
    Fresh,
    /// A record was loaded.
    Live(Live),
    /// The store cannot be read and the configuration lets requests run without: nothing is ever stored.
    Detached,
}

/// What the browser holds of a loaded session.
pub(crate) enum Held {
    /// The token of its record.
    Token(LiveToken),
    /// The session itself, sealed.
    Session,
    /// What has been renewed: the successor is known by key only.
    Renewed,
}

impl Held {
    /// The cookie's value, where it can be sent again as it is.
    pub(crate) fn cookie_value(&self) -> Option<String> {
        match self {
            Self::Token(token) => Some(token.cookie_value()),
            Self::Session | Self::Renewed => None,
        }
    }
}

/// A loaded record.
pub(crate) struct Live {
    pub(crate) held: Held,
    pub(crate) key: Key,
    pub(crate) version: u64,
    pub(crate) deadline: u64,
    pub(crate) head: Head,
}

/// A record that was given up (`invalidate`) and has to be destroyed.
#[derive(Clone, Copy)]
pub(crate) struct Doomed {
    pub(crate) key: Key,
    pub(crate) version: u64,
    pub(crate) head: Head,
}
