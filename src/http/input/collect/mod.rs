//! Reading input into a type as [`from_input`](super::from_input) does, with everything that does not fit at once.
//!
//! A value that does not fit is noted, and its type gets a stand-in: 0, an empty text, an empty list. serde asks for a
//! value only where there is one, and a type's own parser may refuse each stand-in; so the input is read again, with
//! null in the place of a field that turned out to be required, or without the value that was refused. The number of
//! passes is bounded.

mod access;
mod notes;
mod place;
mod value;

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use notes::{Misfit, Notes};
use place::{At, Place};
use value::Collecting;

use crate::support::dot::{self, JsonMap};

/// The name by which the type of an uploaded file asks for one.
pub(crate) const FILE: &str = "lunox::UploadedFile";

/// The number of the file that stands for one that is missing.
pub(crate) const NO_FILE: u64 = u64::MAX;

/// How a file's number reaches its type: as bytes that are not text, so that nothing else reads them.
pub(crate) fn file_token(number: u64) -> [u8; 9] {
    let mut token = [0xff; 9];
    token[1..].copy_from_slice(&number.to_le_bytes());
    token
}

/// The number in a file's token.
#[cfg(feature = "uploads")]
pub(crate) fn file_number(token: &[u8]) -> Option<u64> {
    let number = token.strip_prefix(&[0xff])?.try_into().ok()?;
    Some(u64::from_le_bytes(number))
}

/// How many values are read in all passes together: a large input is not read as often as a small one.
const WORK: usize = 100_000;

/// What came of reading an input.
pub(crate) struct Collected<T> {
    /// The value, with stand-ins for what does not fit; `None` where no stand-in exists.
    pub(crate) value: Option<T>,
    pub(crate) misfits: Vec<Misfit>,
    input: Value,
    notes: Notes,
}

/// Reads an input and its files, which are numbered in the order of their dotted names.
pub(crate) fn collect<T: DeserializeOwned>(mut input: JsonMap, files: &[&str]) -> Collected<T> {
    // What forms carry for the framework.
    input.remove("_token");
    input.remove("_method");
    files.iter().for_each(|name| put_file(&mut input, name));
    let input = Value::Object(input);
    let numbers = files.iter().zip(0..).map(|(name, number)| ((*name).to_owned(), number));
    let notes = Notes::new(numbers.collect::<HashMap<_, _>>());
    let passes = (WORK / count(&input)).clamp(8, 200);
    let value = (0..passes).find_map(|_| {
        let place = Place { at: &At::ROOT, notes: &notes, silent: false };
        match T::deserialize(Collecting { value: &input, place }) {
            Ok(value) => Some(Some(value)),
            Err(fault) => {
                place.refuse(fault);
                if notes.can_go_on() { None } else { Some(None) }
            }
        }
    });
    let misfits = notes.misfits();
    // A stand-in without an error would pass for what the visitor sent.
    let sound = !misfits.is_empty() || !notes.stands_in_below("");
    let value = value.flatten().filter(|_| sound);
    Collected { value, misfits, input, notes }
}

impl<T> Collected<T> {
    /// Whether a stand-in is at a path, or around it.
    pub(crate) fn stands_in(&self, path: &str) -> bool {
        self.notes.stands_in(path)
    }

    /// Whether a stand-in is at a path or anywhere below it.
    pub(crate) fn stands_in_below(&self, path: &str) -> bool {
        self.notes.stands_in_below(path)
    }

    /// The dotted name in the input of a value that is named by Rust's names; the second is false if a part of it was
    /// renamed beyond recognition.
    pub(crate) fn field<'n>(&self, names: impl Iterator<Item = &'n str>) -> (String, bool) {
        let (mut path, mut shape, mut sure) = (String::new(), String::new(), true);
        let mut at = Some(&self.input);
        for name in names {
            // Below a text or a number are only the parts of a Rust type around it.
            if at.is_some_and(|value| !value.is_object() && !value.is_array()) {
                break;
            }
            let name = name.strip_prefix("r#").unwrap_or(name);
            let known = self.notes.fields(&shape);
            let named = known.map_or(Some(name), |fields| sent_name(name, fields));
            sure &= named.is_some();
            let name = named.unwrap_or(name);
            at = at.and_then(|value| dot::get_in(value, name));
            notes::join(&mut shape, if known.is_some() { name } else { "*" });
            notes::join(&mut path, name);
        }
        (path, sure)
    }

    /// The value that was sent under a dotted name.
    pub(crate) fn sent(&self, field: &str) -> Option<&Value> {
        dot::get_in(&self.input, field)
    }

    /// Whether a file was sent under a dotted name.
    pub(crate) fn is_file(&self, field: &str) -> bool {
        self.notes.file(field).is_some()
    }
}

/// The field among those of serde that Rust names `name`: `firstName` for `first_name`, as `rename_all` makes it.
fn sent_name<'f>(name: &str, fields: &[&'f str]) -> Option<&'f str> {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let exact = fields.iter().find(|field| **field == name);
    exact.or_else(|| fields.iter().find(|field| plain(field) == plain(name))).copied()
}

/// Makes a place for a file: an empty list, which is refused wherever no file is asked for.
fn put_file(input: &mut JsonMap, name: &str) {
    for (list, rest) in dot::splits(name) {
        let first = rest == "0" || rest.starts_with("0.");
        if first && dot::get(input, list).is_none() {
            dot::put(input, list, Value::Array(Vec::new()));
        }
    }
    dot::put(input, name, Value::Array(Vec::new()));
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}
