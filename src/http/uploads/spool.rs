//! A temporary file that grows as an upload arrives.

use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::folder::{Folder, Place};

/// Bytes that are gathered for one trip to the blocking pool.
const CHUNK: usize = 256 * 1024;

/// A file in the making. Dropped before it is finished, it leaves nothing behind.
pub(super) struct Spool {
    directory: Option<PathBuf>,
    gathered: Vec<u8>,
    file: Option<Growing>,
}

/// The file, and after it its folder, which must not go first.
type Growing = (NamedTempFile, Arc<Folder>);

impl Spool {
    /// A file in `directory`, or in the system's folder for temporary files.
    pub(super) fn new(directory: Option<&Path>) -> Self {
        Self { directory: directory.map(Path::to_owned), gathered: Vec::new(), file: None }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= CHUNK {
            self.file = Some(self.flush().await?);
        }
        Ok(())
    }

    /// Closes the file and gives its place, which removes the file when it is dropped.
    pub(super) async fn finish(mut self) -> io::Result<Place> {
        let (file, folder) = self.flush().await?;
        Ok(Place::new(file.into_temp_path(), folder))
    }

    async fn flush(&mut self) -> io::Result<Growing> {
        let (file, gathered) = (self.file.take(), mem::take(&mut self.gathered));
        let directory = self.directory.clone();
        // The closure owns the file, so that it is removed even if nobody waits for it any more.
        let write = move || {
            let mut file = file.map_or_else(|| create(directory.as_deref()), Ok)?;
            file.0.write_all(&gathered)?;
            Ok(file)
        };
        tokio::task::spawn_blocking(write).await?
    }
}

fn create(directory: Option<&Path>) -> io::Result<Growing> {
    let folder = Folder::below(directory)?;
    Ok((folder.file()?, folder))
}
