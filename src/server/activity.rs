//! What happens on a connection, as its parts tell each other.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use crate::error::BoxError;
use crate::http::Body;

/// What happens on a connection. All its parts run in one task, one after another.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// How many requests have come.
    asked: AtomicUsize,
    /// How many of them need nothing more: hyper has taken over the last of their answer.
    answered: AtomicUsize,
    /// Whether the client has not yet taken what was to be sent.
    sending: AtomicBool,
    /// Whether the client is expected to send more than is read.
    unread: AtomicBool,
    /// Whether the body of the request has not been read to its end.
    arriving: AtomicBool,
}

impl Activity {
    /// A request has come.
    pub(super) fn ask(&self) {
        self.asked.fetch_add(1, Relaxed);
        // The body of the request before has been read to its end, or hyper would have closed.
        self.unread.store(false, Relaxed);
    }

    /// Whether the next thing to happen is a request, and after how many.
    pub(super) fn waits(&self) -> Option<usize> {
        let asked = self.asked.load(Relaxed);
        (asked == self.answered.load(Relaxed) && !self.sending.load(Relaxed)).then_some(asked)
    }

    /// Whether all of a request is here and its answer is not on its way yet.
    pub(super) fn owes_answer(&self) -> bool {
        self.waits().is_none() && !self.arriving.load(Relaxed)
    }

    pub(super) fn is_sending(&self) -> bool {
        self.sending.load(Relaxed)
    }

    pub(super) fn set_sending(&self, sending: bool) {
        self.sending.store(sending, Relaxed);
    }

    pub(super) fn expect_more(&self) {
        self.unread.store(true, Relaxed);
    }

    pub(super) fn expects_more(&self) -> bool {
        self.unread.load(Relaxed)
    }
}

/// The body of a request. When it is dropped before its end, the client is expected to send the rest.
pub(super) struct Arriving {
    body: Incoming,
    ended: bool,
    activity: Arc<Activity>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, activity: Arc<Activity>) -> Self {
        activity.arriving.store(true, Relaxed);
        Self { body, ended: false, activity }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.ended {
            self.activity.arriving.store(false, Relaxed);
            self.activity.expect_more();
        }
    }
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.ended = frame.is_none() || self.body.is_end_stream();
        if self.ended {
            self.activity.arriving.store(false, Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer. When it is dropped, its request is answered.
pub(super) struct Answer {
    body: Body,
    activity: Arc<Activity>,
}

impl Answer {
    pub(super) fn new(body: Body, activity: Arc<Activity>) -> Self {
        Self { body, activity }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.activity.answered.fetch_add(1, Relaxed);
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
