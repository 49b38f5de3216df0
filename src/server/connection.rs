//! One connection.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use http::header::CONNECTION;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;

use super::ServerConfig;
use super::activity::{Activity, Answer, Arriving};
use super::head_alarm::HeadAlarm;
use super::linger::Lingering;
use super::write_timeout::WriteTimeout;
use crate::foundation::{Answering, Kernel};
use crate::http::{Body, Response};

pub(super) fn protocol(config: &ServerConfig) -> http1::Builder {
    let mut builder = http1::Builder::new();
    // The time for a head is watched by `HeadAlarm`.
    builder
        .header_read_timeout(None)
        .max_header_size(config.max_header_bytes)
        .max_headers(config.max_headers);
    builder
}

/// Answers the requests of one connection until it closes or the server stops.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    kernel: Arc<Kernel>,
    protocol: http1::Builder,
    header_timeout: Duration,
    write_timeout: Duration,
    watcher: Watcher,
) {
    // Small responses must not wait for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let activity = Arc::new(Activity::default());
    let stream = Lingering::new(stream, Arc::clone(&activity), WriteTimeout::new(write_timeout));
    let visit = Visit { kernel, peer, activity: Arc::clone(&activity) };
    let connection = protocol.serve_connection(TokioIo::new(stream), visit);
    let mut connection = pin!(watcher.watch(connection));
    let mut alarm = HeadAlarm::new(header_timeout);
    let ended = poll_fn(|cx| match connection.as_mut().poll(cx) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending => alarm.poll(&activity, cx).map(|()| None),
    });
    // Clients that leave, send garbage or time out: nothing that the operator could mend.
    match ended.await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            let error: &dyn std::error::Error = &error;
            tracing::debug!(%peer, error, "connection ended");
        }
        None => tracing::debug!(%peer, "connection ended: no request came in time"),
    }
}

/// What answers the requests of one connection.
struct Visit {
    kernel: Arc<Kernel>,
    peer: SocketAddr,
    activity: Arc<Activity>,
}

impl Service<http::Request<Incoming>> for Visit {
    type Response = http::Response<Answer>;
    type Error = Infallible;
    type Future = Reply;

    fn call(&self, request: http::Request<Incoming>) -> Reply {
        self.activity.ask();
        let (parts, body) = request.into_parts();
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::new(Arriving::new(body, Arc::clone(&self.activity)))
        };
        let mut work = self.kernel.handle(parts, body, Some(self.peer));
        // Most answers are ready at once, and a request that is gone before hyper reads on leaves hyper its buffer for
        // the next one. Those that are not are polled again right away, with the waker that counts.
        let mut context = Context::from_waker(Waker::noop());
        let step = match Pin::new(&mut work).poll(&mut context) {
            Poll::Ready(response) => Step::Ready(Some(response)),
            Poll::Pending => Step::Working(work),
        };
        Reply { step, activity: Arc::clone(&self.activity) }
    }
}

/// A request on its way to an answer that hyper can send.
struct Reply {
    step: Step,
    activity: Arc<Activity>,
}

enum Step {
    Ready(Option<Response>),
    Working(Answering),
}

impl Future for Reply {
    type Output = Result<http::Response<Answer>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { step, activity } = &mut *self;
        let response = match step {
            Step::Ready(response) => match response.take() {
                Some(response) => response,
                None => panic!("a reply was polled after it was given"),
            },
            Step::Working(work) => ready!(Pin::new(work).poll(cx)),
        };
        // The kernel closes where it has not read to the end of what the client sends.
        if !response.status_code().is_success()
            && response.headers().get(CONNECTION).is_some_and(|value| value == "close")
        {
            activity.expect_more();
        }
        Poll::Ready(Ok(response.into_http().map(|body| Answer::new(body, Arc::clone(activity)))))
    }
}
