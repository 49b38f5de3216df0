//! Sessions that no one can lose, mix up, or steal.
//!
//! Words, one each: the **token** is the secret in the cookie; the **id** is public, a UUID for logs and lists;
//! the **key** is where a driver keeps the record, the SHA-256 of the token; the **record** is what is stored;
//! the **changes** are what one request did; the **driver** is where it is stored; the **manager** decides
//! everything else.
//!
//! The walk of a request: the manager [starts](SessionManager::start) a session from the cookie
//! (`backend/backend.rs`). The action reads and changes it, without waiting for anything (`api`, `request`). Then the
//! manager makes a plan (`commit/plan.rs`: one table) and carries it out (`backend/store.rs`): the driver replaces
//! the record only if nobody else did in between; otherwise the same changes are applied to the newer record.
//!
//! ```
//! use lunox::session::Session;
//!
//! fn greet(session: &Session) -> String {
//!     session.put("seen.profile", true);
//!     let visits = session.increment("visits", 1);
//!     let theme = session.get_or("theme", "light".to_owned());
//!     format!("visit {visits} in {theme}")
//! }
//! # assert_eq!(greet(&lunox::testing::session()), "visit 1 in light");
//! ```
//!
//! | folder | what |
//! |---|---|
//! | `record` | what is stored, the key that it is under, and the token that leads to it |
//! | `drivers` | bytes only: the driver's contract and the drivers that come along |
//! | `request` | what one request did |
//! | `api` | the methods of [`Session`] |
//! | `commit` | what a commit does, how large a session may be, what the browser is told |
//! | `backend` | from a cookie to its session and back: in a driver, the cookie, or nowhere |
//! | `ops` | the operator's side: list, end, count, sweep |
//! | `exchange` | the session on a request and its response |
//!
//! Each may use those above it, and the files beside them: [`SessionManager`], [`SessionConfig`], [`SessionEvent`] and
//! the metrics.

#[cfg(all(any(test, fuzzing), feature = "uploads"))]
mod any_bytes;
mod api;
#[cfg(feature = "axum")]
mod axum;
mod backend;
pub(crate) mod commit;
mod config;
pub mod drivers;
mod events;
pub(crate) mod exchange;
mod layer;
mod manager;
mod metrics;
pub(crate) mod ops;
mod record;
mod request;
#[cfg(test)]
mod tests;

#[cfg(all(any(test, fuzzing), feature = "uploads"))]
pub(crate) use any_bytes::{data_of_any_bytes, record_of_any_bytes, token_of_any_text};
pub(crate) use api::SharedState;
pub use api::{Keys, Session, SessionCache, SessionValueError};
pub use config::{SameSite, SessionConfig, WhenUnavailable};
pub(crate) use drivers::Reach;
#[cfg(feature = "redis")]
pub use drivers::RedisDriver;
#[cfg(feature = "database")]
pub use drivers::SqlDriver;
#[cfg(all(feature = "database", feature = "console"))]
pub(crate) use drivers::schema_of;
pub use drivers::{
    Batch, BoxDriver, Cursor, DriverError, FileDriver, Listed, MemoryDriver, Outcome, Rotation,
    SessionDriver, Stored,
};
pub use events::{Rejection, SessionEvent};
pub use layer::{SessionLayer, SessionService, layer, open};
#[cfg(feature = "auth")]
pub(crate) use manager::before_end;
pub use manager::{SessionManager, commit_alone};
#[cfg(feature = "framework")]
pub(crate) use manager::{guest_token, is_guest_token};
pub use ops::{
    Bin, SessionBatches, SessionStats, SessionSummary, Spread, StoredSession, UserSessions,
};
pub use record::{Key, ParseKeyError, Tag};
#[cfg(feature = "framework")]
pub(crate) use request::CsrfNews;
pub use request::FlashAgeing;
pub(crate) use request::Shown;

/// Keys that lunox itself uses in a session, with Laravel's names.
pub(crate) const RESERVED_FLASH: &str = "_flash";
pub(crate) const RESERVED_ERRORS: &str = "errors";
pub(crate) const RESERVED_OLD_INPUT: &str = "_old_input";
