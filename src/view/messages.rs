//! The messages about a form's fields, as templates read them.

use std::sync::Arc;

use minijinja::value::{Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use crate::http::try_request;
use crate::session::RESERVED_ERRORS;
use crate::support::dot::JsonMap;

/// `errors` in a template: the messages that `with_errors` has left, of one bag.
///
/// It is there in every template and reads the session only when it is used: what is merely shared must not end flash.
#[derive(Debug)]
pub(super) struct Messages {
    bag: String,
}

impl Messages {
    pub(super) fn bag(name: &str) -> Self {
        Self { bag: name.to_owned() }
    }

    /// The fields with their messages; reading them counts as reading the flash value by its name.
    fn fields(&self) -> JsonMap {
        let session = try_request().and_then(|req| req.try_session());
        let mut bags =
            session.and_then(|session| session.get::<JsonMap>(RESERVED_ERRORS)).unwrap_or_default();
        match bags.remove(&self.bag) {
            Some(serde_json::Value::Object(fields)) => fields,
            _ => JsonMap::new(),
        }
    }

    fn of(&self, field: &str) -> Vec<String> {
        self.fields().remove(field).map(texts).unwrap_or_default()
    }

    fn all(&self) -> Vec<String> {
        self.fields().into_iter().flat_map(|(_, messages)| texts(messages)).collect()
    }

    /// The first message about a field, or of all.
    fn first(&self, field: Option<&str>) -> Value {
        let messages = field.map_or_else(|| self.all(), |field| self.of(field));
        messages.into_iter().next().map_or(Value::UNDEFINED, Value::from)
    }
}

fn texts(messages: serde_json::Value) -> Vec<String> {
    let text = |value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    match messages {
        serde_json::Value::Array(messages) => messages.into_iter().map(text).collect(),
        one => vec![text(one)],
    }
}

impl Object for Messages {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// `{% if errors %}`.
    fn is_true(self: &Arc<Self>) -> bool {
        !self.all().is_empty()
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "any" => {
                let () = from_args(args)?;
                Ok(Value::from(!self.all().is_empty()))
            }
            "all" => {
                let () = from_args(args)?;
                Ok(Value::from(self.all()))
            }
            "has" => {
                let (field,): (&str,) = from_args(args)?;
                Ok(Value::from(!self.of(field).is_empty()))
            }
            "get" => {
                let (field,): (&str,) = from_args(args)?;
                Ok(Value::from(self.of(field)))
            }
            "first" => {
                let (field,): (Option<&str>,) = from_args(args)?;
                Ok(self.first(field))
            }
            "bag" => {
                let (name,): (&str,) = from_args(args)?;
                Ok(Value::from_object(Self::bag(name)))
            }
            _ => Err(Error::new(
                ErrorKind::UnknownMethod,
                format!(
                    "errors has no method `{method}`; it has any, all, has, get, first and bag"
                ),
            )),
        }
    }
}

/// `error('title')`: the first message about a field, or nothing; `error('email', bag='login')`.
pub(super) fn error(field: &str, options: Kwargs) -> Result<Value, Error> {
    let bag = options.get::<Option<&str>>("bag")?.unwrap_or("default").to_owned();
    options.assert_all_used()?;
    Ok(Messages { bag }.first(Some(field)))
}
