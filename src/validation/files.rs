//! Rules for uploaded files.

use std::fs::File;
use std::io::Read;

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

/// A rule for pictures: `#[garde(custom(image))]`, and `#[garde(inner(custom(image)))]` for an `Option` or a list.
///
/// The file has to begin as PNG, JPEG, GIF or WebP and to be named accordingly, so that it is shown as that where it is
/// stored. SVG is not among them: such a file can hold scripts (OWASP ASVS 5.0, 5.3.1). Whether the rest of the picture can
/// be shown is not checked.
///
/// # Errors
/// When the file is something else. Its message is replaced in `config/validation.rs` as `custom`.
pub fn image<C>(file: &UploadedFile, _: &C) -> garde::Result {
    let mut start = Vec::new();
    let read = File::open(file.path()).and_then(|file| file.take(12).read_to_end(&mut start));
    let is_image = read.is_ok()
        && match file.extension() {
            Some("png") => start.starts_with(b"\x89PNG\r\n\x1a\n"),
            Some("jpg" | "jpeg") => start.starts_with(b"\xff\xd8\xff"),
            Some("gif") => start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a"),
            Some("webp") => start.starts_with(b"RIFF") && start.ends_with(b"WEBP"),
            _ => false,
        };
    is_image
        .then_some(())
        .ok_or_else(|| garde::Error::new("Choose a picture: a PNG, JPEG, GIF or WebP file."))
}
