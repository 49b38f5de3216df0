//! What counts, and the limiters that have names.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::store::ErasedHits;
use super::{HitStore, Hits, IntoLimits, Limit};
use crate::error::Error;
use crate::http::{HttpRequest, Result};
use crate::support::Clock;
use crate::support::lock::{read, write};

type Named = Arc<dyn Fn(&HttpRequest) -> Vec<Limit> + Send + Sync>;
type Identify = Arc<dyn Fn(&HttpRequest) -> Option<String> + Send + Sync>;

/// Counts requests. `ThrottleServiceProvider` binds one that counts in memory, unless another is bound.
pub struct RateLimiter {
    store: Box<dyn ErasedHits>,
    pub(super) clock: Arc<dyn Clock>,
    named: RwLock<BTreeMap<String, Named>>,
    user: RwLock<Option<Identify>>,
}

impl RateLimiter {
    /// Counts in this store.
    pub fn new(store: impl HitStore, clock: Arc<dyn Clock>) -> Self {
        Self { store: Box::new(store), clock, named: RwLock::default(), user: RwLock::default() }
    }

    /// Gives limits a name, for the middleware `throttle:name`; in a provider's `boot`.
    ///
    /// ```
    /// use lunox::prelude::*;
    /// use lunox::throttle::{Limit, RateLimiter, visitor};
    ///
    /// fn limits(app: &Application) -> Result<()> {
    ///     app.make::<RateLimiter>()?.named("uploads", |req: &HttpRequest| {
    ///         vec![Limit::per_minute(500), Limit::per_hour(20).by(visitor(req))]
    ///     });
    ///     Ok(())
    /// }
    /// ```
    pub fn named<L: IntoLimits>(
        &self,
        name: &str,
        limits: impl Fn(&HttpRequest) -> L + Send + Sync + 'static,
    ) {
        let limits: Named = Arc::new(move |req| limits(req).into_limits());
        write(&self.named).insert(name.to_owned(), limits);
    }

    /// Says how a request's user is found, who is counted instead of the address. Nobody is a user without it.
    pub fn identify_by(
        &self,
        user: impl Fn(&HttpRequest) -> Option<String> + Send + Sync + 'static,
    ) {
        *write(&self.user) = Some(Arc::new(user));
    }

    /// Adds hits to the count of a key, of any length, and returns what it is then: see [`HitStore::hit`].
    ///
    /// The store gets a hash of the key, so it holds no addresses or names of accounts.
    ///
    /// # Errors
    /// 503 when the store cannot be reached: nothing is let through uncounted.
    pub async fn hit(&self, key: &str, hits: i32, window: Duration) -> Result<Hits> {
        let key = URL_SAFE_NO_PAD.encode(Sha256::digest(key));
        let counted = self.store.hit_boxed(&key, hits, window).await;
        counted.map_err(|error| Error::with_source(503, error))
    }

    pub(super) fn limits(&self, name: &str) -> Option<Named> {
        read(&self.named).get(name).cloned()
    }

    pub(super) fn user(&self, req: &HttpRequest) -> Option<String> {
        let user = read(&self.user).clone();
        user.and_then(|user| user(req))
    }
}

/// Whom a limit counts: the request's user as `user:id`, else the visitor's address as `address:...`.
///
/// Of an IPv6 address that is the /64, which is what one customer of a provider has. Behind trusted proxies it is the
/// address of the visitor.
pub fn visitor(req: &HttpRequest) -> String {
    let limiter = req.container().make::<RateLimiter>().ok();
    match limiter.and_then(|limiter| limiter.user(req)) {
        Some(user) => format!("user:{user}"),
        None => address(req.ip()),
    }
}

pub(super) fn address(ip: Option<IpAddr>) -> String {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V6(ip)) => format!("address:{:x}", u128::from(ip) >> 64),
        Some(ip) => format!("address:{ip}"),
        None => "address:none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_addresses_of_one_64_are_one_visitor() {
        let of = |ip: &str| address(Some(ip.parse().expect("an address")));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:ffff:ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
