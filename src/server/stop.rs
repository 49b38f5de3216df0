//! When the process is told to stop, and how long that may take.
//!
//! Both are a matter of threads of their own: while actions block all async threads, the runtime hears no signal and no
//! timer ends.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// Ready when the process is told to stop: SIGTERM or Ctrl-C.
///
/// Call it before telling anyone that the server is there: from this call on, not from the first poll, a signal
/// is heard and does not kill the process. It is heard even while all async threads are blocked.
pub fn stop_signal() -> impl Future<Output = ()> {
    stop_signal_then(|| ())
}

/// The same, and `again` is called at the second signal, on a thread of its own.
pub(crate) fn stop_signal_then(again: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> {
    let (tell, told) = oneshot::channel();
    let first = || {
        // Nobody waits any more where the server has ended by itself.
        let _ = tell.send(());
    };
    let heard = listen(first, again);
    if let Err(error) = &heard {
        tracing::warn!(%error, "signals to stop cannot be heard");
    }
    async {
        if told.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Listens on a thread of its own, from when this returns.
fn listen(
    first: impl FnOnce() + Send + 'static,
    again: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _guard = runtime.enter();
        Signals::new()?
    };
    let work = move || {
        runtime.block_on(async {
            signals.next().await;
            first();
            signals.next().await;
            again();
        });
    };
    thread::Builder::new().name("stop signal".to_owned()).spawn(work).map(drop)
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]))
    }

    async fn next(&mut self) {
        let [terminate, interrupt] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Waits for a future, but not longer than this; `None` if it took longer.
pub(super) async fn at_most<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let (over, is_over) = oneshot::channel::<()>();
    // Dropped at the end, which ends the thread.
    let (_running, stopped) = mpsc::channel::<()>();
    let wait = move || {
        if stopped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            let _ = over.send(());
        }
    };
    if let Err(error) = thread::Builder::new().name("stop timer".to_owned()).spawn(wait) {
        tracing::warn!(%error, "no thread was to be had to end the stop in time");
        return tokio::time::timeout(limit, work).await.ok();
    }
    tokio::select! {
        biased;
        done = work => Some(done),
        _ = is_over => None,
    }
}
