//! Sending files.

use std::path::Path;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use super::{Body, Response};
use crate::error::{BoxError, Error};
use crate::http::Result;

/// Sends a file that the browser saves under `name`.
///
/// The path is the application's own choice: never build it from what a visitor sent.
///
/// # Errors
/// 404 when there is no such file; 500 when it cannot be read.
pub async fn download(path: impl AsRef<Path>, name: &str) -> Result {
    let response = file(path.as_ref()).await?;
    Ok(disposition(response, "attachment", name))
}

/// Sends a file that the browser shows if it can.
///
/// # Errors
/// 404 when there is no such file; 500 when it cannot be read.
pub async fn inline_file(path: impl AsRef<Path>) -> Result {
    let path = path.as_ref();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let response = file(path).await?;
    Ok(disposition(response, "inline", &name))
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

async fn file(path: &Path) -> Result {
    let file = match File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::with_source(404, format!("{}: {error}", path.display())));
        }
        Err(error) => return Err(Error::with_source(500, format!("{}: {error}", path.display()))),
    };
    let metadata = file.metadata().await?;
    if !metadata.is_file() {
        return Err(Error::with_source(404, format!("{}: not a file", path.display())));
    }
    let mut response = with_type(Response::new(Body::stream(chunks(file))), path);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(metadata.len()));
    Ok(response)
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
    super::sse::Receiver(receiver)
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
