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

mod admin;
mod cache;
mod changes;
mod commit;
mod commit_error;
mod config;
mod cookie_place;
mod csrf_token;
mod data;
mod driver;
pub mod drivers;
#[cfg(test)]
mod dropped;
mod events;
mod finite;
mod flash;
mod flashing;
mod identity;
mod idle;
#[cfg(test)]
mod interleavings;
mod key;
mod keys;
mod loading;
mod manager;
mod metrics;
mod origin;
mod pages;
mod place;
mod plan;
mod record;
mod redirect;
mod require_password;
mod revoked;
mod sealed_driver;
#[cfg(test)]
mod serial_orders;
#[allow(clippy::module_inception, reason = "`Session` is what this folder is about")]
mod session;
mod set_cookie;
mod size;
mod start_session;
mod state;
mod stats;
mod store;
pub(crate) mod sweeper;
mod token;
#[cfg(test)]
mod unread;
mod visit;
mod work;
mod writing;

pub use cache::SessionCache;
pub use config::{SessionConfig, WhenUnavailable};
pub use cookie::SameSite;
pub use driver::{DriverError, Listed, Outcome, Rotation, SessionDriver, Stored};
pub use drivers::{FileDriver, MemoryDriver};
pub use events::{Rejection, SessionEvent};
pub use flash::FlashAgeing;
pub use key::{Key, ParseKeyError};
pub use keys::Keys;
pub use manager::{BoxDriver, SessionManager};
pub use pages::{SessionPages, SessionSummary, StoredSession};
pub use require_password::RequirePassword;
pub use session::{Session, SessionValueError};
pub use start_session::StartSession;
pub use stats::{Bin, SessionStats, Spread};

/// Keys that the framework itself uses in a session, with Laravel's names.
const RESERVED_FLASH: &str = "_flash";
pub(crate) const RESERVED_ERRORS: &str = "errors";
const RESERVED_OLD_INPUT: &str = "_old_input";
