//! Files that visitors send.
//!
//! The files of `multipart/form-data` bodies are written to temporary files as they arrive and removed when the last
//! [`UploadedFile`] that names them is dropped, so a file that is to stay must be stored. The visitor's name for a
//! file is never used as a path (OWASP ASVS 5.0, 5.3.2). What a killed process left is removed when a server starts.

mod disposition;
mod file;
mod folder;
#[cfg(feature = "validation")]
mod form_field;
mod multipart;
mod paced;
mod spool;

pub use file::UploadedFile;
pub(crate) use folder::sweep_uploads;
#[cfg(feature = "validation")]
pub(crate) use form_field::with_files;
pub use multipart::{MultipartInput, UploadLimits, read_multipart};
