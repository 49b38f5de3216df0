//! Sending files.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::error::{BoxError, Error};
use crate::http::{Body, Response, Result};

/// Sends a file that the browser saves under `name`.
///
/// The path is the application's own choice. For a name that a visitor sent, path parameters included, use
/// [`download_from`]: a parameter can be an absolute path, as in `/files/%2fetc%2fpasswd`.
///
/// # Errors
/// 404 when there is no such file; 500 when it cannot be read.
pub async fn download(path: impl AsRef<Path>, name: &str) -> Result {
    let response = file(path.as_ref()).await?;
    Ok(disposition(response, "attachment", name))
}

/// Sends the file of a folder that a visitor names; the browser saves it under the last part of the name.
///
/// The name may have slashes, and every file in the folder can be fetched. Nothing outside can: absolute names, `..`,
/// backslashes and symbolic links that lead out of the folder are answered as if there were no such file. This is
/// checked before the file is opened, so it does not protect from a process that swaps files for links meanwhile.
///
/// ```
/// use lunox::prelude::*;
/// use lunox::testing::TestApp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = TestApp::new()
///     .routes(|route| {
///         route.get("/reports/{*name}", async |_: HttpRequest, name: String| {
///             download_from(storage_path("reports"), &name).await
///         });
///     })
///     .client()
///     .await;
/// client.get("/reports/2026/may.csv").await.assert_not_found();
/// client.get("/reports//etc/passwd").await.assert_not_found();
/// # }
/// ```
///
/// # Errors
/// 404 when the folder has no such file; 500 when it cannot be read.
pub async fn download_from(dir: impl AsRef<Path>, name: &str) -> Result {
    let response = file(&within(dir.as_ref(), name).await?).await?;
    Ok(disposition(response, "attachment", name))
}

/// Sends a file that the browser shows if it can. Its path is the application's own choice, as for [`download`].
///
/// # Errors
/// 404 when there is no such file; 500 when it cannot be read.
pub async fn inline_file(path: impl AsRef<Path>) -> Result {
    let path = path.as_ref();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let response = file(path).await?;
    Ok(disposition(response, "inline", &name))
}

/// Sends the file of a folder that a visitor names, which the browser shows if it can; see [`download_from`].
///
/// Files that visitors uploaded are safer with [`download_from`]: the browser runs an HTML or SVG file that it shows as
/// a page of this application.
///
/// # Errors
/// 404 when the folder has no such file; 500 when it cannot be read.
pub async fn inline_file_from(dir: impl AsRef<Path>, name: &str) -> Result {
    let response = file(&within(dir.as_ref(), name).await?).await?;
    Ok(disposition(response, "inline", name))
}

/// Sends a stream that the browser saves under `name`.
pub fn stream_download<S, B, E>(body: S, name: &str) -> Response
where
    S: Stream<Item = std::result::Result<B, E>> + Send + 'static,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    let response = with_type(Response::new(Body::stream(body)), Path::new(name));
    disposition(response, "attachment", name)
}

/// The path of the file that `name` names in a folder, if it is there.
async fn within(dir: &Path, name: &str) -> Result<PathBuf> {
    let missing = || Error::with_source(404, format!("no file {name:?} in {dir:?}"));
    // A colon begins a drive or a stream on Windows.
    let odd = name.contains(['\\', '\0']) || (cfg!(windows) && name.contains(':'));
    if odd || name.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(missing());
    }
    let (root, path) = (dir.to_owned(), dir.join(name));
    let resolve = move || {
        let path = path.canonicalize()?;
        // Asked before it is opened: opening a pipe would wait for its writer.
        Ok((path.starts_with(root.canonicalize()?) && path.is_file()).then_some(path))
    };
    let found = tokio::task::spawn_blocking(resolve).await?;
    found.map_err(|error| failed(&dir.join(name), error))?.ok_or_else(missing)
}

async fn file(path: &Path) -> Result {
    let file = File::open(path).await.map_err(|error| failed(path, error))?;
    let metadata = file.metadata().await?;
    if !metadata.is_file() {
        return Err(Error::with_source(404, format!("{}: not a file", path.display())));
    }
    let mut response = with_type(Response::new(Body::stream(chunks(file))), path);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(metadata.len()));
    Ok(response)
}

fn failed(path: &Path, error: io::Error) -> Error {
    let status = match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => 404,
        _ => 500,
    };
    Error::with_source(status, format!("{path:?}: {error}"))
}

fn with_type(mut response: Response, path: &Path) -> Response {
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let text =
        if mime.type_() == "text" { format!("{mime}; charset=utf-8") } else { mime.to_string() };
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    // Without this a browser may take an uploaded text for a script (OWASP ASVS 5.0, 3.2.1).
    response.header("x-content-type-options", "nosniff")
}

/// RFC 6266: an ASCII name for old clients and the real one, encoded, for the others.
fn disposition(mut response: Response, kind: &str, name: &str) -> Response {
    const ATTR_CHAR: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(name, ATTR_CHAR);
    let text = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// The bytes of a file in pieces of 64 KiB.
fn chunks(mut file: File) -> impl Stream<Item = std::io::Result<Bytes>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            let mut chunk = BytesMut::with_capacity(64 << 10);
            let item = match file.read_buf(&mut chunk).await {
                Ok(0) => return,
                Ok(_) => Ok(chunk.freeze()),
                Err(error) => Err(error),
            };
            let failed = item.is_err();
            if sender.send(item).await.is_err() || failed {
                return;
            }
        }
    });
    crate::http::response::sse::Receiver(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        let response = disposition(Response::new(""), "attachment", "../a\"; x=\r\n\u{202e}é.txt");
        let header = response.headers()[CONTENT_DISPOSITION].to_str().expect("ASCII");
        assert_eq!(
            header,
            "attachment; filename=\"a_; x=____.txt\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%E2%80%AE%C3%A9.txt"
        );
    }
}
