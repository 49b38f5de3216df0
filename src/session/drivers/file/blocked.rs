//! How long a thread waited for something other than a processor.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// An account that is older than this is taken anew before a call, so that what happened before the call hardly counts.
const STALE: Duration = Duration::from_millis(1);

/// What a thread has used and waited for since it began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Account {
    /// On a processor.
    pub(super) ran: Duration,
    /// Ready to run while something else had the processor.
    pub(super) queued: Duration,
    /// How often it got a processor.
    pub(super) turns: u64,
}

thread_local! {
    static BEFORE: Cell<Option<(Instant, Account)>> = const { Cell::new(None) };
}

/// Takes this thread's account before a call, unless it was taken a moment ago.
pub(super) fn watch(now: Instant) {
    let fresh = |taken: Instant| now.saturating_duration_since(taken) < STALE;
    if !BEFORE.get().is_some_and(|(taken, _)| fresh(taken)) {
        BEFORE.set(account().map(|account| (now, account)));
    }
}

/// How long this thread was blocked in a call that took `took` and was watched. Where the system keeps no accounts, all of it.
pub(super) fn blocked(took: Duration) -> Duration {
    let before = BEFORE.get().map(|(_, account)| account);
    between(took, before, account())
}

/// The same, from the accounts before and after.
pub(super) fn between(took: Duration, before: Option<Account>, after: Option<Account>) -> Duration {
    let (Some(before), Some(after)) = (before, after) else { return took };
    if after.turns == before.turns {
        // It never left its processor; what it ran is in the account only at the next tick.
        return Duration::ZERO;
    }
    let queued = after.queued.saturating_sub(before.queued);
    let ran = after.ran.saturating_sub(before.ran);
    took.saturating_sub(queued).saturating_sub(ran)
}

/// This thread's account: nanoseconds on a processor, nanoseconds waiting for one, and turns.
#[cfg(target_os = "linux")]
fn account() -> Option<Account> {
    parse(&std::fs::read_to_string("/proc/thread-self/schedstat").ok()?)
}

#[cfg(not(target_os = "linux"))]
fn account() -> Option<Account> {
    None
}

#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nothing to parse"))]
fn parse(text: &str) -> Option<Account> {
    let mut numbers = text.split_whitespace().map(|number| number.parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    let (ran, queued, turns) = (next()?, next()?, next()?);
    // A kernel that does not account says so with zeros.
    let (ran, queued) = (Duration::from_nanos(ran), Duration::from_nanos(queued));
    (turns > 0).then_some(Account { ran, queued, turns })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(ran: u64, queued: u64, turns: u64) -> Option<Account> {
        let (ran, queued) = (Duration::from_millis(ran), Duration::from_millis(queued));
        Some(Account { ran, queued, turns })
    }

    #[test]
    fn what_a_thread_ran_or_queued_for_a_processor_is_not_what_it_was_blocked_for() {
        let took = Duration::from_millis(10);
        let blocked = |after| between(took, account(100, 50, 7), after).as_millis();
        assert_eq!(blocked(account(100, 60, 8)), 0, "preempted");
        assert_eq!(blocked(account(100, 50, 8)), 10, "blocked");
        assert_eq!(blocked(account(102, 53, 9)), 5, "some of each");
        assert_eq!(blocked(account(100, 50, 7)), 0, "it ran all the while");
        assert_eq!(blocked(account(130, 80, 9)), 0, "partly before the call");
        assert_eq!(blocked(None), 10, "unknown");
    }

    #[test]
    fn accounts_are_read_as_the_system_writes_them() {
        assert_eq!(parse("5000000 7000000 3\n"), account(5, 7, 3));
        for unknown in ["", "1 2", "a b c", "0 0 0\n"] {
            assert_eq!(parse(unknown), None, "{unknown:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_waits_for_something_is_blocked_so_long() {
        let wait = Duration::from_millis(20);
        let (_sender, nothing) = std::sync::mpsc::channel::<()>();
        let started = Instant::now();
        watch(started);
        assert!(nothing.recv_timeout(wait).is_err());
        let (took, blocked) = (started.elapsed(), blocked(started.elapsed()));
        // Whatever else runs: until its time is over, it wants no processor.
        assert!(blocked + 2 * STALE >= wait && blocked <= took, "{blocked:?} of {took:?}");
    }
}
