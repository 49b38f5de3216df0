//! The drivers that come with the framework.
//!
//! - [`MemoryDriver`] keeps sessions in this process: for tests, and for one process that may forget.
//! - [`FileDriver`] keeps one file a session: for one machine, any number of processes.
//!
//! Both pass the contract suite of [`lunox::testing`](crate::testing), and a driver of your own should
//! too.

mod file;
mod memory;

pub use file::FileDriver;
pub use memory::MemoryDriver;

use std::path::Path;

use super::{BoxDriver, SessionConfig};
use crate::error::BoxError;

pub(super) fn make_file(config: &SessionConfig, base: &Path) -> Result<BoxDriver, BoxError> {
    let driver = FileDriver::new(base.join(&config.files));
    driver.prepare()?;
    Ok(BoxDriver::new(driver))
}

pub(super) fn make_memory(config: &SessionConfig, _: &Path) -> Result<BoxDriver, BoxError> {
    let driver = MemoryDriver::with_limits(config.memory_records, config.memory_bytes);
    Ok(BoxDriver::new(driver))
}
