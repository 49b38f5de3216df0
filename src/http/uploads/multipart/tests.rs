//! Multipart bodies as browsers send them.

mod hostile;

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{InputError, MultipartInput, UploadLimits, read_multipart};

const TYPE: &str = "multipart/form-data; boundary=XX";

/// A body that arrives in the chunks it is given.
struct Chunks<E>(VecDeque<Result<Bytes, E>>);

impl<E> Chunks<E> {
    fn of(bytes: &[u8], size: usize) -> Self {
        Self(bytes.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect())
    }

    fn failing(bytes: &[u8], error: E) -> Self {
        Self([Ok(Bytes::copy_from_slice(bytes)), Err(error)].into())
    }
}

impl<E: Unpin> Stream for Chunks<E> {
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn part(headers: &str, content: &str) -> String {
    format!("--XX\r\nContent-Disposition: form-data; {headers}\r\n\r\n{content}\r\n")
}

fn body(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts: String = parts.iter().map(|(headers, content)| part(headers, content)).collect();
    format!("{parts}--XX--\r\n").into_bytes()
}

fn limits() -> (TempDir, UploadLimits) {
    let dir = tempfile::tempdir().unwrap();
    let directory = Some(dir.path().to_owned());
    (dir, UploadLimits { directory, ..UploadLimits::default() })
}

async fn read_with(body: &[u8], limits: &UploadLimits) -> Result<MultipartInput, InputError> {
    read_multipart(Chunks::<io::Error>::of(body, 1 << 20), TYPE, limits).await
}

async fn read(parts: &[(&str, &str)]) -> Result<MultipartInput, InputError> {
    read_with(&body(parts), &UploadLimits::default()).await
}

async fn status(body: &[u8], limits: &UploadLimits) -> u16 {
    read_with(body, limits).await.unwrap_err().status()
}

fn left_behind(dir: &TempDir) -> usize {
    fs::read_dir(dir.path()).unwrap().count()
}

#[tokio::test]
async fn fields_nest_as_in_forms() {
    let parts = [("name=\"a[]\"", "1"), ("name=\"a[]\"", "ü"), ("name=b", "1"), ("name=b", "")];
    let input = read(&parts).await.unwrap();
    assert_eq!(Value::Object(input.fields), json!({"a": ["1", "ü"], "b": ""}));
    assert!(input.files.is_empty());
}

#[tokio::test]
async fn files_are_named_by_dotted_path() {
    let parts = [
        ("name=\"photos[]\"; filename=a.png\r\nContent-Type: image/PNG; x=y", "AA"),
        ("name=\"photos[]\"; filename=\"C:\\x\\b.png\"", "BBB"),
        ("name=\"user[cv]\"; filename=\"../../cv.pdf\"", ""),
        ("name=one; filename=1", "1"),
        ("name=one; filename=2", "2"),
    ];
    let input = read(&parts).await.unwrap();
    let seen: Vec<_> = input
        .files
        .iter()
        .map(|(name, file)| (name.as_str(), file.client_name(), file.size()))
        .collect();
    let expected = [
        ("one", "2", 1),
        ("photos.0", "a.png", 2),
        ("photos.1", "b.png", 3),
        ("user.cv", "cv.pdf", 0),
    ];
    assert_eq!(seen, expected);
    let photo = &input.files[1].1;
    assert_eq!((photo.client_mime(), photo.extension()), (Some("image/png"), Some("png")));
    assert_eq!(photo.bytes().await.unwrap(), "AA");
}

#[tokio::test]
async fn an_untouched_file_input_is_no_file() {
    let untouched = ("name=cv; filename=\"\"\r\nContent-Type: application/octet-stream", "");
    let input = read(&[untouched, ("name=a", "1")]).await.unwrap();
    assert!(input.files.is_empty());
    assert_eq!(Value::Object(input.fields), json!({"a": "1"}));
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_its_owners_alone_and_goes_with_its_last_handle() {
    use std::os::unix::fs::PermissionsExt;

    let (dir, limits) = limits();
    let input = read_with(&body(&[("name=a; filename=b", "x")]), &limits).await.unwrap();
    let mode = fs::metadata(input.files[0].1.path()).unwrap().permissions().mode();
    assert_eq!((mode & 0o777, left_behind(&dir)), (0o600, 1));
    drop(input);
    assert_eq!(left_behind(&dir), 0);
}

#[tokio::test]
async fn a_large_file_survives_any_chunking() {
    let content: String = (0..120_000).map(|line| format!("{line}\r\n--X")).collect();
    let body = body(&[("name=a; filename=b", &content), ("name=c", "d")]);
    for size in [997, 16 * 1024, usize::MAX] {
        let stream = Chunks::<io::Error>::of(&body, size);
        let input = read_multipart(stream, TYPE, &UploadLimits::default()).await.unwrap();
        assert_eq!(input.files[0].1.bytes().await.unwrap(), content);
        assert_eq!(input.fields["c"], "d");
    }
}

/// A body that another task sends.
struct Trickle(tokio::sync::mpsc::Receiver<Bytes>);

impl Stream for Trickle {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(Ok))
    }
}

#[tokio::test]
async fn a_body_that_trickles_in_is_read_to_its_end() {
    let body = body(&[("name=a; filename=b", "\r\n--X\r\n--"), ("name=c", "\r\r\n\n")]);
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let send = tokio::spawn(async move {
        for byte in body {
            // The reader goes away once it has seen the closing boundary.
            if sender.send(Bytes::from(vec![byte])).await.is_err() {
                break;
            }
        }
    });
    let input = read_multipart(Trickle(receiver), TYPE, &UploadLimits::default()).await.unwrap();
    send.await.unwrap();
    assert_eq!(input.files[0].1.bytes().await.unwrap(), "\r\n--X\r\n--");
    assert_eq!(Value::Object(input.fields), json!({"c": "\r\r\n\n"}));
}
