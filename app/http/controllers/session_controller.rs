//! The playground on the first page: stores, forgets and flushes values of the session.

use lunox::prelude::*;

pub struct SessionController;

/// Anybody may play here, so all values of a visitor together have a bound.
const MOST_BYTES: usize = 8_000;

/// Keys in which lunox keeps something, besides those that begin with `_`: whoever writes them is logged in as anybody.
const RESERVED: [&str; 3] = ["auth", "errors", "url"];

/// Whether a visitor may write a key. `auth.login` is a part of `auth`.
fn is_free(key: &str) -> bool {
    let root = key.split('.').next().unwrap_or_default();
    !root.starts_with('_') && !RESERVED.contains(&root)
}

impl SessionController {
    /// Stores a value. What looks like JSON is stored as JSON, anything else as text.
    pub async fn put(req: HttpRequest) -> Result {
        let (key, text) = (req.string("key"), req.string("value"));
        let word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let plain = !key.is_empty() && is_free(&key) && key.chars().all(word);
        if !plain || key.len() > 64 || text.len() > 1_000 {
            let field = if plain && key.len() <= 64 { "value" } else { "key" };
            let what = "A key has up to 64 letters, digits, dots and dashes, and is not one of lunox's own; \
                        a value has up to 1,000 bytes.";
            let answer = to_route("home", ()).with_input().with_errors([(field, what)]);
            return Ok(answer.into_response());
        }
        let value = serde_json::from_str(&text).unwrap_or_else(|_| serde_json::Value::from(text));
        let stored: usize = req.session().all().values().map(|value| value.to_string().len()).sum();
        if stored + value.to_string().len() > MOST_BYTES {
            let what = "The playground is full. Forget a key or flush the session first.";
            let answer = to_route("home", ()).with_input().with_errors([("value", what)]);
            return Ok(answer.into_response());
        }
        req.session().put(&key, &value);
        Ok(to_route("home", ())
            .with("status", format!("session.put({key:?}, {value})"))
            .into_response())
    }

    /// Forgets one key.
    pub async fn forget(req: HttpRequest, key: String) -> Result {
        if !is_free(&key) {
            return abort(403);
        }
        req.session().forget(&key);
        Ok(to_route("home", ()).with("status", format!("session.forget({key:?})")).into_response())
    }

    /// Forgets everything.
    pub async fn flush(req: HttpRequest) -> Result {
        req.session().flush();
        Ok(to_route("home", ()).with("status", "session.flush()").into_response())
    }
}
