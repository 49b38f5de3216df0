//! A request while it is answered.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use http::header::{CONTENT_LENGTH, HeaderValue, SET_COOKIE};
use http::{HeaderMap, Method};
use http_body::Body as _;

use crate::foundation::error_hooks::report;
use crate::http::{Body, HttpRequest, Response, Running, with_request, within};
use crate::session::exchange::send_cookie;
use crate::support::BoxFuture;

/// A request while it is answered.
///
/// Written by hand, and not as an `async` block, so that it can be moved after it was polled:
/// [`server`](crate::server) polls it before it hands it to hyper.
#[must_use = "a request is answered where this is awaited"]
pub struct Answering {
    /// `None` where nobody will read the log line.
    started: Option<Instant>,
    step: Step,
}

enum Step {
    /// The body is read to find the route.
    Reading(BoxFuture<'static, Begun>),
    Running(Begun),
    Over(Option<Response>),
}

/// A request whose middleware and action run.
pub(super) struct Begun {
    pub(super) req: HttpRequest,
    /// `None` once it is over.
    pub(super) work: Option<Running>,
}

impl Answering {
    pub(super) fn reading(body: BoxFuture<'static, Begun>) -> Self {
        Self::at(Step::Reading(body))
    }

    pub(super) fn running(begun: Begun) -> Self {
        Self::at(Step::Running(begun))
    }

    #[cold]
    pub(super) fn ready(response: Response) -> Self {
        Self { started: None, step: Step::Over(Some(response)) }
    }

    fn at(step: Step) -> Self {
        let logged = tracing::enabled!(target: "lunox::request", tracing::Level::INFO);
        Self { started: logged.then(Instant::now), step }
    }
}

impl Future for Answering {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let Self { started, step } = &mut *self;
        loop {
            match step {
                Step::Reading(body) => *step = Step::Running(ready!(body.as_mut().poll(cx))),
                Step::Running(begun) => {
                    let mut response = ready!(begun.poll(cx));
                    let Begun { req, .. } = begun;
                    if let Some(cookie) = req.owed_cookie() {
                        settle(response.headers_mut(), cookie);
                    }
                    if let Some(error) = response.error() {
                        report(error, req);
                    }
                    if let Some(started) = started {
                        log(req, response.status_code().as_u16(), *started);
                    }
                    // hyper must not wait for somebody who still holds the request.
                    req.abandon_body();
                    let response = finish(response, req);
                    *step = Step::Over(None);
                    return Poll::Ready(response);
                }
                Step::Over(response) => match response.take() {
                    Some(response) => return Poll::Ready(response),
                    None => panic!("a request was polled after it was answered"),
                },
            }
        }
    }
}

impl Drop for Answering {
    /// A request whose client has left before there was an answer: it is in the log too.
    fn drop(&mut self) {
        if let (Step::Running(begun), Some(started)) = (&self.step, self.started)
            && begun.work.is_some()
        {
            log(&begun.req, CLIENT_LEFT, started);
        }
    }
}

impl Begun {
    /// Inside the scope of the request, which the end of the work is part of.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response> {
        let Self { req, work } = self;
        within(req, || {
            let Some(running) = work else { panic!("a request was polled after it was answered") };
            let response = ready!(Pin::new(running).poll(cx));
            *work = None;
            Poll::Ready(response)
        })
    }
}

impl Drop for Begun {
    /// A request whose client has left: what its work drops may ask for the request too.
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            drop(with_request(self.req.clone(), work));
        }
    }
}

/// Adds the session's cookie where a middleware outside of the session has replaced the response: the session is stored, and
/// without its cookie it would be lost, or a login with it.
fn settle(headers: &mut HeaderMap, cookie: &HeaderValue) {
    let value = |header: &HeaderValue| {
        header.as_bytes().split(|byte| *byte == b';').next().map(<[u8]>::to_vec)
    };
    let is_sent = |sent: &HeaderValue| value(sent) == value(cookie);
    if !headers.get_all(SET_COOKIE).into_iter().any(is_sent) {
        send_cookie(headers, cookie.clone());
    }
}

fn finish(mut response: Response, req: &HttpRequest) -> Response {
    if *req.method() == Method::HEAD && !response.body().is_end_stream() {
        if let Some(length) = response.body().size_hint().exact() {
            response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
        }
        response = response.with_body(Body::empty());
    }
    response
}

/// The status in the log of a request whose client did not wait for the answer, as nginx has it.
const CLIENT_LEFT: u16 = 499;

/// One line a request. The path without its query, and no header: both may hold secrets.
fn log(req: &HttpRequest, status: u16, started: Instant) {
    tracing::info!(
        target: "lunox::request",
        request_id = %req.id(),
        session = req.try_session().and_then(|session| session.id_for_log()).map(tracing::field::display),
        ip = req.ip().map(tracing::field::display),
        status,
        ms = started.elapsed().as_micros() as f64 / 1000.0,
        // As text, which both formats of the log quote, so that it cannot start a line of its own (OWASP ASVS 5.0, 16.4.1).
        path = req.path(),
        "{}",
        req.method()
    );
}
