//! Hits that all servers share.

use std::time::Duration;

use super::{HitStore, Hits};
use crate::error::BoxError;
use crate::session::RedisDriver;

/// Counts on the server of the sessions, with its clock: one script for each hit.
impl HitStore for RedisDriver {
    async fn hit(&self, key: &str, hits: i32, window: Duration) -> Result<Hits, BoxError> {
        let (count, left) = Self::hit(self, key, hits, window).await?;
        Ok(Hits { count, left: Duration::from_millis(left) })
    }
}
