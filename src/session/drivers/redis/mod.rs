//! Sessions in Redis or Valkey.

mod check;
mod layout;
mod list;
mod scripts;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo, RedisError, ScriptInvocation};

use self::layout::{Layout, seconds};
use self::scripts::{CONFLICT, DONE, DUPLICATE, GONE, Scripts};
use super::stamp::stamp;
use super::{Batch, BoxDriver, Cursor, DriverError, Outcome, Rotation, SessionDriver, Stored};
use crate::error::BoxError;
use crate::session::record::{Key, Tag};

/// How long the server may take for an answer, or to accept a connection.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Keeps sessions in Redis 6.2 or later, or Valkey, over one connection.
///
/// Each call is one round trip and one step of the server: a `GET` to read, a script to write. Records expire by themselves,
/// a minute after their deadline. A call whose answer is lost fails and is not sent again. After the connection is lost, the next
/// calls make a new one.
///
/// Not for a server that evicts: with a `maxmemory-policy` other than `noeviction` sessions, and logouts, may vanish.
#[derive(Clone)]
pub struct RedisDriver {
    connection: ConnectionManager,
    layout: Layout,
    scripts: Arc<Scripts>,
}

impl RedisDriver {
    /// A driver for the server at a URL such as `redis://:password@localhost:6379/0` or `rediss://` (TLS), whose keys begin
    /// with `prefix`. It connects when it is first called. Call it in a tokio runtime.
    ///
    /// # Errors
    /// When the URL is not one, or the prefix has braces, which choose the slot in a cluster.
    pub fn new(url: &str, prefix: &str) -> Result<Self, BoxError> {
        if prefix.contains(['{', '}']) {
            return Err(format!(
                "the prefix `{}` has braces, which choose the slot of a key in a cluster; leave them out (SESSION_PREFIX)",
                prefix.escape_debug()
            )
            .into());
        }
        // The error of the library quotes nothing of the URL.
        let info = url.into_connection_info().map_err(|error| format!("REDIS_URL: {error}"))?;
        choose_cryptography();
        let tcp = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(5 * TIMEOUT);
        let client = Client::open(info.set_tcp_settings(tcp))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connection = ConnectionManager::new_lazy_with_config(client, config)?;
        Ok(Self { connection, layout: Layout::new(prefix), scripts: Arc::new(Scripts::new()) })
    }

    /// Adds hits to the count of a limit, in one step; what it is then, and for how many milliseconds. The key is ASCII
    /// without braces.
    #[cfg(feature = "throttle")]
    pub(crate) async fn hit(
        &self,
        key: &str,
        hits: i32,
        window: Duration,
    ) -> Result<(u32, u64), RedisError> {
        let mut script = self.scripts.hit.prepare_invoke();
        let length = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
        script.key(self.layout.hits(key)).arg(hits).arg(length.clamp(1, 1 << 50));
        script.invoke_async(&mut self.connection.clone()).await
    }

    /// The driver with the check that the boot makes.
    pub(super) fn boxed(self) -> BoxDriver {
        let checked = self.clone();
        BoxDriver::new(self).checked(move || {
            let driver = checked.clone();
            Box::pin(async move { driver.check().await })
        })
    }

    /// Runs a script; what it returns.
    async fn run(&self, script: &ScriptInvocation<'_>) -> Result<u8, DriverError> {
        script.invoke_async(&mut self.connection.clone()).await.map_err(unavailable)
    }
}

/// For TLS, unless the application has chosen already: rustls does not choose by itself where several could be meant.
fn choose_cryptography() {
    // It fails if another thread was faster, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn unavailable(error: RedisError) -> DriverError {
    DriverError::unavailable(error)
}

fn outcome(code: u8) -> Result<Outcome, DriverError> {
    match code {
        DONE => Ok(Outcome::Done),
        GONE => Ok(Outcome::Gone),
        CONFLICT => Ok(Outcome::Conflict),
        DUPLICATE => Err(DriverError::DuplicateId),
        other => Err(DriverError::unavailable(format!("a script returned {other}"))),
    }
}

impl SessionDriver for RedisDriver {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        let mut get = redis::cmd("GET");
        get.arg(self.layout.record(key));
        let found: Option<Bytes> =
            get.query_async(&mut self.connection.clone()).await.map_err(unavailable)?;
        found.map(|bytes| layout::decode(key, bytes)).transpose()
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        let mut script = self.scripts.create.prepare_invoke();
        script.key(self.layout.record(key));
        script.arg(layout::encode(stamp()?, deadline, &payload)).arg(seconds(deadline));
        outcome(self.run(&script).await?).map(drop)
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let mut script = self.scripts.replace.prepare_invoke();
        script.key(self.layout.record(key)).arg(&version.to_be_bytes());
        script.arg(layout::encode(stamp()?, deadline, &payload)).arg(seconds(deadline));
        outcome(self.run(&script).await?)
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        let mut script = self.scripts.touch.prepare_invoke();
        script.key(self.layout.record(key)).arg(&version.to_be_bytes());
        script.arg(&deadline.to_be_bytes()).arg(seconds(deadline));
        outcome(self.run(&script).await?)
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        let Rotation { old, version, new, payload, deadline, left_behind } = rotation;
        if old.shard() != new.shard() {
            return Err(DriverError::unavailable("a rotation to a key of another shard"));
        }
        let mut script = self.scripts.rotate.prepare_invoke();
        script.key(self.layout.record(old)).key(self.layout.record(new));
        script.arg(&version.to_be_bytes());
        script.arg(layout::encode(stamp()?, deadline, &payload)).arg(seconds(deadline));
        match left_behind {
            Some((left, until)) => {
                script.arg(layout::encode(stamp()?, until, &left)).arg(seconds(until));
            }
            None => {
                script.arg("").arg("");
            }
        }
        outcome(self.run(&script).await?)
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        let mut delete = redis::cmd("DEL");
        delete.arg(self.layout.record(key));
        delete.query_async(&mut self.connection.clone()).await.map_err(unavailable)
    }

    /// The server removes them.
    async fn sweep(&self, _: u64, _: usize) -> Result<Option<usize>, DriverError> {
        Ok(None)
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        list::list(&mut self.connection.clone(), &self.layout, from, limit).await.map(Some)
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        let mut script = self.scripts.tag.prepare_invoke();
        script.key(self.layout.tag(tag)).arg(key.as_bytes()).arg(seconds(until));
        self.run(&script).await.map(drop)
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        let mut remove = redis::cmd("ZREM");
        remove.arg(self.layout.tag(tag)).arg(key.as_bytes());
        remove.query_async(&mut self.connection.clone()).await.map_err(unavailable)
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        let mut range = redis::cmd("ZRANGE");
        range.arg(self.layout.tag(tag)).arg(0).arg(-1);
        let keys: Vec<Bytes> =
            range.query_async(&mut self.connection.clone()).await.map_err(unavailable)?;
        let key = |bytes: &Bytes| (**bytes).try_into().ok().map(Key::from_bytes);
        Ok(Some(keys.iter().filter_map(key).collect()))
    }
}
