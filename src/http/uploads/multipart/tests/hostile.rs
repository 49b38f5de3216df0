//! Multipart bodies as browsers do not send them.

use std::io;

use bytes::Bytes;
use http_body_util::LengthLimitError;
use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn every_size_has_its_limit() {
    let (dir, limits) = limits();
    let limits = UploadLimits { total: 5_000, file: 100, field: 50, name: 8, ..limits };
    let (fits, long) = ("x".repeat(50), "x".repeat(51));
    assert!(read_with(&body(&[("name=a", &fits)]), &limits).await.is_ok());
    assert_eq!(status(&body(&[("name=a", &long)]), &limits).await, 413);
    assert!(read_with(&body(&[("name=a; filename=b", &fits.repeat(2))]), &limits).await.is_ok());
    assert_eq!(status(&body(&[("name=a; filename=b", &long.repeat(2))]), &limits).await, 413);
    assert_eq!(status(&body(&[("name=\"123456789\"", "")]), &limits).await, 413);
    assert_eq!(status(&body(&[("name=a; filename=b", fits.as_str()); 60]), &limits).await, 413);
    assert_eq!(left_behind(&dir), 0);
}

#[tokio::test]
async fn the_fields_of_a_form_have_a_limit_together_and_its_files_do_not_count() {
    let limits = UploadLimits { text: 100, ..limits().1 };
    let half = "x".repeat(50);
    let fits = [("name=a", half.as_str()), ("name=b; filename=c", &half), ("name=d", &half)];
    assert!(read_with(&body(&fits), &limits).await.is_ok());
    let long = [("name=a", half.as_str()), ("name=b", &half), ("name=c", "x")];
    assert_eq!(status(&body(&long), &limits).await, 413);
}

#[tokio::test]
async fn a_hundred_thousand_empty_parts_are_refused() {
    let limits = UploadLimits { total: u64::MAX, ..UploadLimits::default() };
    let error = read_with(&body(&[("name=a", ""); 100_000]), &limits).await.unwrap_err();
    assert_eq!(
        (error.status(), error.to_string().as_str()),
        (413, "The form has more than 1000 parts.")
    );
    assert!(read_with(&body(&[("name=a", ""); 1_000]), &limits).await.is_ok());
}

#[tokio::test]
async fn endless_headers_and_preambles_are_refused() {
    let limits = UploadLimits { total: u64::MAX, ..UploadLimits::default() };
    let endless = "x".repeat(20 << 20);
    for start in ["--XX\r\nX-Long: ", "--XX\r\n", ""] {
        let body = format!("{start}{endless}");
        assert_eq!(status(body.as_bytes(), &limits).await, 413, "{start:?}");
    }
    let padding = format!("--XX{}", " ".repeat(20 << 20));
    assert_eq!(status(padding.as_bytes(), &limits).await, 413);
    let second = format!("{}--XX\r\nX-Long: {endless}", part("name=a", "1"));
    assert_eq!(status(second.as_bytes(), &limits).await, 413);
}

#[tokio::test]
async fn deep_brackets_are_refused() {
    let name = format!("name=\"a{}\"", "[b]".repeat(1_000));
    let limits = UploadLimits { name: usize::MAX, ..UploadLimits::default() };
    assert_eq!(status(&body(&[(&name, "")]), &limits).await, 413);
    let file = format!("{name}; filename=x");
    assert_eq!(status(&body(&[(&file, "x")]), &limits).await, 413);
}

#[tokio::test]
async fn malformed_bodies_are_refused_and_leave_no_file() {
    let (dir, limits) = limits();
    let whole = body(&[("name=a; filename=b", "x"), ("name=c; filename=d", "y")]);
    for end in 0..whole.len() - 4 {
        assert_eq!(status(&whole[..end], &limits).await, 400, "{end}");
    }
    for parts in [[("filename=b", "x")], [("name=a; name=b", "x")], [("name=\"a", "x")]] {
        assert_eq!(status(&body(&parts), &limits).await, 400);
    }
    assert_eq!(status(b"--XX\r\nContent-Type: text/plain\r\n\r\nx\r\n--XX--", &limits).await, 400);
    assert_eq!(
        status(b"--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--XX--", &limits)
            .await,
        400
    );
    assert_eq!(left_behind(&dir), 0);
}

#[tokio::test]
async fn a_content_type_without_a_usable_boundary_is_malformed() {
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    for content_type in
        ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=\"\"", &long]
    {
        let stream = Chunks::<io::Error>::of(b"", 1);
        let result = read_multipart(stream, content_type, &UploadLimits::default()).await;
        assert_eq!(result.unwrap_err().status(), 400, "{content_type}");
    }
}

#[tokio::test]
async fn a_stream_that_fails_leaves_no_file() {
    let (dir, limits) = limits();
    let start = format!("{}{}", part("name=a; filename=b", "x"), "--XX\r\n");
    let gone = Chunks::failing(start.as_bytes(), io::Error::other("gone"));
    assert_eq!(read_multipart(gone, TYPE, &limits).await.unwrap_err().status(), 400);
    let capped: Box<dyn std::error::Error + Send + Sync> = http_limit().await.into();
    let capped = Chunks::failing(start.as_bytes(), capped);
    assert_eq!(read_multipart(capped, TYPE, &limits).await.unwrap_err().status(), 413);
    assert_eq!(left_behind(&dir), 0);
}

/// A body that stops in the middle, and says so.
struct Stalled(VecDeque<Bytes>, std::sync::Arc<tokio::sync::Notify>);

impl Stream for Stalled {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.pop_front() {
            Some(bytes) => Poll::Ready(Some(Ok(bytes))),
            None => {
                self.1.notify_one();
                Poll::Pending
            }
        }
    }
}

#[tokio::test]
async fn a_dropped_request_leaves_no_file() {
    let (dir, limits) = limits();
    let stalled = std::sync::Arc::new(tokio::sync::Notify::new());
    let start = part("name=a; filename=b", &"x".repeat(1 << 20));
    let stream = Stalled([Bytes::from(start)].into(), stalled.clone());
    let written = async {
        stalled.notified().await;
        left_behind(&dir)
    };
    tokio::select! {
        _ = read_multipart(stream, TYPE, &limits) => panic!("the body has no end"),
        written = written => assert_eq!(written, 1),
    }
    assert_eq!(left_behind(&dir), 0);
}

/// The error of a body that passed the server's own limit.
async fn http_limit() -> LengthLimitError {
    use http_body_util::{BodyExt, Full, Limited};

    let body = Limited::new(Full::new(Bytes::from_static(b"xx")), 1);
    *body.collect().await.unwrap_err().downcast().unwrap()
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_no_fault_of_the_visitor() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let limits = UploadLimits { directory: Some(file.path().join("x")), ..UploadLimits::default() };
    assert_eq!(status(&body(&[("name=a; filename=b", "x")]), &limits).await, 500);
}

#[test]
fn the_future_can_move_between_threads() {
    fn sendable(_: impl Send) {}
    let limits = UploadLimits::default();
    sendable(read_multipart(Chunks::<io::Error>::of(b"", 1), TYPE, &limits));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_hang(
        text in "(--XX|--|\r\n|\r|Content-Disposition: form-data; |name=a|; filename=\"|x| |\"){0,40}",
        size in 1..20_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let limits = UploadLimits::default();
        let stream = Chunks::<io::Error>::of(text.as_bytes(), size);
        let _ = runtime.block_on(read_multipart(stream, TYPE, &limits));
    }
}
