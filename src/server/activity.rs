//! What happens on a connection, as its parts tell each other.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

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
    /// Whether the client has sent all that it will, and hyper has taken all of it.
    ended: AtomicBool,
    /// Whether that was less than a body.
    cut_short: AtomicBool,
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

    /// The client sends nothing more. Whether an answer is due nevertheless, as far as is known.
    pub(super) fn end(&self) -> bool {
        self.ended.store(true, Relaxed);
        self.waits().is_none() && !self.cut_short.load(Relaxed)
    }

    /// A body is waited for. Whether it will not come, which was not known before.
    fn is_cut_short(&self) -> bool {
        // What hyper has taken it has passed on before it asked for more.
        self.ended.load(Relaxed) && !self.cut_short.swap(true, Relaxed)
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
        Self { body, ended: false, activity }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.ended {
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
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            if self.activity.is_cut_short() {
                // hyper asks the connection again, and learns of the end.
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        };
        self.ended = frame.is_none() || self.body.is_end_stream();
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
