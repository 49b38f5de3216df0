//! The time that a client has to take what is sent to it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// The fewest bytes a second that a client has to take while more waits to be sent, on average over a timeout. Less
/// holds a connection, and the answer in memory, at next to no cost to an attacker.
const LEAST_RATE: u64 = 256;

/// Watches whether a client takes what is sent to it.
///
/// Bytes count as taken when they are acknowledged, not when the system accepts them for sending: it accepts megabytes
/// that nobody reads, and then nothing more until a third of them has been taken, which may be long after the timeout.
pub(super) struct WriteTimeout {
    timeout: Duration,
    least: u64,
    /// `None` while the system accepts everything: no timer runs then.
    window: Option<Window>,
}

struct Window {
    end: Pin<Box<Sleep>>,
    /// The bytes that the client had not taken at the beginning, and those written since.
    offered: u64,
}

impl WriteTimeout {
    pub(super) fn new(timeout: Duration) -> Self {
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let least = (millis.saturating_mul(LEAST_RATE) / 1000).max(1);
        Self { timeout, least, window: None }
    }

    /// How long a client may fail to take what is sent to it.
    pub(super) fn length(&self) -> Duration {
        self.timeout
    }

    /// To be called when the system accepts nothing more. Ready when the client has taken too little during a whole
    /// timeout; `untaken` is how many bytes the system holds for it.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, untaken: impl Fn() -> u64) -> Poll<()> {
        let window = self.window.get_or_insert_with(|| Window {
            end: Box::pin(sleep(self.timeout)),
            offered: untaken(),
        });
        while window.end.as_mut().poll(cx).is_ready() {
            let left = untaken();
            if window.offered.saturating_sub(left) < self.least {
                return Poll::Ready(());
            }
            *window = Window { end: Box::pin(sleep(self.timeout)), offered: left };
        }
        Poll::Pending
    }

    /// The system has accepted so many bytes.
    #[inline]
    pub(super) fn accepted(&mut self, bytes: usize) {
        if let Some(window) = &mut self.window {
            window.offered = window.offered.saturating_add(bytes as u64);
        }
    }

    /// The system has accepted everything there was. Whether it had not before.
    #[inline]
    pub(super) fn finish(&mut self) -> bool {
        self.window.is_some() && self.window.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn ends_within(timeout: &mut WriteTimeout, time: Duration, untaken: u64) -> bool {
        tokio::time::timeout(time, poll_fn(|cx| timeout.poll(cx, || untaken))).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up_after_the_timeout() {
        let mut timeout = WriteTimeout::new(30 * SECOND);
        assert!(!ends_within(&mut timeout, 29 * SECOND, 1 << 20).await);
        assert!(ends_within(&mut timeout, 2 * SECOND, 1 << 20).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_now_and_then_is_too_little() {
        let mut timeout = WriteTimeout::new(30 * SECOND);
        assert!(!ends_within(&mut timeout, 29 * SECOND, 1 << 20).await);
        assert!(ends_within(&mut timeout, 2 * SECOND, (1 << 20) - 1).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_kilobyte_a_second_is_enough_for_however_long() {
        let mut timeout = WriteTimeout::new(30 * SECOND);
        let mut untaken = 4 << 20;
        for _ in 0..4096 {
            assert!(!ends_within(&mut timeout, SECOND, untaken).await);
            untaken -= 1024;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_written_meanwhile_does_not_hide_what_is_taken() {
        let mut timeout = WriteTimeout::new(30 * SECOND);
        for _ in 0..100 {
            assert!(!ends_within(&mut timeout, 10 * SECOND, 1 << 20).await);
            timeout.accepted(10 << 10);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_the_client_does_not_take_do_not_count() {
        let mut timeout = WriteTimeout::new(30 * SECOND);
        assert!(!ends_within(&mut timeout, 29 * SECOND, 1 << 20).await);
        timeout.accepted(1 << 20);
        assert!(ends_within(&mut timeout, 2 * SECOND, 2 << 20).await);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_counts_while_there_is_nothing_to_send() {
        let mut timeout = WriteTimeout::new(30 * SECOND);
        assert!(!timeout.finish());
        for _ in 0..10 {
            assert!(!ends_within(&mut timeout, 29 * SECOND, 1 << 20).await);
            assert!(timeout.finish());
            tokio::time::advance(100 * SECOND).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_beyond_the_end_of_time_never_ends() {
        let mut timeout = WriteTimeout::new(Duration::MAX);
        assert!(!ends_within(&mut timeout, 1_000_000 * SECOND, 1 << 20).await);
    }
}
