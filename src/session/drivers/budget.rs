//! The time that the calls of one load, or of one commit, have together.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;

/// What a call of a driver finds when it is polled.
#[derive(Clone, Copy)]
enum Budget {
    /// The call has a time of its own.
    Alone,
    /// It shares its time with others, of which none has had to wait yet.
    Whole,
    /// The time of all ends then.
    Until(Instant),
}

thread_local! {
    /// That of the future that this thread polls.
    static BUDGET: Cell<Budget> = const { Cell::new(Budget::Alone) };
}

/// Puts back what was there before, also after a panic.
struct Restore(Budget);

impl Drop for Restore {
    fn drop(&mut self) {
        BUDGET.set(self.0);
    }
}

/// Lets all driver calls of this work end within the time that one call may take, counted from the first that waits.
pub(crate) async fn share_time<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut budget = Budget::Whole;
    poll_fn(|cx| {
        let _restore = Restore(BUDGET.replace(budget));
        let polled = work.as_mut().poll(cx);
        budget = BUDGET.get();
        polled
    })
    .await
}

/// When a call that waits now has to end, if a call may take so long.
pub(super) fn deadline(timeout: Duration) -> Option<Instant> {
    if let Budget::Until(end) = BUDGET.get() {
        return Some(end);
    }
    // Too far for the clock is as good as never.
    let end = Instant::now().checked_add(timeout)?;
    if matches!(BUDGET.get(), Budget::Whole) {
        BUDGET.set(Budget::Until(end));
    }
    Some(end)
}
