//! Rules for uploaded files.

use garde::rules::length::{HasBytes, HasSimpleLength};

use crate::http::uploads::UploadedFile;

/// `length(max = 1_000_000)`: the size in bytes.
impl HasSimpleLength for UploadedFile {
    fn length(&self) -> usize {
        usize::try_from(self.size()).unwrap_or(usize::MAX)
    }
}

/// `length(bytes, max = 1_000_000)`: the size in bytes.
impl HasBytes for UploadedFile {
    fn num_bytes(&self) -> usize {
        self.length()
    }
}
