//! The time that a client has for the head of a request.
//!
//! hyper asks for a new timer before each head, and most heads are there before it has been set up. Here a
//! connection has one alarm. A new deadline is only noted; the alarm goes off at the one before it, sees that it has
//! been put off, and is set once more. So a busy connection sets its alarm once in the time that a head may take.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// The timer of one connection.
#[derive(Default)]
pub(super) struct HeadTimer(Arc<Mutex<Option<Alarm>>>);

struct Alarm {
    bell: Pin<Box<tokio::time::Sleep>>,
    due: Instant,
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until { alarm: Arc::clone(&self.0), deadline })
    }
}

/// Ready when its deadline has come.
struct Until {
    alarm: Arc<Mutex<Option<Alarm>>>,
    deadline: Instant,
}

impl Sleep for Until {}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = alarm.get_or_insert_with(|| Alarm::at(self.deadline));
        if alarm.due > self.deadline {
            alarm.set(self.deadline);
        }
        loop {
            ready!(alarm.bell.as_mut().poll(cx));
            if alarm.due >= self.deadline {
                return Poll::Ready(());
            }
            alarm.set(self.deadline);
        }
    }
}

impl Alarm {
    fn at(due: Instant) -> Self {
        Self { bell: Box::pin(tokio::time::sleep_until(due.into())), due }
    }

    fn set(&mut self, due: Instant) {
        self.bell.as_mut().reset(due.into());
        self.due = due;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_was_put_off_is_kept_to() {
        let timer = HeadTimer::default();
        let start = tokio::time::Instant::now();
        for after in [10, 25, 5, 60] {
            let deadline = (start + SECOND * after).into_std();
            let sleep = timer.sleep_until(deadline);
            // As hyper does when the head has come.
            drop(tokio::time::timeout(Duration::ZERO, sleep).await);
            let last = timer.sleep_until(deadline);
            let began = tokio::time::Instant::now();
            last.await;
            assert_eq!(tokio::time::Instant::now(), began.max(start + SECOND * after), "{after}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_earlier_deadline_counts_at_once() {
        let timer = HeadTimer::default();
        let start = tokio::time::Instant::now();
        let late = timer.sleep_until((start + 60 * SECOND).into_std());
        drop(tokio::time::timeout(Duration::ZERO, late).await);
        timer.sleep_until((start + SECOND).into_std()).await;
        assert_eq!(start.elapsed(), SECOND);
    }
}
