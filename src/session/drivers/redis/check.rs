//! What the boot asks of the server.

use super::RedisDriver;
use crate::error::BoxError;

impl RedisDriver {
    /// Connects, and warns of settings under which sessions may be lost.
    pub(super) async fn check(&self) -> Result<(), BoxError> {
        let mut connection = self.connection.clone();
        let mut info = redis::cmd("INFO");
        let memory: String = info
            .arg("memory")
            .query_async(&mut connection)
            .await
            .map_err(|error| format!("{error} (REDIS_URL)"))?;
        let policy = field(&memory, "maxmemory_policy").unwrap_or("unknown");
        if policy != "noeviction" {
            tracing::warn!(
                policy,
                "Redis removes sessions, and the marks of logouts, when its memory is full; set `maxmemory-policy noeviction`"
            );
        }
        let persistence: String =
            redis::cmd("INFO").arg("persistence").query_async(&mut connection).await?;
        // Hosted servers may refuse CONFIG; then only the first half is known.
        let fsync: Option<(String, String)> = redis::cmd("CONFIG")
            .arg("GET")
            .arg("appendfsync")
            .query_async(&mut connection)
            .await
            .ok();
        let fsync = fsync.map_or(String::new(), |(_, value)| value);
        let promise = match (field(&persistence, "aof_enabled"), fsync.as_str()) {
            (Some("1"), "always") => "loses nothing that was acknowledged",
            (Some("1"), "everysec" | "no" | "") => "may lose the last moments, a logout included",
            _ => "loses everything since the last snapshot, logouts included (appendonly is off)",
        };
        tracing::info!("sessions are in Redis: a crash of the server {promise}");
        Ok(())
    }
}

fn field<'t>(info: &'t str, name: &str) -> Option<&'t str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}
