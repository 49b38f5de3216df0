//! Removes what has expired, in the background.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::session::SessionManager;
use crate::session::drivers::DriverError;

/// How many records one call to the driver may remove.
const BATCH: usize = 500;

/// Sweeps for ever, once in [`sweep_every`](crate::session::SessionConfig::sweep_every).
pub(crate) async fn run(manager: Arc<SessionManager>) {
    let every = manager.config().sweep_every;
    rounds(every, || manager.sweep(BATCH), || manager.measure()).await;
}

/// Rounds of sweeping, each until a batch finds nothing. An error is logged and the next round tries again.
async fn rounds<S, C>(every: Duration, sweep: impl Fn() -> S, count: impl Fn() -> C)
where
    S: Future<Output = Result<usize, DriverError>>,
    C: Future<Output = Result<(), DriverError>>,
{
    loop {
        sleep(jittered(every)).await;
        let begun = Instant::now();
        let mut counted = begun;
        loop {
            let started = Instant::now();
            match sweep().await {
                Ok(0) => break,
                Ok(_) => sleep(rest_after(started.elapsed(), begun.elapsed(), every)).await,
                Err(error) => {
                    tracing::warn!(%error, "expired sessions could not be swept; trying again later");
                    break;
                }
            }
            // A round may take hours.
            if counted.elapsed() >= every {
                tell(count().await);
                counted = Instant::now();
            }
        }
        tell(count().await);
    }
}

fn tell(counted: Result<(), DriverError>) {
    if let Err(error) = counted {
        tracing::warn!(%error, "the sessions could not be counted; trying again later");
    }
}

/// Requests come first: sweeping takes a two-hundredth of the time, so that clearly fewer than one in a hundred meet it,
/// and the less the more others ask of the store. With each hour that a round has gone on it takes more, up to a twentieth.
/// No rest lasts longer than the time between two rounds.
fn rest_after(batch: Duration, round: Duration, every: Duration) -> Duration {
    let hours = u32::try_from(round.as_secs() / 3_600).unwrap_or(u32::MAX);
    let times = 199_u32.checked_shr(hours).unwrap_or(0).max(19);
    batch.saturating_mul(times).max(Duration::from_millis(1)).min(every)
}

/// Up to a tenth more or less, so that several servers on one store do not sweep at the same moment.
fn jittered(every: Duration) -> Duration {
    let mut byte = [128];
    // Without random bytes there is no jitter, which does no harm.
    let _ = getrandom::fill(&mut byte);
    let share = 0.9 + 0.2 * f64::from(byte[0]) / 255.0;
    // A time that is too long for more is as good as never.
    Duration::try_from_secs_f64(every.as_secs_f64() * share).unwrap_or(every)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_sweep_takes_a_two_hundredth_of_the_time_and_up_to_a_twentieth_the_longer_a_round_lasts() {
        let rest = |batch: u64, minutes: u64| {
            let (batch, round) = (Duration::from_millis(batch), Duration::from_secs(60 * minutes));
            rest_after(batch, round, Duration::from_secs(60)).as_millis()
        };
        assert_eq!((rest(2, 0), rest(2, 59), rest(2, 60), rest(2, 120)), (398, 398, 198, 98));
        assert_eq!(
            (rest(2, 180), rest(2, 240), rest(2, u64::MAX / 60), rest(0, 0)),
            (48, 38, 38, 1)
        );
        assert_eq!(rest(2_000, 0), 60_000, "not past the next round");
        assert_eq!(rest_after(Duration::MAX, Duration::ZERO, Duration::ZERO), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_are_counted_in_time_however_long_a_round_takes() {
        let (swept, counted) = (Cell::new(0), Cell::new(0));
        let sweep = async || {
            sleep(Duration::from_millis(100)).await;
            swept.set(swept.get() + 1);
            Ok(1)
        };
        let count = async || {
            counted.set(counted.get() + 1);
            Ok(())
        };
        let hour = Duration::from_secs(60 * 60);
        let work = rounds(Duration::from_secs(60), sweep, count);
        assert!(tokio::time::timeout(hour, work).await.is_err(), "it goes on for ever");
        assert!((170..=190).contains(&swept.get()), "{}", swept.get());
        assert!((45..=60).contains(&counted.get()), "{}", counted.get());
    }

    #[test]
    fn a_jittered_time_is_near_the_one_given_however_long_that_is() {
        for _ in 0..1_000 {
            let minute = jittered(Duration::from_secs(60)).as_secs_f64();
            assert!((54.0..=66.0).contains(&minute), "{minute}");
            assert!(jittered(Duration::MAX) > Duration::MAX / 2);
        }
    }
}
