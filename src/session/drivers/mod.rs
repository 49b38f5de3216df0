//! The drivers that come with the engine.
//!
//! - [`MemoryDriver`] keeps sessions in this process: for tests, and for one process that may forget.
//! - [`FileDriver`] keeps one file a session: for one machine, any number of processes.
//!
//! Both pass the contract suite of [`lunox::testing`](crate::testing), and a driver of your own should
//! too.

mod driver;
mod erased;
mod error;
mod file;
mod memory;
mod sealed;
mod timed;
mod versions;

pub(crate) use driver::BATCH_BYTES;
pub use driver::{Batch, Cursor, Listed, Outcome, Rotation, SessionDriver, Stored};
pub(crate) use erased::ErasedDriver;
pub use error::DriverError;
pub use file::FileDriver;
pub use memory::MemoryDriver;
pub(crate) use sealed::SealedDriver;
pub(crate) use timed::TimedDriver;

use std::path::Path;
use std::sync::Arc;

use super::SessionConfig;
use crate::error::BoxError;

/// A driver made from the configuration, not known by type.
pub struct BoxDriver(pub(crate) Arc<dyn ErasedDriver>);

impl BoxDriver {
    /// Wraps a driver.
    pub fn new(driver: impl SessionDriver) -> Self {
        Self(Arc::new(driver))
    }
}

/// Makes a driver of ours for the application in a folder.
type Make = fn(&SessionConfig, &Path) -> Result<BoxDriver, BoxError>;

/// Where sessions are kept, and how what keeps them is made.
pub(crate) enum Kept {
    /// By a driver, where other processes reach them.
    Stored(Make),
    /// By a driver, in this process alone.
    InProcess(Make),
    /// By the visitors.
    InCookies,
    /// Not at all.
    Nowhere,
}

/// Who can reach the sessions that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Whoever can reach the store.
    Everyone,
    /// This process alone.
    ThisProcess,
    /// Each visitor their own.
    Visitors,
    /// Nobody: none is kept.
    Nobody,
}

/// What `driver` in `config/session.rs` can name. A new driver of ours takes its file and a line here.
pub(crate) const BUILT_IN: &[(&str, Kept)] = &[
    ("file", Kept::Stored(make_file)),
    ("memory", Kept::InProcess(make_memory)),
    ("array", Kept::InProcess(make_memory)),
    ("cookie", Kept::InCookies),
    ("null", Kept::Nowhere),
];

fn make_file(config: &SessionConfig, base: &Path) -> Result<BoxDriver, BoxError> {
    let driver = FileDriver::new(base.join(&config.files));
    driver.prepare()?;
    Ok(BoxDriver::new(driver))
}

fn make_memory(config: &SessionConfig, _: &Path) -> Result<BoxDriver, BoxError> {
    let driver = MemoryDriver::with_limits(config.memory_records, config.memory_bytes);
    Ok(BoxDriver::new(driver))
}
