//! Sending to a client: no longer than it takes what is sent, and to the end of the last answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::activity::Activity;
use super::send_queue::unacknowledged;
use super::write_timeout::WriteTimeout;

/// The longest that a client which is still sending is listened to after its answer.
const LONGEST: Duration = Duration::from_secs(2);

/// A stream that closes in two steps when the client has sent, or is sending, more than was read: first its
/// own half, then the rest once the client has closed too.
///
/// Closing at once would make the system answer what is unread with a reset, and a reset may take the answer
/// (a 413, say) away from a client that has not read it yet (RFC 9112, 9.6).
///
/// Writing fails when the client takes too little for longer than the write timeout.
///
/// The end of what the client sends is not passed on while an answer is due, since a client may close its writing half
/// and still read. One that has left looks the same until it refuses what is sent, so the end is passed on when nothing
/// was sent for a write timeout, and at once when a body needs more. (hyper's `half_close` would notice neither that nor a reset.)
pub(super) struct Lingering {
    stream: TcpStream,
    activity: Arc<Activity>,
    write_timeout: WriteTimeout,
    until: Option<(Instant, Pin<Box<Sleep>>)>,
    half_closed: Option<HalfClosed>,
}

/// A client that has closed its writing half, or left.
struct HalfClosed {
    timer: Pin<Box<Sleep>>,
    /// Whether something was sent since the timer was set.
    sent: bool,
}

impl Lingering {
    pub(super) fn new(
        stream: TcpStream,
        activity: Arc<Activity>,
        write_timeout: WriteTimeout,
    ) -> Self {
        Self { stream, activity, write_timeout, until: None, half_closed: None }
    }

    /// Watches how a write went.
    #[inline]
    fn after_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => return self.poll_blocked(cx),
            Poll::Ready(Ok(bytes)) => {
                self.write_timeout.accepted(bytes);
                if let Some(client) = &mut self.half_closed {
                    client.sent = true;
                }
            }
            Poll::Ready(Err(_)) => {}
        }
        written
    }

    /// The system accepts nothing more: fails when that is so because the client takes too little.
    #[cold]
    fn poll_blocked(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.activity.set_sending(true);
        ready!(self.write_timeout.poll(cx, || unacknowledged(&self.stream)));
        // Otherwise the system would keep what was not taken, and wait for the client on its own.
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!(%error, "SO_LINGER could not be set");
        }
        let cause = "the client takes too little of what is sent to it";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, cause)))
    }

    /// The client sends nothing more while an answer is due: ready when it seems to have left.
    #[cold]
    fn poll_half_closed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let patience = self.write_timeout.length();
        let timer = || Box::pin(tokio::time::sleep(patience));
        let client =
            self.half_closed.get_or_insert_with(|| HalfClosed { timer: timer(), sent: false });
        while client.timer.as_mut().poll(cx).is_ready() {
            // What waits to be sent is watched by the write timeout.
            if !client.sent && !self.activity.is_sending() {
                return Poll::Ready(Ok(()));
            }
            *client = HalfClosed { timer: timer(), sent: false };
        }
        Poll::Pending
    }

    /// Reads what comes and forgets it; ready when there is nothing to wait for.
    fn poll_discard(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let mut space = [0; 8192];
        while Instant::now() < until {
            let mut piece = ReadBuf::new(&mut space);
            let read = Pin::new(&mut self.stream).poll_read(cx, &mut piece);
            match read {
                Poll::Ready(Ok(())) if !piece.filled().is_empty() => {
                    self.activity.expect_more();
                }
                Poll::Pending if self.activity.expects_more() => return Poll::Pending,
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() == before && self.activity.end() {
            return self.poll_half_closed(cx);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.after_write(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.after_write(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper calls it when the system has accepted all there is.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.write_timeout.finish() {
            self.activity.set_sending(false);
        }
        if self.half_closed.is_some() && self.activity.waits().is_some() {
            // hyper reads again only when it is woken, and may close now.
            cx.waker().wake_by_ref();
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.until.is_none() {
            // No head is waited for any more, and what follows has a time of its own.
            self.activity.set_sending(true);
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            let until = Instant::now() + LONGEST;
            self.until = Some((until, Box::pin(tokio::time::sleep_until(until))));
        }
        let Some((until, _)) = self.until else { return Poll::Ready(Ok(())) };
        if self.poll_discard(cx, until).is_pending() {
            // The timer wakes this task; what counts is the clock, which a busy client cannot hold up.
            if let Some((_, timer)) = &mut self.until {
                ready!(timer.as_mut().poll(cx));
            }
        }
        Poll::Ready(Ok(()))
    }
}
