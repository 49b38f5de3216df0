//! Where a session came from.

use crate::session::record::{Head, Key, LiveToken};

/// Where the session came from.
pub(crate) enum Origin {
    /// No record was found; one is made if something is stored.
    Fresh {
        /// The record that the request gave up (`invalidate`), which has to be destroyed.
        ended: Option<Loaded>,
    },
    /// A record was loaded.
    Live(Live),
    /// Nothing is ever stored: the request came late, or the store cannot be read and the configuration lets requests run
    /// without, or sessions are kept nowhere.
    Detached,
}

impl Origin {
    /// A session that has no record and had none.
    pub(crate) const NEW: Self = Self::Fresh { ended: None };
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

/// A session that was loaded for a request.
pub(crate) struct Live {
    pub(crate) held: Held,
    pub(crate) loaded: Loaded,
}

/// A record as it was loaded, without its data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded {
    pub(crate) key: Key,
    pub(crate) version: u64,
    pub(crate) deadline: u64,
    pub(crate) head: Head,
    /// The record has times that lie too far ahead; these are corrected, which has to be stored.
    pub(crate) corrected: bool,
}
