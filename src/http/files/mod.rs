//! Files that are sent: those of `public/`, and those that an action answers with.
//!
//! All of them are opened by `open.rs` and sent by `answer.rs`, as a stream, with an `ETag` and `Last-Modified`, and in
//! part if the client asks for one range. A name that a visitor sent reaches regular files of its folder only: it leads
//! through no symbolic link and to no file or folder whose name begins with a dot. There are no listings.

mod answer;
mod download;
mod open;
mod public;

pub use download::{download, download_from, inline_file, inline_file_from, stream_download};
pub(crate) use public::PublicFiles;
pub use public::asset;
