//! Files that are sent: those of `public/`, and those that an action answers with.
//!
//! All of them are opened by `open.rs` and sent by `answer.rs`, as a stream, with an `ETag` and `Last-Modified`, and in
//! part if the client asks for one range. Those of `public/` may be part of the program (`embedded.rs`). A name that a visitor sent reaches only regular files within its folder:
//! symbolic links are not followed, names that begin with a dot are not found, and folders are not listed.

mod answer;
mod content;
mod download;
mod embedded;
mod open;
mod public;

pub use download::{download, download_from, inline_file, inline_file_from, stream_download};
pub(crate) use public::PublicFiles;
pub use public::asset;
