//! Wires up sessions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::encryption::Keyring;
use crate::foundation::{AppConfig, Application, ServiceProvider};
use crate::http::{BoxMiddleware, Result};
use crate::session::{RequirePassword, SessionConfig, SessionManager, StartSession};

/// Binds the [`SessionManager`] that reads `config/session.rs` and names the middleware `session` and
/// `password.confirm`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionServiceProvider;

impl ServiceProvider for SessionServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let config = app.try_config::<SessionConfig>().unwrap_or_default();
        let mut manager =
            SessionManager::new((*config).clone(), Arc::clone(app.clock()), app.base_path(""));
        if let Some(app) = app.try_config::<AppConfig>()
            && let Some(key) = &app.key
        {
            manager = manager.with_keys(Keyring::new(key.clone(), app.previous_keys.clone()));
        }
        app.instance::<SessionManager>(Arc::new(manager));
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        let manager = app.make::<SessionManager>()?;
        let start = StartSession::new(Arc::clone(&manager));
        app.middleware(|middleware| {
            middleware.alias("session", start);
            middleware.alias_with("password.confirm", |parameters| {
                RequirePassword::from_parameters(parameters).map(BoxMiddleware::new)
            });
        });
        // When everyone has booted: another provider may add the driver that the configuration names.
        app.booted(async |app: Application| {
            let manager = app.make::<SessionManager>()?;
            if let Err(problems) = manager.prepare() {
                problems.into_iter().for_each(|problem| app.report_problem(problem));
            }
            let config = app.try_config::<AppConfig>().unwrap_or_default();
            if manager.is_in_cookies() && config.environment.is_production() {
                tracing::warn!(
                    "sessions lie in cookies (SESSION_DRIVER=cookie): a logout binds this process until it restarts; elsewhere a copied cookie lives on until its deadline"
                );
            }
            Ok(())
        });
        let every = manager.config().sweep_every;
        if !every.is_zero() {
            app.background("session sweeper", move |_| sweep(manager, every));
        }
        Ok(())
    }
}

/// How many records one call to the driver may remove.
const BATCH: usize = 500;

/// Sweeps for ever: an error is logged and the next round tries again.
async fn sweep(manager: Arc<SessionManager>, every: Duration) {
    loop {
        tokio::time::sleep(jittered(every)).await;
        let begun = Instant::now();
        loop {
            let started = Instant::now();
            match manager.sweep(BATCH).await {
                Ok(0) => break,
                Ok(_) => {
                    let rest = rest_after(started.elapsed(), begun.elapsed());
                    tokio::time::sleep(rest.min(every)).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "expired sessions could not be swept; trying again later");
                    break;
                }
            }
        }
        if let Err(error) = manager.measure().await {
            tracing::warn!(%error, "the sessions could not be counted; trying again later");
        }
    }
}

/// Requests come first: sweeping takes a hundredth of the time, so that not one in a hundred meets it, and the less the more
/// others ask of the store. Where more expires than that, it rests half as long for each hour that a round has gone on.
fn rest_after(batch: Duration, round: Duration) -> Duration {
    let hours = u32::try_from(round.as_secs() / 3_600).unwrap_or(u32::MAX);
    let times = 99_u32.checked_shr(hours).unwrap_or(0);
    batch.saturating_mul(times).max(Duration::from_millis(1))
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
    use super::*;

    #[test]
    fn a_sweep_takes_a_hundredth_of_the_time_and_more_for_each_hour_that_this_is_not_enough() {
        let rest = |batch: u64, minutes: u64| {
            rest_after(Duration::from_millis(batch), Duration::from_secs(60 * minutes)).as_millis()
        };
        assert_eq!((rest(2, 0), rest(2, 59), rest(2, 60), rest(2, 3 * 60)), (198, 198, 98, 24));
        assert_eq!((rest(0, 0), rest(2, 7 * 60), rest(2, u64::MAX / 60)), (1, 1, 1));
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
