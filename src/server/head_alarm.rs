//! The time that a client has for the head of a request.
//!
//! hyper can watch it, but asks for a new timer before each head and looks for a head that nobody has sent yet: a
//! tenth of the work for a small answer. Here a connection has one alarm, which looks whether a head was waited for
//! too long and is set again.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep};

use super::activity::Activity;

/// The alarm of one connection.
pub(super) struct HeadAlarm {
    bell: Pin<Box<Sleep>>,
    /// Whether the bell knows which task to wake.
    hung: bool,
    patience: Duration,
    /// Until when the next head may come, and after how many requests.
    due: Option<(Instant, usize)>,
}

impl HeadAlarm {
    pub(super) fn new(patience: Duration) -> Self {
        let bell = Box::pin(tokio::time::sleep(patience));
        Self { bell, hung: false, patience, due: None }
    }

    /// `None` if that is after the end of time.
    fn later(&self, now: Instant) -> Option<Instant> {
        now.checked_add(self.patience)
    }

    /// Ready when a head has been waited for too long. To be called after everything else on the connection has made
    /// the progress that it can, and always by the same task.
    pub(super) fn poll(&mut self, activity: &Activity, cx: &mut Context<'_>) -> Poll<()> {
        let waits = activity.waits();
        if self.due.map(|(_, after)| after) != waits {
            self.due = waits.and_then(|after| Some((self.later(Instant::now())?, after)));
        }
        while !self.hung || self.bell.is_elapsed() {
            self.hung = true;
            // Outside of tokio's budget: a task that has used it up would get `Pending` from a timer that does not know
            // its waker, and the timer is not polled again.
            ready!(Pin::new(&mut unconstrained(self.bell.as_mut())).poll(cx));
            let now = Instant::now();
            let next = match self.due {
                Some((due, _)) if due <= now => return Poll::Ready(()),
                Some((due, _)) => Some(due),
                None => self.later(now),
            };
            let Some(next) = next else { break };
            self.bell.as_mut().reset(next);
            self.hung = false;
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;

    use tokio::task::coop::poll_proceed;

    use super::super::activity::Answer;
    use super::*;
    use crate::http::Body;

    const SECOND: Duration = Duration::from_secs(1);

    async fn rings_within(alarm: &mut HeadAlarm, activity: &Activity, time: Duration) -> bool {
        tokio::time::timeout(time, poll_fn(|cx| alarm.poll(activity, cx))).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_rings_when_its_time_is_over() {
        let (activity, mut alarm) = (Activity::default(), HeadAlarm::new(10 * SECOND));
        assert!(!rings_within(&mut alarm, &activity, 9 * SECOND).await);
        assert!(rings_within(&mut alarm, &activity, 2 * SECOND).await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_begins_anew_after_each_answer_and_stands_still_during_one() {
        let (activity, mut alarm) = (Arc::new(Activity::default()), HeadAlarm::new(10 * SECOND));
        for pause in [1, 9, 25, 100] {
            assert!(!rings_within(&mut alarm, &activity, 9 * SECOND).await);
            activity.ask();
            assert!(!rings_within(&mut alarm, &activity, pause * SECOND).await, "{pause}");
            drop(Answer::new(Body::empty(), Arc::clone(&activity)));
        }
        assert!(!rings_within(&mut alarm, &activity, 9 * SECOND).await);
        assert!(rings_within(&mut alarm, &activity, 2 * SECOND).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_has_used_up_its_budget_is_still_woken_by_the_alarm() {
        let (activity, mut alarm) = (Activity::default(), HeadAlarm::new(10 * SECOND));
        let mut busy = true;
        let rings = poll_fn(|cx| {
            while busy && let Poll::Ready(coop) = poll_proceed(cx) {
                coop.made_progress();
            }
            busy = false;
            alarm.poll(&activity, cx)
        });
        assert!(tokio::time::timeout(11 * SECOND, rings).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_all_the_time_is_waited_for() {
        let (activity, mut alarm) = (Activity::default(), HeadAlarm::new(Duration::MAX));
        assert!(!rings_within(&mut alarm, &activity, 1_000_000 * SECOND).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_its_answer_slowly_is_not_waited_for() {
        let (activity, mut alarm) = (Activity::default(), HeadAlarm::new(10 * SECOND));
        activity.set_sending(true);
        assert!(!rings_within(&mut alarm, &activity, 60 * SECOND).await);
        activity.set_sending(false);
        assert!(!rings_within(&mut alarm, &activity, 9 * SECOND).await);
        assert!(rings_within(&mut alarm, &activity, 2 * SECOND).await);
    }
}
