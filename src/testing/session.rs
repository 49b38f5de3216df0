//! A session by itself.

use std::sync::Arc;

use crate::session::Session;
use crate::support::SystemClock;

/// A session that no request has and that nothing stores, for tests of functions that take one.
///
/// ```
/// use lunox::session::Session;
///
/// fn total(session: &Session) -> u64 {
///     session.get_or::<Vec<u64>>("cart.prices", Vec::new()).iter().sum()
/// }
///
/// let session = lunox::testing::session();
/// session.push("cart.prices", 250);
/// session.push("cart.prices", 100);
/// assert_eq!(total(&session), 350);
/// ```
pub fn session() -> Session {
    Session::unattached(Arc::new(SystemClock))
}
