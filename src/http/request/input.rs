//! What the visitor sent: query, form and JSON in one.
//!
//! All of it but the query panics in a middleware that has not read the body with [`HttpRequest::read_body`], if there is
//! one: an input that only looks empty would let through what the middleware is there to stop.

use std::sync::{RwLock, RwLockReadGuard};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::HttpRequest;
use crate::error::Error;
use crate::http::body::BodyKind;
#[cfg(feature = "uploads")]
use crate::http::uploads;
use crate::http::{Result, input};
use crate::support::dot::{self, JsonMap};
use crate::support::lock::{read, write};

impl HttpRequest {
    #[track_caller]
    fn merged(&self) -> &RwLock<JsonMap> {
        let body = self.input_body();
        self.0.input.get_or_init(|| {
            let Some(carried) = &self.0.carried else { return RwLock::default() };
            let mut map = read(&carried.query).clone();
            if let Some(body) = body {
                let mut fields = body.take_fields();
                carried.clean_all(&mut fields);
                map.append(&mut fields);
            }
            RwLock::new(map)
        })
    }

    #[track_caller]
    fn read(&self) -> RwLockReadGuard<'_, JsonMap> {
        read(self.merged())
    }

    /// The value at a dotted key in query, form or JSON; the body wins over the query.
    ///
    /// `None` when it is absent or is no `T`. Text of a form becomes a number or a bool when `T` asks for it.
    #[track_caller]
    pub fn input<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = dot::get(&self.read(), key)?.clone();
        input::from_value(value).ok()
    }

    /// The value at a dotted key of the query alone.
    pub fn query<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let query = read(&self.0.carried.as_ref()?.query);
        input::from_value(dot::get(&query, key)?.clone()).ok()
    }

    /// The text of a field of the body, never of the query. The body has been read.
    pub(crate) fn body_field(&self, name: &str) -> Option<String> {
        match self.0.input.get() {
            None => self.input_body()?.field(name),
            // Query and body are in one map already. What both have cannot be told apart.
            Some(_) if read(&self.0.carried.as_ref()?.query).contains_key(name) => None,
            Some(input) => read(input).get(name)?.as_str().map(str::to_owned),
        }
    }

    /// The text at a key, trimmed; empty when there is none.
    #[track_caller]
    pub fn string(&self, key: &str) -> String {
        match dot::get(&self.read(), key) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            _ => String::new(),
        }
    }

    /// The whole number at a key; 0 when there is none.
    #[track_caller]
    pub fn integer(&self, key: &str) -> i64 {
        self.input(key).unwrap_or_default()
    }

    /// Whether the value is 1, true, "on" or "yes", as a ticked box sends it.
    #[track_caller]
    pub fn boolean(&self, key: &str) -> bool {
        match dot::get(&self.read(), key) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            Some(Value::String(text)) => {
                matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "on" | "yes")
            }
            _ => false,
        }
    }

    /// Everything that the visitor sent, without files.
    #[track_caller]
    pub fn all(&self) -> JsonMap {
        self.read().clone()
    }

    /// The given dotted keys of the input; absent ones are left out.
    #[track_caller]
    pub fn only<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> JsonMap {
        let input = self.read();
        let mut picked = JsonMap::new();
        for key in keys {
            if let Some(value) = dot::get(&input, key) {
                dot::put(&mut picked, key, value.clone());
            }
        }
        picked
    }

    /// The input without the given dotted keys, and without all other values that a struct could be read from for them:
    /// without `user.role` neither `{"user.role": ..}` nor `{"user": {"role": ..}}` is left.
    #[track_caller]
    pub fn except<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> JsonMap {
        let mut rest = self.all();
        for key in keys {
            dot::forget_all(&mut rest, key);
        }
        rest
    }

    /// Whether the key is in the input, null included.
    #[track_caller]
    pub fn has(&self, key: &str) -> bool {
        dot::get(&self.read(), key).is_some()
    }

    /// Whether the key is in the input and is neither null nor blank text.
    #[track_caller]
    pub fn filled(&self, key: &str) -> bool {
        match dot::get(&self.read(), key) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(_) => true,
        }
    }

    /// Adds to the input, for example in a middleware that normalises it.
    #[track_caller]
    pub fn merge(&self, values: JsonMap) {
        let mut input = write(self.merged());
        for (key, value) in values {
            dot::put_all(&mut input, &key, value);
        }
    }

    /// The input without waiting for the body: the query alone where that has not been read.
    pub(crate) fn input_so_far(&self) -> JsonMap {
        if self.has_unread_body() {
            let carried = self.0.carried.as_ref();
            return carried.map_or_else(JsonMap::new, |carried| read(&carried.query).clone());
        }
        self.all()
    }

    /// The whole input as a `T`.
    ///
    /// ```
    /// # use lunox::prelude::*;
    /// #[derive(serde::Deserialize)]
    /// struct NewPhoto {
    ///     title: String,
    ///     public: bool,
    /// }
    ///
    /// async fn store(req: HttpRequest) -> Result {
    ///     let photo: NewPhoto = req.parse()?;
    ///     Ok(photo.title.into_response())
    /// }
    /// ```
    ///
    /// # Errors
    /// 422 that names the field when a value is missing or of another type; 415 instead if there is a body of a content type
    /// that is not read as input.
    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        // Not with `?`, which would name this line instead of the caller's.
        match input::from_input(self.all()) {
            Ok(value) => Ok(value),
            Err(error) => match self.unread_type() {
                Some(unread) => Err(unread),
                None => Err(error.into()),
            },
        }
    }

    /// Why a field may seem to be missing although it was sent: the body is of a content type that is not read as input.
    #[track_caller]
    pub(crate) fn unread_type(&self) -> Option<Error> {
        let is_other = BodyKind::of(self.headers()) == BodyKind::Other;
        if self.bytes().is_empty() || !is_other {
            return None;
        }
        let named = match self.header("content-type") {
            Some(name) => format!("the content type {name}"),
            None => "no content type".to_owned(),
        };
        Some(Error::new(
            415,
            format!(
                "The body has {named}, which is not read as input: send application/json or a form."
            ),
        ))
    }

    /// The body as JSON, whatever its content type: for bodies that are not objects.
    ///
    /// # Errors
    /// 400 when it is not JSON; 422 when it is no `T`.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let value = match self.input_body() {
            Some(body) => input::parse_json(&body.bytes, &body.json),
            None => input::parse_json(&[], &input::JsonLimits::default()),
        };
        let cleaned = value.and_then(|mut value| {
            if let Some(carried) = &self.0.carried {
                carried.clean(&mut value);
            }
            input::from_value(value)
        });
        // Not with `?`, which would name this line instead of the caller's.
        match cleaned {
            Ok(value) => Ok(value),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(feature = "uploads")]
impl HttpRequest {
    /// The file that was sent under a field's name.
    #[track_caller]
    pub fn file(&self, name: &str) -> Option<&uploads::UploadedFile> {
        self.files().find(|(field, _)| *field == name).map(|(_, file)| file)
    }

    /// Every file, with the name of its field.
    #[track_caller]
    pub fn files(&self) -> impl Iterator<Item = (&str, &uploads::UploadedFile)> {
        let files = self.input_body().into_iter().flat_map(|body| &body.files);
        files.map(|(field, file)| (field.as_str(), file))
    }

    /// Whether a file was sent under a field's name.
    #[track_caller]
    pub fn has_file(&self, name: &str) -> bool {
        self.file(name).is_some()
    }
}
