//! Sessions in files: one file a session.
//!
//! A record lies at `<folder>/<first two digits of its key>/<64 digits of its key>`, an entry of the index at
//! `<folder>/tags/<first two digits of its tag>/<32 digits of its tag>/<64 digits of its key>`, in folders and files for
//! the owner alone. Other files in these folders are never touched. A file that cannot be read is renamed
//! to `<key>.corrupt` and kept; nobody but you removes it.

mod blocked;
mod folders;
mod format;
mod gate;
mod key_note;
mod locked;
mod open_files;
mod pool;
mod root;
mod store;
mod system;
mod tags;

#[cfg(all(any(test, fuzzing), feature = "uploads"))]
pub(crate) use format::file_of_any_bytes;
pub(crate) use key_note::note_key;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use self::gate::Gate;
use self::pool::Pool;
use self::store::{Fault, Store, Wait};
use crate::session::drivers::{
    Batch, Cursor, DriverError, Outcome, Rotation, SessionDriver, Stored,
};
use crate::session::record::{Key, Tag};

/// Keeps each session in a file of its own.
///
/// For one machine: any number of processes may share the folder, on a local file system whose locks
/// work. What was acknowledged survives a process that is killed at any moment. It is not flushed to the
/// disk, so a loss of power may cost the last seconds.
///
/// The files of sessions in use stay open, at most 4,096 and at most an eighth of what the process may open when the
/// driver is made; those that nobody has asked for in a minute are closed by the sweeper. What another process or an
/// operator does to a file counts at once; that a folder was moved, a second later. While the folder of all sessions
/// is missing, every call fails.
///
/// ```no_run
/// use lunox::session::FileDriver;
///
/// # fn main() -> std::io::Result<()> {
/// let driver = FileDriver::new("storage/framework/sessions");
/// driver.prepare()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FileDriver {
    store: Arc<Store>,
    gate: Arc<Gate>,
    pool: Pool,
}

impl FileDriver {
    /// A driver for the sessions in a folder, which is made when the first one is stored.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            store: Arc::new(Store::new(dir.into())),
            gate: Arc::default(),
            pool: Pool::default(),
        }
    }

    /// A driver that always uses the blocking pool.
    #[cfg(test)]
    pub(crate) fn pooled(dir: impl Into<PathBuf>) -> Self {
        Self { gate: Arc::new(Gate::closed()), ..Self::new(dir) }
    }

    /// Makes the folder and checks that files in it can be made, locked and removed. A disk that is full is a warning, and
    /// so are files and folders in it that are not the driver's: it leaves them alone.
    ///
    /// From then on the folder is not made again: while it is missing, or on another device because its volume is not
    /// mounted, calls fail and no session counts as ended.
    ///
    /// # Errors
    ///
    /// When one of this fails; the text names the folder.
    pub fn prepare(&self) -> io::Result<()> {
        let root = &self.store.root;
        let dir = root.dir();
        let cannot = |doing: &str, error: &io::Error| {
            system::named(&format!("{doing} the session folder"), dir, error)
        };
        root.make().map_err(|error| cannot("make", &error))?;
        warn_of(&root.foreign(), dir);
        match probe(dir) {
            // What is stored can still be read and, which makes room, removed.
            Err(error) if is_full(&error) => {
                tracing::warn!("{}: no session can be stored", cannot("write to", &error));
                Ok(())
            }
            tried => tried.map_err(|error| cannot("write to", &error)),
        }
    }

    /// Runs disk work: here while the disk is fast and no lock has to be waited for, else in the pool.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&Store, Wait) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, DriverError> {
        let mut locked = false;
        if let Some(_pass) = self.gate.enter() {
            match self.gate.timed(|| work(&self.store, Wait::Never)) {
                Err(Fault::Busy) => locked = true,
                done => return done.map_err(DriverError::from),
            }
        }
        // Boxed, so that calls which are done at once need not carry the room for it.
        Box::pin(self.run_in_pool(work, locked)).await
    }

    /// Runs disk work in the pool, with a lock that somebody holds in the threads for that.
    async fn run_in_pool<T: Send + 'static, W>(
        &self,
        work: W,
        locked: bool,
    ) -> Result<T, DriverError>
    where
        W: Fn(&Store, Wait) -> Result<T, Fault> + Send + 'static,
    {
        let mut work = work;
        if !locked {
            let (store, gate) = (self.store.clone(), self.gate.clone());
            let timed = move || {
                let done = gate.timed(|| work(&store, Wait::Never));
                (work, done)
            };
            match self.pool.disk.run(timed).await? {
                (again, Err(Fault::Busy)) => work = again,
                (_, done) => return done.map_err(DriverError::from),
            }
        }
        // Not timed: waiting for a lock does not mean that the disk is slow, so other calls stay where they are.
        let store = self.store.clone();
        let done = self.pool.locks.run(move || work(&store, Wait::LONG)).await?;
        done.map_err(DriverError::from)
    }

    /// Runs work in the blocking pool.
    async fn in_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, DriverError> + Send + 'static,
    ) -> Result<T, DriverError> {
        let store = self.store.clone();
        self.pool.disk.run(move || work(&store)).await?
    }
}

fn warn_of(foreign: &[String], dir: &Path) {
    if foreign.is_empty() {
        return;
    }
    let names: Vec<_> = foreign.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
    tracing::warn!(
        target: "lunox::session",
        "the session folder `{}` also holds files or folders that are not sessions: {}; the driver leaves them alone. Give \
         sessions a folder of their own (`files` in config/session.rs, by default storage/framework/sessions), or move \
         these elsewhere",
        dir.display(),
        names.join(", "),
    );
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Makes, locks and removes a file.
fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".probe-{}", std::process::id()));
    let file = system::make_anew(&path)?;
    let tried = system::write_at(&file, b"probe", 0).and_then(|()| file.lock());
    // Another process with this id, in another container, may have removed it already.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tried.and(Err(error)),
        _ => tried,
    }
}

impl From<Fault> for DriverError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Driver(error) => error,
            Fault::Busy => Self::unavailable("a session file is locked"),
        }
    }
}

impl SessionDriver for FileDriver {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        let key = *key;
        self.run(move |store, wait| store.read(&key, wait)).await
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        let key = *key;
        self.run(move |store, wait| store.create(&key, &payload, deadline, wait)).await
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let key = *key;
        self.run(move |store, wait| store.replace(&key, version, &payload, deadline, wait)).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        let key = *key;
        self.run(move |store, wait| store.touch(&key, version, deadline, wait)).await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        let (old, new) = (*rotation.old, *rotation.new);
        let Rotation { version, payload, deadline, left_behind, .. } = rotation;
        self.run(move |store, wait| {
            let (payload, left_behind) = (payload.clone(), left_behind.clone());
            let rotation =
                Rotation { old: &old, version, new: &new, payload, deadline, left_behind };
            store.rotate(&rotation, wait)
        })
        .await
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        let key = *key;
        self.run(move |store, wait| store.destroy(&key, wait)).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.in_pool(move |store| store.sweep(now, limit).map(Some)).await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        let from = from.cloned();
        self.in_pool(move |store| store.list(from.as_ref(), limit).map(Some)).await
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        let (tag, key) = (*tag, *key);
        self.in_pool(move |store| store.enter(&tag, &key, until)).await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        let (tag, key) = (*tag, *key);
        self.in_pool(move |store| store.take_out(&tag, &key)).await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        let tag = *tag;
        self.in_pool(move |store| store.tagged(&tag).map(Some)).await
    }
}

#[cfg(test)]
mod tests;
