//! The body, which is read late.

use std::panic::Location;
use std::sync::{Arc, Mutex, RwLock};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::HttpRequest;
use crate::error::Error;
use crate::http::body::{InputBody, UnreadBody};
use crate::http::{InputFilter, Result};
use crate::support::dot::JsonMap;
use crate::support::lock::{lock, write};

/// What a request carries besides its head.
pub(crate) struct Carried {
    /// The parsed query.
    pub(super) query: RwLock<JsonMap>,
    /// What normalises the input, in the order in which it is applied.
    filters: Mutex<Vec<Arc<InputFilter>>>,
    unread: Mutex<Option<UnreadBody>>,
    /// What became of the body: empty until somebody has read it, and the status of the answer if it could not be.
    read: OnceCell<Result<InputBody, StatusCode>>,
}

impl Carried {
    pub(crate) fn new(query: JsonMap, body: Option<UnreadBody>) -> Self {
        let read = if body.is_some() { None } else { Some(Ok(InputBody::default())) };
        Self {
            query: RwLock::new(query),
            filters: Mutex::default(),
            unread: Mutex::new(body),
            read: OnceCell::new_with(read),
        }
    }

    /// Normalises fields of the body, or all of it where it is not an object.
    pub(super) fn clean(&self, body: &mut Value) {
        lock(&self.filters).iter().for_each(|filter| filter.clean_value(body));
    }

    /// As [`clean`](Carried::clean), for fields.
    pub(super) fn clean_all(&self, fields: &mut JsonMap) {
        lock(&self.filters).iter().for_each(|filter| filter.clean_all(fields));
    }

    /// Reads the body, once.
    pub(crate) async fn read(&self, headers: &HeaderMap) -> Result<&InputBody> {
        let mut failure = None;
        let first = &mut failure;
        let read = self.read.get_or_init(|| async move {
            let read = match self.take_unread() {
                Some(body) => body.read(headers).await,
                None => Err(Error::new(400, "the body was not read to its end")),
            };
            read.map_err(|error| first.insert(error).status())
        });
        match read.await {
            Ok(body) => Ok(body),
            Err(status) => Err(failure
                .unwrap_or_else(|| Error::new(status.as_u16(), "the body could not be read"))),
        }
    }

    fn take_unread(&self) -> Option<UnreadBody> {
        lock(&self.unread).take()
    }
}

impl HttpRequest {
    /// Reads and parses the body, unless that has been done.
    ///
    /// This happens by itself directly before the action, so that a request which a middleware refuses costs no more
    /// than its head. Until then, what looks at the input panics if there is a body. A middleware that needs it reads
    /// it first:
    ///
    /// ```
    /// # use lunox::prelude::*;
    /// async fn no_spam(req: HttpRequest, next: Next) -> Result {
    ///     req.read_body().await?;
    ///     if req.string("message").contains("casino") {
    ///         return abort(422);
    ///     }
    ///     Ok(next.run(req).await)
    /// }
    /// ```
    ///
    /// # Errors
    /// 400 when the body is malformed, 408 when it is slow, 413 when it is too large.
    pub async fn read_body(&self) -> Result<()> {
        match &self.0.carried {
            Some(carried) => carried.read(self.headers()).await.map(drop),
            None => Ok(()),
        }
    }

    /// Has the input normalised for whoever looks at it from now on.
    pub(crate) fn filter_input(&self, filter: &Arc<InputFilter>) {
        let Some(carried) = &self.0.carried else { return };
        filter.clean_all(&mut write(&carried.query));
        lock(&carried.filters).push(Arc::clone(filter));
        // A middleware further out may have looked at it before.
        if let Some(input) = self.0.input.get() {
            filter.clean_all(&mut write(input));
        }
    }

    /// Whether there is a body that nobody has [read](HttpRequest::read_body) yet.
    pub fn has_unread_body(&self) -> bool {
        self.0.carried.as_ref().is_some_and(|carried| !carried.read.initialized())
    }

    /// Whether an action cannot run yet, or not at all.
    pub(crate) fn lacks_body(&self) -> bool {
        let carried = self.0.carried.as_ref();
        carried.is_some_and(|carried| !matches!(carried.read.get(), Some(Ok(_))))
    }

    /// Gives up the body if nobody has read it.
    pub(crate) fn abandon_body(&self) {
        if let Some(carried) = &self.0.carried {
            drop(carried.take_unread());
        }
    }

    /// The body; `None` if there is none, or none that could be read.
    #[track_caller]
    pub(super) fn input_body(&self) -> Option<&InputBody> {
        let Some(read) = self.0.carried.as_ref()?.read.get() else {
            not_read(self, Location::caller())
        };
        read.as_ref().ok()
    }

    /// The body as it came; empty for a multipart form, whose parts were read into fields and files.
    ///
    /// # Panics
    /// In a middleware that has not [read the body](HttpRequest::read_body), if there is one.
    #[track_caller]
    pub fn bytes(&self) -> &Bytes {
        static NOTHING: Bytes = Bytes::new();
        self.input_body().map_or(&NOTHING, |body| &body.bytes)
    }
}

#[cold]
#[track_caller]
fn not_read(req: &HttpRequest, caller: &Location<'_>) -> ! {
    panic!(
        "the body of {} {} has not been read yet ({caller}); it is read directly before the action: a middleware \
         that looks at the input calls `req.read_body().await?` first",
        req.method(),
        req.path()
    );
}
