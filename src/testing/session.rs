//! A session by itself.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::session::Session;
use crate::support::ManualClock;

/// A session that no request has and that nothing stores, for tests of functions that take one.
///
/// Its clock moves only by [`travel`](TestSession::travel).
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
pub fn session() -> TestSession {
    let clock = Arc::new(ManualClock::default());
    TestSession { session: Session::unattached(clock.clone()), clock }
}

/// A [`Session`] with a clock that the test moves. `clone()` gives the session alone, for functions that own one.
///
/// ```
/// # use std::time::Duration;
/// let session = lunox::testing::session();
/// session.password_confirmed();
/// session.cache().put("discount", 10, Duration::from_secs(5 * 60));
/// session.travel(Duration::from_secs(5 * 60));
/// assert!(!session.cache().has("discount"));
/// assert!(session.password_confirmed_within(Duration::from_secs(60 * 60)));
/// ```
pub struct TestSession {
    session: Session,
    clock: Arc<ManualClock>,
}

impl TestSession {
    /// Moves the session's clock on.
    pub fn travel(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Moves the session's clock on by minutes.
    pub fn travel_minutes(&self, minutes: u64) {
        self.travel(Duration::from_secs(minutes * 60));
    }
}

impl Deref for TestSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_expires_does_so_when_the_clock_is_turned() {
        let session = session();
        session.cache().put("code", 7, Duration::from_secs(60));
        session.password_confirmed();
        session.travel(Duration::from_millis(59_999));
        assert_eq!(session.cache().get::<u8>("code"), Some(7));
        session.travel(Duration::from_millis(1));
        assert_eq!(session.cache().get::<u8>("code"), None);
        assert!(session.password_confirmed_within(Duration::from_secs(90)));
        session.travel_minutes(1);
        assert!(!session.password_confirmed_within(Duration::from_secs(90)));
    }

    #[test]
    fn a_function_that_owns_a_session_takes_a_clone() {
        fn mark(session: Session) {
            session.put("seen", true);
        }
        let session = session();
        mark(session.clone());
        assert!(session.has("seen"));
    }
}
