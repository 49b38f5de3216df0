//! A file as the field of a form.

use std::cell::RefCell;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::UploadedFile;
use crate::http::input::{FILE, NO_FILE, file_number};

thread_local! {
    /// The files of the input that is being read on this thread. serde has no way to hand over a value as it is.
    static FILES: RefCell<Vec<UploadedFile>> = const { RefCell::new(Vec::new()) };
}

/// Reads an input that has these files, by their numbers.
pub(crate) fn with_files<T>(files: Vec<UploadedFile>, read: impl FnOnce() -> T) -> T {
    struct Reset(Vec<UploadedFile>);
    impl Drop for Reset {
        fn drop(&mut self) {
            FILES.set(std::mem::take(&mut self.0));
        }
    }
    let _reset = Reset(FILES.replace(files));
    read()
}

/// A field of a form that is [validated](crate::http::HttpRequest::validate): a file that was sent under its name.
impl<'de> Deserialize<'de> for UploadedFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FILE, File)
    }
}

struct File;

impl<'de> Visitor<'de> for File {
    type Value = UploadedFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<UploadedFile, D::Error> {
        deserializer.deserialize_bytes(self)
    }

    fn visit_bytes<E: Error>(self, token: &[u8]) -> Result<UploadedFile, E> {
        let number = file_number(token);
        if number == Some(NO_FILE) {
            return UploadedFile::missing().map_err(E::custom);
        }
        let index = number.and_then(|number| usize::try_from(number).ok());
        let file = index.and_then(|index| FILES.with_borrow(|files| files.get(index).cloned()));
        file.ok_or_else(|| E::custom("no such file"))
    }
}
