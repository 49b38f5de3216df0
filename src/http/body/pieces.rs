//! A body piece by piece, for the reader of multipart forms.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;

use crate::error::BoxError;
use crate::http::Body;

/// A body as a stream of bytes that fails when it pauses for too long.
pub(super) struct Pieces {
    body: Body,
    idle: Pin<Box<tokio::time::Sleep>>,
    pause: Duration,
}

impl Pieces {
    pub(super) fn new(body: Body, pause: Duration) -> Self {
        Self { body, idle: Box::pin(tokio::time::sleep(pause)), pause }
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match http_body::Body::poll_frame(Pin::new(&mut self.body), cx) {
                Poll::Pending => {
                    ready!(self.idle.as_mut().poll(cx));
                    let slow = std::io::Error::from(std::io::ErrorKind::TimedOut);
                    return Poll::Ready(Some(Err(slow.into())));
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(frame))) => {
                    let next = tokio::time::Instant::now() + self.pause;
                    self.idle.as_mut().reset(next);
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }
}
