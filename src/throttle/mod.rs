//! How often something may be asked for.
//!
//! `ThrottleServiceProvider` in `config/app.rs` binds a [`RateLimiter`] and names the middleware
//! [`throttle`](ThrottleRequests). Requests are counted in fixed windows, as in Laravel, by user or address. A refused
//! request is answered with 429, and with `Retry-After`, `X-RateLimit-Limit`, `X-RateLimit-Remaining` and
//! `X-RateLimit-Reset`; the others have `X-RateLimit-Limit` and `X-RateLimit-Remaining`.
//!
//! Where the session driver is `redis`, the limits are counted there too, for all servers together; otherwise each process
//! counts by itself. [`LoginAttempt`] throttles logins. A store of your own implements [`HitStore`]:
//!
//! ```
//! use lunox::prelude::*;
//! use lunox::throttle::{MemoryHits, RateLimiter};
//!
//! fn bind(app: &Application) {
//!     let store = MemoryHits::new(Arc::clone(app.clock())); // Or one of yours.
//!     app.instance::<RateLimiter>(Arc::new(RateLimiter::new(store, Arc::clone(app.clock()))));
//! }
//! ```

mod limit;
mod limiter;
mod login;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod store;
mod throttle_requests;

pub use limit::{IntoLimits, Limit};
pub use limiter::{RateLimiter, visitor};
pub use login::{LoginAttempt, trust_device};
pub use memory::MemoryHits;
pub use store::{HitStore, Hits};
pub use throttle_requests::ThrottleRequests;
