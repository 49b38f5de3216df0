//! Sending files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::{answer, with_type};
use super::content::Content;
use super::open::OpenFile;
use crate::error::{BoxError, Error};
use crate::http::{Body, Response, Result, try_request};

/// Sends a file that the browser saves under `name`.
///
/// The path is the application's own choice. For a name that a visitor sent, path parameters included, use
/// [`download_from`]: a parameter can be an absolute path, as in `/files/%2fetc%2fpasswd`.
///
/// The file is read as the visitor takes it. Requests for one range of it get that; those with the `ETag` or the date of
/// an earlier answer get 304 if the file is the same. Clients have to ask each time (`Cache-Control: no-cache`): set another
/// `cache-control` on the response if they need not.
///
/// # Errors
/// 404 when there is no such file; 500 when it cannot be read.
pub async fn download(path: impl AsRef<Path>, name: &str) -> Result {
    let response = at(path.as_ref()).await?;
    Ok(disposition(response, "attachment", name))
}

/// Sends the file of a folder that a visitor names; the browser saves it under the last part of the name.
///
/// The name may have slashes, and every file in the folder can be fetched but those that a name with a dot at its
/// beginning leads to. Absolute names, `..`, backslashes, symbolic links, folders and pipes are answered as if there were
/// no such file. On Unix the system follows no link while it opens the file, so one that is put there meanwhile is not
/// followed either. The folder itself may be a link.
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
    let response = beneath(dir.as_ref(), name).await?;
    Ok(disposition(response, "attachment", name))
}

/// Sends a file that the browser shows if it can. Its path is the application's own choice, as for [`download`].
///
/// # Errors
/// 404 when there is no such file; 500 when it cannot be read.
pub async fn inline_file(path: impl AsRef<Path>) -> Result {
    let path = path.as_ref();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let response = at(path).await?;
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
    let response = beneath(dir.as_ref(), name).await?;
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

async fn at(path: &Path) -> Result {
    let own = path.to_owned();
    send(path.to_owned(), move || OpenFile::at(&own)).await
}

async fn beneath(dir: &Path, name: &str) -> Result {
    let (own_dir, own_name) = (dir.to_owned(), name.to_owned());
    send(dir.join(name), move || OpenFile::beneath(&own_dir, &own_name)).await
}

/// Opens a file and answers the request of this task with it.
async fn send(
    path: PathBuf,
    open: impl FnOnce() -> std::io::Result<OpenFile> + Send + 'static,
) -> Result {
    let req = try_request();
    // Who may fetch it and what it holds is the action's decision, each time.
    let work = move || match open() {
        Ok(open) => answer(Content::OnDisk(open), &path, "no-cache", req.as_ref()),
        Err(error) => {
            let status = if error.kind() == ErrorKind::NotFound { 404 } else { 500 };
            Err(Error::with_source(status, format!("{path:?}: {error}")))
        }
    };
    tokio::task::spawn_blocking(work).await?
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
