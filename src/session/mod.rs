//! Sessions that no one can lose, mix up, or steal.
//!
//! Words, one each: the **token** is the secret in the cookie; the **id** is public, a UUID for logs and lists;
//! the **key** is where a driver keeps the record, the SHA-256 of the token; the **record** is what is stored;
//! the **changes** are what one request did; the **driver** is where it is stored; the **manager** decides
//! everything else.
//!
//! The walk of a request: `StartSession` asks the manager to start a session from the cookie. The action reads
//! and changes it, without waiting for anything. Then the manager makes a [plan](self) and commits: the driver
//! replaces the record only if nobody else did in between, else the same changes are applied to the newer
//! record. What each combination leads to is one table, in `plan.rs`.
//!
//! ```
//! # use lunox::prelude::*;
//! async fn show(req: HttpRequest) -> Result {
//!     let session = req.session();
//!     session.put("seen.profile", true);
//!     let visits = session.increment("visits", 1);
//!     let theme = session.get_or("theme", "light".to_owned());
//!     Ok(format!("visit {visits} in {theme}").into_response())
//! }
//! ```

mod api;
mod backend;
pub(crate) mod commit;
mod config;
pub mod drivers;
mod events;
mod manager;
mod metrics;
pub(crate) mod ops;
mod record;
mod request;
#[cfg(test)]
mod tests;

#[cfg(feature = "framework")]
pub(crate) use api::SharedState;
pub use api::{Keys, Session, SessionCache, SessionValueError};
pub use config::{SessionConfig, WhenUnavailable};
pub use cookie::SameSite;
pub use drivers::{
    DriverError, FileDriver, Listed, MemoryDriver, Outcome, Rotation, SessionDriver, Stored,
};
pub use events::{Rejection, SessionEvent};
pub use manager::{BoxDriver, SessionManager};
pub use ops::{Bin, SessionPages, SessionStats, SessionSummary, Spread, StoredSession};
pub use record::{Key, ParseKeyError};
pub use request::FlashAgeing;

/// Keys that the framework itself uses in a session, with Laravel's names.
pub(crate) const RESERVED_FLASH: &str = "_flash";
pub(crate) const RESERVED_ERRORS: &str = "errors";
pub(crate) const RESERVED_OLD_INPUT: &str = "_old_input";
