//! Server-sent events.

use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep};

use crate::error::BoxError;
use crate::http::{Body, IntoResponse, Response};

/// One server-sent event.
///
/// ```
/// use lunox::http::Event;
///
/// let event = Event::new("two\nlines").name("update").id("7");
/// assert_eq!(event.to_string(), "event: update\nid: 7\ndata: two\ndata: lines\n\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Event {
    data: String,
    name: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
}

impl Event {
    /// An event with text; line breaks are kept.
    pub fn new(data: impl Into<String>) -> Self {
        Self { data: data.into(), ..Self::default() }
    }

    /// An event with a value as JSON.
    ///
    /// # Errors
    /// When the value cannot be serialised.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::new)
    }

    /// The type that the browser's listener asks for.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(one_line(name.into()));
        self
    }

    /// What the browser sends as `Last-Event-ID` when it connects again.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(one_line(id.into()));
        self
    }

    /// How long the browser waits before it connects again.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }
}

/// A line break inside a field would end it and start another.
fn one_line(text: String) -> String {
    text.replace(['\r', '\n', '\0'], " ")
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(name) = &self.name {
            writeln!(f, "event: {name}")?;
        }
        if let Some(id) = &self.id {
            writeln!(f, "id: {id}")?;
        }
        if let Some(retry) = self.retry {
            writeln!(f, "retry: {}", retry.as_millis())?;
        }
        let data = self.data.replace("\r\n", "\n").replace('\r', "\n");
        for line in data.split('\n') {
            writeln!(f, "data: {line}")?;
        }
        f.write_char('\n')
    }
}

/// How long a stream may be silent before a comment is sent, unless [`EventStream::keep_alive`] changes it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers with events until the stream ends or the visitor leaves.
///
/// A comment is sent after 15 seconds without an event, and again after each further 15: proxies close connections on
/// which nothing happens, and a visitor who has left is noticed only when something is sent.
pub fn event_stream<S>(events: S) -> EventStream
where
    S: Stream<Item = Event> + Send + 'static,
{
    EventStream { events: Box::pin(events), keep_alive: KEEP_ALIVE }
}

/// Server-sent events as an answer; [`event_stream`] makes one.
pub struct EventStream {
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
    keep_alive: Duration,
}

impl EventStream {
    /// Sends a comment whenever there was no event for this long; zero sends none.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use lunox::prelude::*;
    /// # fn answer(events: impl futures_core::Stream<Item = Event> + Send + 'static) -> impl IntoResponse {
    /// event_stream(events).keep_alive(Duration::from_secs(5))
    /// # }
    /// ```
    #[must_use]
    pub fn keep_alive(mut self, after: Duration) -> Self {
        self.keep_alive = after;
        self
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        static EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
        let body = Body::stream(Encoded { stream: self, silence: None });
        let mut response = Response::typed(body, &EVENTS);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        // nginx collects a response before it passes it on, unless told not to.
        response.header("x-accel-buffering", "no")
    }
}

struct Encoded {
    stream: EventStream,
    /// Runs since the last event or comment.
    silence: Option<Pin<Box<Sleep>>>,
}

impl Stream for Encoded {
    type Item = Result<String, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { stream: EventStream { events, keep_alive }, silence } = &mut *self;
        if let Poll::Ready(event) = events.as_mut().poll_next(cx) {
            *silence = None;
            return Poll::Ready(event.map(|event| Ok(event.to_string())));
        }
        if keep_alive.is_zero() {
            return Poll::Pending;
        }
        let timer = silence.get_or_insert_with(|| Box::pin(sleep(*keep_alive)));
        ready!(timer.as_mut().poll(cx));
        *silence = None;
        // A line that begins with a colon is a comment (HTML standard, 9.2.5).
        Poll::Ready(Some(Ok(":\n\n".to_owned())))
    }
}

/// The receiving end of a channel as a stream.
pub(crate) struct Receiver<T>(pub(crate) mpsc::Receiver<T>);

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(cx)
    }
}
