//! Where devices and links are kept: in memory. `tests/accounts` runs the same tests with tables.

pub use lunox::auth::{MemoryDevices as Devices, MemoryResets as Resets};
use lunox::testing::TestApp;

pub fn app() -> TestApp {
    TestApp::new()
}
