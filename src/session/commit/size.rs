//! How large a session may be, and what gives way first.

use serde_json::Value;

use super::error::CommitError;
use crate::session::record::{Data, Draft};
use crate::session::{RESERVED_ERRORS, RESERVED_OLD_INPUT, SessionConfig};
use crate::support::dot::JsonMap;

/// How many bytes of JSON may be stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(super) bytes: usize,
    in_cookie: bool,
}

impl Limit {
    /// `max_bytes`.
    pub(crate) fn of_record(config: &SessionConfig) -> Self {
        Self { bytes: config.max_bytes, in_cookie: false }
    }

    /// `max_bytes`, or what a cookie has room for.
    pub(crate) fn of_cookie(config: &SessionConfig, room: usize) -> Self {
        Self { bytes: config.max_bytes.min(room), in_cookie: true }
    }

    pub(super) fn is_in_cookie(self) -> bool {
        self.in_cookie
    }

    /// A draft that is too large, without what it takes of a form's old input and its errors.
    #[cold]
    pub(super) fn trim(self, draft: Draft) -> Result<Draft, CommitError> {
        let json = draft.into_json();
        let mut excess = json.len() - self.bytes;
        let too_large = |data: &Data| CommitError::TooLarge {
            bytes: json.len(),
            limit: self.bytes,
            in_cookie: self.in_cookie,
            largest: largest(data),
        };
        let mut data = Data::parse(json.clone()).map_err(|error| unreadable(&error))?;
        let mut left_out = Vec::new();
        if let Some(Value::Object(input)) = data.get(RESERVED_OLD_INPUT) {
            let mut input = input.clone();
            shed(&mut input, &mut excess, &mut left_out);
            match input.is_empty() {
                true => data.forget(RESERVED_OLD_INPUT),
                false => data.put(RESERVED_OLD_INPUT, Value::Object(input))?,
            }
        }
        if let Some(Value::Object(bags)) = data.get(RESERVED_ERRORS) {
            let mut bags = bags.clone();
            for bag in bags.values_mut().filter_map(Value::as_object_mut) {
                shed(bag, &mut excess, &mut left_out);
            }
            data.put(RESERVED_ERRORS, Value::Object(bags))?;
        }
        let draft = Draft::of(&data).map_err(|error| unreadable(&error))?;
        if draft.json().len() > self.bytes {
            let data = Data::parse(json.clone()).map_err(|error| unreadable(&error))?;
            return Err(too_large(&data));
        }
        tracing::warn!(
            target: "lunox::session",
            fields = ?left_out,
            "a form's old input and errors do not fit into the session; these fields are left out"
        );
        Ok(draft)
    }
}

/// Takes the largest fields out of a map until it is `excess` bytes shorter as JSON, or empty.
fn shed(map: &mut JsonMap, excess: &mut usize, left_out: &mut Vec<String>) {
    let mut sizes: Vec<(usize, String)> =
        map.iter().map(|(name, value)| (value.to_string().len(), name.clone())).collect();
    sizes.sort_unstable();
    while *excess > 0
        && let Some((size, name)) = sizes.pop()
    {
        map.remove(&name);
        // At least: two quotes and a colon, and a comma where it is not the last.
        *excess = excess.saturating_sub(size + name.len() + 3);
        left_out.push(name);
    }
}

/// The keys that take the most room, with their sizes as JSON.
fn largest(data: &Data) -> Vec<(String, usize)> {
    let mut sizes = data.sizes();
    sizes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    sizes.truncate(3);
    sizes
}

fn unreadable(error: &serde_json::Error) -> CommitError {
    CommitError::Unstorable(crate::session::record::Unstorable::new("(data)", error))
}
