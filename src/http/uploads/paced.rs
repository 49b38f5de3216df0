//! The body on its way to the multipart parser: in small pieces, and never too many of them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;

use crate::error::BoxError;

const PIECE: usize = 16 * 1024;

/// Bytes that the parser may ask for before it has found the end of a part's headers.
const LONGEST_HEADERS: usize = 16 * 1024;

/// A limit that the stream itself watches over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Exceeded {
    /// So many bytes.
    Total(u64),
    Headers,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total(limit) => write!(f, "the body is larger than {limit} bytes"),
            Self::Headers => f.write_str("the headers of a part are too long"),
        }
    }
}

impl std::error::Error for Exceeded {}

/// Bytes left for the headers of the next part; shared with whoever drives the parser.
#[derive(Clone, Default)]
pub(super) struct HeaderBudget(Arc<AtomicUsize>);

impl HeaderBudget {
    /// From here on the parser looks for the next part.
    pub(super) fn next_part(&self) {
        self.0.store(LONGEST_HEADERS, Ordering::Relaxed);
    }

    /// From here on the parser hands out content, which others measure.
    pub(super) fn content(&self) {
        self.0.store(usize::MAX, Ordering::Relaxed);
    }

    fn spend(&self, bytes: usize) -> Result<(), Exceeded> {
        match self.0.load(Ordering::Relaxed) {
            0 => Err(Exceeded::Headers),
            usize::MAX => Ok(()),
            left => {
                self.0.store(left.saturating_sub(bytes), Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

/// Hands on one small piece at a time.
///
/// The parser takes all that is ready before it looks at any of it: without the pauses a body that waits
/// in memory would be copied there whole, and searched from its start again and again.
pub(super) struct Paced<S> {
    stream: Pin<Box<S>>,
    rest: Bytes,
    paused: bool,
    total: u64,
    left: u64,
    headers: HeaderBudget,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, total: u64, headers: HeaderBudget) -> Self {
        Self {
            stream: Box::pin(stream),
            rest: Bytes::new(),
            paused: false,
            total,
            left: total,
            headers,
        }
    }

    fn piece(&mut self) -> Result<Bytes, Exceeded> {
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        self.left = self.left.checked_sub(piece.len() as u64).ok_or(Exceeded::Total(self.total))?;
        self.headers.spend(piece.len())?;
        self.paused = true;
        Ok(piece)
    }
}

impl<S, E> Stream for Paced<S>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<BoxError>,
{
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.paused {
            self.paused = false;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.rest.is_empty() {
            match ready!(self.stream.as_mut().poll_next(cx)) {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
        Poll::Ready(Some(self.piece().map_err(BoxError::from)))
    }
}
