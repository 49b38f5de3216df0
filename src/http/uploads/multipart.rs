//! `multipart/form-data` bodies.

use std::path::PathBuf;

use bytes::Bytes;
use futures_core::Stream;
use http::header::CONTENT_DISPOSITION;
use http_body_util::LengthLimitError;
use multer::{Field, Multipart};
use serde_json::Value;

use super::disposition::{self, Disposition};
use super::file::UploadedFile;
use super::paced::{Exceeded, HeaderBudget, Paced};
use super::spool::Spool;
use crate::error::BoxError;
use crate::http::input::Nest;
use crate::http::input::{FormLimits, InputError};
use crate::support::dot::JsonMap;

/// How much a `multipart/form-data` body may hold.
///
/// The headers of a part are bounded too, at 32 KiB, and brackets nest as deep as in
/// [`FormLimits::default`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// Bytes of the whole body.
    pub total: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of one field that is not a file.
    pub field: usize,
    /// Bytes of all text fields together: these are kept in memory.
    pub text: u64,
    /// Parts, fields and files together.
    pub parts: usize,
    /// Bytes of a part's name.
    pub name: usize,
    /// Where files wait; none is the system's folder for temporary files.
    ///
    /// On the device where the files are stored in the end, storing them costs no copy.
    pub directory: Option<PathBuf>,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self {
            total: 20 * 1024 * 1024,
            file: 10 * 1024 * 1024,
            field: 1024 * 1024,
            text: 2 * 1024 * 1024,
            parts: 1_000,
            name: 256,
            directory: None,
        }
    }
}

/// What a `multipart/form-data` body held.
#[derive(Debug, Default)]
pub struct MultipartInput {
    /// The fields, nested by the rules of [`parse_form`](crate::http::input::parse_form).
    pub fields: JsonMap,
    /// The files by dotted name: `photos[]` twice gives `photos.0` and `photos.1`, `user[cv]` gives
    /// `user.cv`, and of two with the same name the later wins.
    pub files: Vec<(String, UploadedFile)>,
}

/// Reads a `multipart/form-data` body; files go to disk as they arrive.
///
/// A file input that the visitor left empty is not a file. When an error is returned, or the future is
/// dropped, the files that have arrived are removed. What follows the closing boundary is not read.
///
/// # Errors
/// [`InputError::TooLarge`] beyond a limit (also when the stream fails with [`LengthLimitError`]),
/// [`InputError::Malformed`] when the body makes no sense or ends early,
/// [`InputError::Storage`] when a file cannot be written.
pub async fn read_multipart<S, E>(
    stream: S,
    content_type: &str,
    limits: &UploadLimits,
) -> Result<MultipartInput, InputError>
where
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<BoxError>,
{
    let boundary = boundary(content_type)?;
    let headers = HeaderBudget::default();
    let stream = Paced::new(stream, limits.total, headers.clone());
    let mut multipart = Multipart::new(stream, boundary);
    let depth = FormLimits::default().depth;
    let mut reader = Reader {
        limits,
        text: 0,
        fields: Nest::new(depth, "form"),
        tree: Nest::new(depth, "form"),
        files: Vec::new(),
    };
    for number in 0.. {
        headers.next_part();
        let Some(part) = multipart.next_field().await.map_err(refusal)? else {
            break;
        };
        if number == limits.parts {
            let message = format!("The form has more than {} parts.", limits.parts);
            return Err(InputError::TooLarge(message));
        }
        headers.content();
        reader.part(part).await?;
    }
    Ok(reader.finish())
}

/// RFC 2046 allows a boundary 70 characters.
fn boundary(content_type: &str) -> Result<String, InputError> {
    multer::parse_boundary(content_type)
        .ok()
        .filter(|boundary| (1..=70).contains(&boundary.len()))
        .ok_or_else(|| InputError::malformed("The multipart form has no usable boundary."))
}

struct Reader<'a> {
    limits: &'a UploadLimits,
    /// Bytes of the fields so far.
    text: u64,
    fields: Nest,
    /// The files' names, nested as fields are; a leaf is the number of a file.
    tree: Nest,
    files: Vec<Option<UploadedFile>>,
}

impl Reader<'_> {
    async fn part(&mut self, mut part: Field<'_>) -> Result<(), InputError> {
        let header = part.headers().get(CONTENT_DISPOSITION);
        let Some(Disposition { name, file_name }) =
            header.and_then(|header| disposition::parse(header.as_bytes()))
        else {
            return Err(InputError::malformed("A part of the multipart form has no usable name."));
        };
        if name.len() > self.limits.name {
            let message = format!("A field's name is longer than {} bytes.", self.limits.name);
            return Err(InputError::TooLarge(message));
        }
        match file_name {
            Some(sent_name) => self.file(&mut part, name, &sent_name).await,
            None => self.field(&mut part, name).await,
        }
    }

    async fn field(&mut self, part: &mut Field<'_>, name: String) -> Result<(), InputError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(refusal)? {
            if bytes.len() + chunk.len() > self.limits.field {
                return Err(too_large(&name, self.limits.field as u64));
            }
            self.text += chunk.len() as u64;
            if self.text > self.limits.text {
                let message =
                    format!("The text of the form is larger than {} bytes.", self.limits.text);
                return Err(InputError::TooLarge(message));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| InputError::malformed("The form is not valid UTF-8."))?;
        insert(&mut self.fields, name, Value::String(text))
    }

    async fn file(
        &mut self,
        part: &mut Field<'_>,
        name: String,
        sent_name: &str,
    ) -> Result<(), InputError> {
        let mime = part.content_type().map(|mime| mime.essence_str().to_owned());
        let mut spool = Spool::new(self.limits.directory.as_deref());
        let mut size = 0;
        while let Some(chunk) = part.chunk().await.map_err(refusal)? {
            size += chunk.len() as u64;
            if size > self.limits.file {
                return Err(too_large(&name, self.limits.file));
            }
            spool.write(&chunk).await.map_err(InputError::Storage)?;
        }
        if sent_name.is_empty() && size == 0 {
            return Ok(());
        }
        let path = spool.finish().await.map_err(InputError::Storage)?;
        insert(&mut self.tree, name, Value::from(self.files.len()))?;
        self.files.push(Some(UploadedFile::new(path, size, sent_name, mime)));
        Ok(())
    }

    fn finish(mut self) -> MultipartInput {
        let mut files = Vec::new();
        for (name, place) in self.tree.into_map() {
            flatten(name, place, &mut self.files, &mut files);
        }
        MultipartInput { fields: self.fields.into_map(), files }
    }
}

fn insert(nest: &mut Nest, name: String, value: Value) -> Result<(), InputError> {
    if name.is_empty() {
        return Ok(());
    }
    nest.insert(name, value)
}

/// Collects the files below `place`; a file whose name was taken by a later one is dropped.
fn flatten(
    name: String,
    place: Value,
    from: &mut [Option<UploadedFile>],
    files: &mut Vec<(String, UploadedFile)>,
) {
    match place {
        Value::Array(list) => {
            for (index, place) in list.into_iter().enumerate() {
                flatten(format!("{name}.{index}"), place, from, files);
            }
        }
        Value::Object(map) => {
            for (key, place) in map {
                flatten(format!("{name}.{key}"), place, from, files);
            }
        }
        leaf => {
            let number = leaf.as_u64().and_then(|number| usize::try_from(number).ok());
            let file = number.and_then(|number| from.get_mut(number)).and_then(Option::take);
            files.extend(file.map(|file| (name, file)));
        }
    }
}

fn too_large(name: &str, limit: u64) -> InputError {
    InputError::TooLarge(format!("The {name} field is larger than {limit} bytes."))
}

fn refusal(error: multer::Error) -> InputError {
    let multer::Error::StreamReadFailed(cause) = &error else {
        return InputError::malformed("The multipart form is malformed or ends early.");
    };
    match cause.downcast_ref::<Exceeded>() {
        Some(Exceeded::Headers) => {
            InputError::too_large("The headers of a part of the form are too long.")
        }
        Some(Exceeded::Total(limit)) => {
            InputError::TooLarge(format!("The form is larger than {limit} bytes."))
        }
        None if cause.is::<LengthLimitError>() => InputError::too_large("The form is too large."),
        None if timed_out(&**cause) => InputError::TooSlow,
        None => InputError::malformed("The form could not be read to its end."),
    }
}

fn timed_out(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests;
