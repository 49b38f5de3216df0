//! The files of `public/` that are part of the program.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::open::is_servable;

/// A file in the program, with the SHA-256 of its content in hexadecimal digits.
#[derive(Clone)]
pub(super) struct EmbeddedFile {
    pub(super) bytes: &'static [u8],
    pub(super) hash: String,
}

/// The files that visitors may see, by their names.
pub(super) fn embedded(
    files: impl IntoIterator<Item = (&'static str, &'static [u8])>,
) -> HashMap<&'static str, EmbeddedFile> {
    let (mut embedded, mut stored) = (HashMap::new(), 0);
    for (name, bytes) in files {
        if name.starts_with("storage/") {
            stored += bytes.len();
        } else if is_servable(name) {
            embedded.insert(name, EmbeddedFile { bytes, hash: hash(bytes) });
        }
    }
    if stored > 0 {
        tracing::warn!(
            "{stored} bytes of public/storage are in this program and not used; remove that link before you build, and make it again with storage:link"
        );
    }
    embedded
}

/// The SHA-256 of a content, in hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
