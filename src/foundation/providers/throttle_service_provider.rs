//! Wires up throttling.

use std::sync::Arc;

use crate::foundation::{Application, ServiceProvider};
use crate::http::{BoxMiddleware, Result};
#[cfg(feature = "redis")]
use crate::session::RedisDriver;
use crate::session::SessionConfig;
use crate::support::Clock;
use crate::throttle::{MemoryHits, RateLimiter, ThrottleRequests};

/// Binds a [`RateLimiter`], unless one is bound by then, and names the middleware `throttle`. It counts in Redis where the
/// session driver is `redis`, and otherwise in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThrottleServiceProvider;

impl ServiceProvider for ThrottleServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let clock = Arc::clone(app.clock());
        let session = app.try_config::<SessionConfig>();
        app.singleton_if::<RateLimiter>(move |_| Ok(limiter(session.as_deref(), &clock)));
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        let limiter = app.make::<RateLimiter>()?;
        app.middleware(|middleware| {
            middleware.alias_with("throttle", move |parameters| {
                let throttle = ThrottleRequests::from_parameters(Arc::clone(&limiter), parameters)?;
                Ok(BoxMiddleware::new(throttle))
            });
        });
        Ok(())
    }
}

#[cfg_attr(not(feature = "redis"), allow(unused_variables, reason = "memory is all there is"))]
fn limiter(session: Option<&SessionConfig>, clock: &Arc<dyn Clock>) -> RateLimiter {
    #[cfg(feature = "redis")]
    if let Some(config) = session.filter(|config| config.driver == "redis")
        // A URL that cannot be used keeps the sessions from booting, whose error says so.
        && let Ok(store) = RedisDriver::new(config.redis_url.expose(), &config.redis_prefix)
    {
        return RateLimiter::new(store, Arc::clone(clock));
    }
    RateLimiter::new(MemoryHits::new(Arc::clone(clock)), Arc::clone(clock))
}
