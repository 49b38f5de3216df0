//! What is wrong with a form.

use serde_json::{Value, json};

use super::answer;
use crate::error::Error;
use crate::support::dot::JsonMap;

/// What is wrong with a form: messages by field.
///
/// [`validate`](crate::http::HttpRequest::validate) collects them by itself. An action that finds something wrong later
/// answers in the same way:
///
/// ```
/// use lunox::prelude::*;
///
/// async fn login(_req: HttpRequest) -> Result {
///     let mut errors = Errors::new();
///     errors.add("email", "These credentials do not match our records.");
///     Err(errors.into())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    bag: String,
    list: Vec<(String, String)>,
}

impl Default for Errors {
    fn default() -> Self {
        Self { bag: "default".to_owned(), list: Vec::new() }
    }
}

impl Errors {
    /// No errors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the bag in which the page finds them: `errors.{name}` of the session.
    #[must_use]
    pub fn bag(mut self, name: impl Into<String>) -> Self {
        self.bag = name.into();
        self
    }

    /// Adds a message about a field; the message is shown as it is.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.list.push((field.into(), message.into()));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Pairs of a field and a message about it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }

    pub(super) fn name(&self) -> &str {
        &self.bag
    }

    /// The first message and the number of the others, as Laravel sums them up.
    fn summary(&self) -> String {
        let first = self.list.first().map_or("The input is not valid.", |(_, message)| message);
        match self.list.len() {
            0 | 1 => first.to_owned(),
            2 => format!("{first} (and 1 more error)"),
            number => format!("{first} (and {} more errors)", number - 1),
        }
    }

    fn details(&self) -> Value {
        let mut fields = JsonMap::new();
        for (field, message) in &self.list {
            if let Value::Array(messages) = fields.entry(field).or_insert_with(|| json!([])) {
                messages.push(message.as_str().into());
            }
        }
        Value::Object(fields)
    }
}

/// 422 with every message for clients that expect JSON, a redirect back to the form for pages.
impl From<Errors> for Error {
    #[track_caller]
    fn from(errors: Errors) -> Self {
        let (summary, details) = (errors.summary(), errors.details());
        Self::with_source(422, answer::back_to_the_form(errors))
            .message_for_visitor(summary)
            .details(details)
    }
}
