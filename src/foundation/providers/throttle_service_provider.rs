//! Wires up throttling.

use std::sync::Arc;

use crate::foundation::{Application, ServiceProvider};
use crate::http::{BoxMiddleware, Result};
use crate::throttle::{MemoryHits, RateLimiter, ThrottleRequests};

/// Binds a [`RateLimiter`] that counts in memory, unless one is bound by then, and names the middleware `throttle`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThrottleServiceProvider;

impl ServiceProvider for ThrottleServiceProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        let clock = Arc::clone(app.clock());
        app.singleton_if::<RateLimiter>(move |_| {
            Ok(RateLimiter::new(MemoryHits::new(Arc::clone(&clock)), Arc::clone(&clock)))
        });
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
