//! The part of the runtime's blocking pool that session files may use.

use std::sync::Arc;
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::session::DriverError;

/// Calls that wait for a lock at the same time. Locks are held for microseconds; if one is held for seconds, because the
/// process that has it was stopped, the calls that wait for it must not keep the threads from all others.
const LOCKS: usize = 8;

/// How many calls may be in the blocking pool at the same time; more wait until one has ended, without a thread.
///
/// The pool would start a thread for each, hundreds of which make a busy processor or a slow disk slower still.
#[derive(Debug)]
pub(super) struct Pool {
    /// For calls that use the disk.
    pub(super) disk: Lane,
    /// For calls that wait for a lock.
    pub(super) locks: Lane,
}

/// Some threads of the pool.
#[derive(Debug)]
pub(super) struct Lane(Arc<Semaphore>);

impl Default for Pool {
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        // A disk serves several calls at once, and whoever waits for it needs no processor.
        Self { disk: Lane::of(12 + 4 * processors), locks: Lane::of(LOCKS) }
    }
}

impl Lane {
    pub(super) fn of(threads: usize) -> Self {
        Self(Arc::new(Semaphore::new(threads)))
    }

    /// Runs work in the pool, once there is a thread for it, or here where there is no runtime. Once it has begun, it
    /// ends even if nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DriverError> {
        let Ok(runtime) = Handle::try_current() else {
            return Ok(work());
        };
        let permit = Arc::clone(&self.0).acquire_owned().await;
        let permit = Arc::new(permit.expect("it is never closed"));
        let until_done = Arc::clone(&permit);
        let running = runtime.spawn_blocking(move || {
            let _until_done = until_done;
            work()
        });
        let done = running.await.map_err(DriverError::unavailable);
        // Not before: the thread could still be on its way back, and the pool would start another one.
        drop(permit);
        done
    }
}
