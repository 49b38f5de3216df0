//! Reading a request's body within its limits.

use std::pin::pin;
use std::sync::Mutex;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Uri};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::error::Error;
use crate::http::input::{self, FormLimits, JsonLimits};
#[cfg(feature = "uploads")]
use crate::http::uploads;
use crate::http::{Body, Limits, Result};
use crate::support::dot::JsonMap;
use crate::support::lock::lock;

/// A body that has been read.
#[derive(Debug, Default)]
pub(crate) struct InputBody {
    /// The body as it came; empty for a multipart form.
    pub(crate) bytes: Bytes,
    /// The fields of a form or of a JSON object, until they become part of the request's input.
    fields: Mutex<JsonMap>,
    /// How much JSON is read from the bytes.
    pub(crate) json: JsonLimits,
    /// Uploaded files with the names of their fields.
    #[cfg(feature = "uploads")]
    pub(crate) files: Vec<(String, uploads::UploadedFile)>,
}

/// A body that has not been read, and how it may be.
pub(crate) struct UnreadBody {
    pub(crate) body: Body,
    pub(crate) limits: Limits,
    pub(crate) timeouts: BodyTimeouts,
}

/// How long a body may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyTimeouts {
    /// The longest pause between two pieces.
    pub(crate) idle: Duration,
    /// The longest time from the first byte to the last.
    pub(crate) total: Duration,
}

/// What a body holds, by its content type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Form,
    Multipart,
    Json,
    Other,
}

impl BodyKind {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let content_type = content_type(headers);
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::Form
        } else if essence.eq_ignore_ascii_case("multipart/form-data") {
            Self::Multipart
        } else if input::is_json_content(Some(content_type)) {
            Self::Json
        } else {
            Self::Other
        }
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Parses the query of a target.
pub(crate) fn parse_query(uri: &Uri, limits: &Limits) -> Result<JsonMap> {
    let query = uri.query().unwrap_or_default();
    Ok(input::parse_query_string(query, &form_limits(limits))?)
}

fn form_limits(limits: &Limits) -> FormLimits {
    FormLimits { pairs: limits.fields, ..FormLimits::default() }
}

impl InputBody {
    /// Takes the fields out: they are kept once, and may be large.
    pub(crate) fn take_fields(&self) -> JsonMap {
        std::mem::take(&mut *lock(&self.fields))
    }

    /// The text of a field of the body.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let fields = lock(&self.fields);
        fields.get(name)?.as_str().map(str::to_owned)
    }
}

impl UnreadBody {
    /// Reads and parses the body.
    ///
    /// # Errors
    /// 400 for what is malformed, 408 for what is slow, 413 for what is too large. Where the rest of the body is still
    /// on its way, the connection is closed.
    pub(crate) async fn read(self, headers: &HeaderMap) -> Result<InputBody> {
        let Self { body, limits, timeouts } = self;
        let json = JsonLimits { values: limits.json_values, ..JsonLimits::default() };
        let mut read = InputBody { json, ..InputBody::default() };
        let work = read.read(headers, body, &limits, timeouts.idle);
        match tokio::time::timeout(timeouts.total, work).await {
            Ok(result) => result.map(|()| read),
            Err(_) => Err(too_slow()),
        }
    }
}

impl InputBody {
    async fn read(
        &mut self,
        headers: &HeaderMap,
        body: Body,
        limits: &Limits,
        idle: Duration,
    ) -> Result<()> {
        let kind = BodyKind::of(headers);
        let limit = if kind == BodyKind::Multipart { limits.upload } else { limits.body };
        if announced_length(headers).is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        if kind == BodyKind::Multipart {
            return self.read_multipart(content_type(headers), body, limits, idle).await;
        }
        self.bytes = read_all(body, limit, idle).await?;
        if kind == BodyKind::Form {
            self.fields = input::parse_form(&self.bytes, &form_limits(limits))?.into();
        } else if kind == BodyKind::Json && !self.bytes.is_empty() {
            // A list or a scalar has no fields; `req.json()` reads it.
            if let Value::Object(fields) = input::parse_json(&self.bytes, &self.json)? {
                self.fields = fields.into();
            }
        }
        Ok(())
    }

    #[cfg(feature = "uploads")]
    async fn read_multipart(
        &mut self,
        content_type: &str,
        body: Body,
        limits: &Limits,
        idle: Duration,
    ) -> Result<()> {
        let upload_limits = uploads::UploadLimits {
            total: limits.upload,
            file: limits.file,
            text: limits.body,
            field: usize::try_from(limits.body).unwrap_or(usize::MAX),
            parts: limits.fields,
            ..uploads::UploadLimits::default()
        };
        let pieces = crate::http::body::pieces::Pieces::new(body, idle);
        let form = match uploads::read_multipart(pieces, content_type, &upload_limits).await {
            Ok(form) => form,
            Err(error) => return Err(close(error.into())),
        };
        self.fields = form.fields.into();
        self.files = form.files;
        Ok(())
    }

    #[cfg(not(feature = "uploads"))]
    async fn read_multipart(&mut self, _: &str, _: Body, _: &Limits, _: Duration) -> Result<()> {
        Err(close(Error::new(415, "multipart forms need lunox's feature `uploads`")))
    }
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read_all(body: Body, limit: u64, idle: Duration) -> Result<Bytes> {
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    let mut size = 0;
    loop {
        let frame = match tokio::time::timeout(idle, body.frame()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => break,
            Ok(Some(Err(error))) => {
                return Err(close(
                    Error::with_source(400, error)
                        .message_for_visitor("the body is cut or malformed"),
                ));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        size += data.len() as u64;
        if size > limit {
            return Err(too_large(limit));
        }
        // Most bodies come in one piece and need no copy.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

/// The rest of the body would be read as the next request: the connection has to end.
fn close(error: Error) -> Error {
    error.header(CONNECTION, HeaderValue::from_static("close"))
}

fn too_large(limit: u64) -> Error {
    close(Error::new(413, format!("the body is larger than {limit} bytes")))
}

fn too_slow() -> Error {
    close(input::InputError::TooSlow.into())
}
