//! A folder that lives as long as a test.

use std::path::{Path, PathBuf};

/// A folder of its own below the system's temporary one, removed when dropped.
pub(super) struct TempFolder(PathBuf);

impl TempFolder {
    pub(super) fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("lunox-test-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // Someone may still be writing; the system clears its temporary folder in any case.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
