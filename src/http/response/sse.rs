//! Server-sent events.

use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::error::BoxError;
use crate::http::{Body, Response};

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

/// Answers with events until the stream ends or the visitor leaves.
pub fn event_stream<S>(events: S) -> Response
where
    S: Stream<Item = Event> + Send + 'static,
{
    static EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
    let body = Body::stream(Encoded(Box::pin(events)));
    let mut response = Response::typed(body, &EVENTS);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // nginx collects a response before it passes it on, unless told not to.
    response.header("x-accel-buffering", "no")
}

struct Encoded<S>(Pin<Box<S>>);

impl<S: Stream<Item = Event>> Stream for Encoded<S> {
    type Item = Result<String, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(self.0.as_mut().poll_next(cx));
        Poll::Ready(event.map(|event| Ok(event.to_string())))
    }
}

/// The receiving end of a channel as a stream.
pub(super) struct Receiver<T>(pub(super) mpsc::Receiver<T>);

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(cx)
    }
}
