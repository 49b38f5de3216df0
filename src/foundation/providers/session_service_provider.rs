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

/// A round of sweeping that has gone on for so long gets a twentieth of the time.
const LONG_ROUND: Duration = Duration::from_secs(60 * 60);

/// Requests come first: sweeping takes a hundredth of the time, so that not one in a hundred meets it, and the less the more
/// others ask of the store. Where that is too little for all that expires, it takes a twentieth.
fn rest_after(batch: Duration, round: Duration) -> Duration {
    let times = if round < LONG_ROUND { 99 } else { 19 };
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
    fn a_sweep_takes_a_hundredth_of_the_time_and_more_where_that_was_not_enough_for_an_hour() {
        let rest = |batch: u64, round: u64| {
            rest_after(Duration::from_millis(batch), Duration::from_secs(round)).as_millis()
        };
        assert_eq!((rest(2, 0), rest(2, 3_599), rest(2, 3_600)), (198, 198, 38));
        assert_eq!((rest(0, 0), rest(0, 3_600)), (1, 1));
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
