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
pub(crate) use timed::Store;

use std::path::Path;

use super::{BoxDriver, SessionConfig};
use crate::error::BoxError;

pub(crate) fn make_file(config: &SessionConfig, base: &Path) -> Result<BoxDriver, BoxError> {
    let driver = FileDriver::new(base.join(&config.files));
    driver.prepare()?;
    Ok(BoxDriver::new(driver))
}

pub(crate) fn make_memory(config: &SessionConfig, _: &Path) -> Result<BoxDriver, BoxError> {
    let driver = MemoryDriver::with_limits(config.memory_records, config.memory_bytes);
    Ok(BoxDriver::new(driver))
}
