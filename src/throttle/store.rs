//! Where hits are counted.

use std::future::Future;
use std::time::Duration;

use crate::error::BoxError;
use crate::support::BoxFuture;

/// Counts hits in fixed windows. [`MemoryHits`](super::MemoryHits) is the store of one process; one that several servers
/// share implements this trait.
pub trait HitStore: Send + Sync + 'static {
    /// Adds `hits` to the count of a key, in one step, and returns what the count is then.
    ///
    /// A key without a window gets one of this length, which later hits do not move. Zero only looks and a negative
    /// number gives hits back: neither starts a window, and no count falls below zero.
    ///
    /// Keys have at most 64 bytes of ASCII.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn hit(
        &self,
        key: &str,
        hits: i32,
        window: Duration,
    ) -> impl Future<Output = Result<Hits, BoxError>> + Send;
}

/// The count of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hits {
    /// How many hits there are in the window.
    pub count: u32,
    /// How long the window still lasts; zero if there is none.
    pub left: Duration,
}

/// The same trait with its future boxed, for stores of any type.
pub(super) trait ErasedHits: Send + Sync {
    fn hit_boxed<'a>(
        &'a self,
        key: &'a str,
        hits: i32,
        window: Duration,
    ) -> BoxFuture<'a, Result<Hits, BoxError>>;
}

impl<S: HitStore> ErasedHits for S {
    fn hit_boxed<'a>(
        &'a self,
        key: &'a str,
        hits: i32,
        window: Duration,
    ) -> BoxFuture<'a, Result<Hits, BoxError>> {
        Box::pin(self.hit(key, hits, window))
    }
}
