//! The data of a session, decoded as far as it is asked for.
//!
//! Most requests read or change one or two values of a record that has many. So a record's JSON is only split into
//! its top-level keys; a value is decoded when it is asked for, and one that did not change is written back as the
//! very text that was read.

mod index;
mod scan;
mod split;

pub(crate) use scan::look_up;

use std::borrow::Cow;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use index::{MANY, NameIndex};
use scan::{Name, Span, write_text};

use super::unstorable::Unstorable;
use crate::support::dot::{self, JsonMap};

/// The data of a session.
#[derive(Debug, Default)]
pub(crate) struct Data {
    /// The record's JSON, which the spans point into.
    raw: Bytes,
    entries: Vec<Entry>,
    index: NameIndex,
    /// How many keys were looked at to find others, for the tests.
    #[cfg(test)]
    looked_at: std::cell::Cell<usize>,
}

/// A top-level key and its value.
#[derive(Debug)]
struct Entry {
    name: Name,
    /// The value as it was read; gone when the value has been changed.
    text: Option<Span>,
    /// The value, once it was decoded or changed.
    value: Option<Value>,
}

/// Keys of fewer bytes are not long.
const LONG: usize = 256;

impl Data {
    /// Splits a record's JSON into its top-level keys.
    pub(crate) fn parse(raw: Bytes) -> Result<Self, serde_json::Error> {
        if raw.is_empty() {
            return Ok(Self::default());
        }
        let mut entries = match scan::entries(&raw) {
            Some(entries) => entries,
            None => split::split(&raw)?,
        };
        let index = match entries.len() {
            0..MANY => NameIndex::None,
            _ => NameIndex::of_read(&mut entries, &raw),
        };
        Ok(Self {
            raw,
            entries,
            index,
            #[cfg(test)]
            looked_at: std::cell::Cell::default(),
        })
    }

    /// The index of a top-level key.
    fn find(&self, name: &str) -> Option<usize> {
        #[cfg(test)]
        self.looked_at.update(|count| match self.index {
            NameIndex::Table(_) => count + 1,
            NameIndex::None | NameIndex::Hashes(_) => count + self.entries.len(),
        });
        match &self.index {
            NameIndex::None => self.entries.iter().rposition(|it| it.is_named(name, &self.raw)),
            index => index.find(name, &self.entries, &self.raw),
        }
    }

    /// Finds the value at `key`: the index of its top-level entry, and the part of the key that leads on within that entry.
    fn locate<'k>(&mut self, key: &'k str) -> Option<(usize, Option<&'k str>)> {
        if let Some(index) = self.find(key) {
            return Some((index, None));
        }
        // The lengths of all splits of a long key add up to its square.
        let longest = if key.len() < LONG { LONG } else { self.longest_name() };
        for (first, rest) in dot::splits(key).take_while(|(first, _)| first.len() <= longest) {
            let Some(index) = self.find(first) else { continue };
            match self.entries[index].decoded(&self.raw) {
                Ok(value) if dot::get_in(value, rest).is_some() => {
                    return Some((index, Some(rest)));
                }
                Ok(_) => {}
                Err(error) => unreadable(key, &error),
            }
        }
        None
    }

    #[cold]
    fn longest_name(&self) -> usize {
        let names = self.entries.iter().map(|entry| entry.name_bytes(&self.raw).len());
        names.max().unwrap_or_default()
    }

    /// The value at `key`, if there is one.
    pub(crate) fn get(&mut self, key: &str) -> Option<&Value> {
        let (index, rest) = self.locate(key)?;
        match self.entries[index].decoded(&self.raw) {
            Ok(value) => rest.map_or(Some(&*value), |rest| dot::get_in(value, rest)),
            Err(error) => {
                unreadable(key, &error);
                None
            }
        }
    }

    /// The value at `key` as a `T`, decoded straight from the record where that is possible.
    pub(crate) fn read<T: DeserializeOwned>(
        &mut self,
        key: &str,
    ) -> Option<Result<T, serde_json::Error>> {
        if let Some(entry) = self.find(key).map(|index| &self.entries[index])
            && let (Some(text), None) = (entry.text, &entry.value)
            && let Ok(value) = serde_json::from_slice(text.cut(&self.raw))
        {
            return Some(Ok(value));
        }
        // The same error whether the value had been decoded or not.
        self.get(key).map(T::deserialize)
    }

    /// The value at `key`, to be changed; null where there was nothing.
    pub(crate) fn entry(&mut self, key: &str) -> Result<&mut Value, Unstorable> {
        let (index, rest) = match self.locate(key) {
            Some(found) => found,
            None => {
                let (first, rest) = dot::first_step(key);
                match self.find(first) {
                    Some(index) => (index, rest),
                    None => (self.add(first.to_owned(), Value::Null), rest),
                }
            }
        };
        let entry = &mut self.entries[index];
        if let Err(error) = entry.decoded(&self.raw) {
            return Err(Unstorable::new(&entry.name(&self.raw), error));
        }
        entry.text = None;
        let value = entry.value.get_or_insert_default();
        Ok(match rest {
            Some(rest) => dot::entry_in(value, rest),
            None => value,
        })
    }

    /// Stores a value, making the maps on the way.
    pub(crate) fn put(&mut self, key: &str, value: Value) -> Result<(), Unstorable> {
        match self.find(key) {
            Some(index) => self.entries[index].set(value),
            None => *self.entry(key)? = value,
        }
        Ok(())
    }

    /// Stores a value at a top-level key.
    pub(crate) fn insert(&mut self, name: String, value: Value) {
        match self.find(&name) {
            Some(index) => self.entries[index].set(value),
            None => {
                self.add(name, value);
            }
        }
    }

    /// Adds a top-level key that is not there, and gives its index.
    fn add(&mut self, name: String, value: Value) -> usize {
        self.entries.push(Entry { name: Name::Own(name), text: None, value: Some(value) });
        self.index.add(&self.entries, &self.raw);
        self.entries.len() - 1
    }

    /// Makes room for so many keys more.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.entries.reserve(more);
    }

    /// Removes the value at `key`.
    pub(crate) fn forget(&mut self, key: &str) {
        if let Some(index) = self.find(key) {
            return self.remove(key, index);
        }
        let Some((index, Some(rest))) = self.locate(key) else { return };
        let entry = &mut self.entries[index];
        if let Ok(value) = entry.decoded(&self.raw)
            && dot::forget_in(value, rest).is_some()
        {
            entry.text = None;
        }
    }

    /// Removes a top-level key, and all that are alike.
    fn remove(&mut self, key: &str, index: usize) {
        if !self.index.is_table() {
            self.entries.retain(|entry| !entry.is_named(key, &self.raw));
            self.index = NameIndex::of(&self.entries, &self.raw);
            return;
        }
        // The last one takes its index: moving all that follow would make removing many take the square of their number.
        self.entries.swap_remove(index);
        self.index.replace(key, index, &self.entries, &self.raw);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.index = NameIndex::None;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All of it, decoded.
    pub(crate) fn all(&mut self) -> JsonMap {
        let mut map = JsonMap::new();
        for entry in &mut self.entries {
            match entry.decoded(&self.raw).cloned() {
                Ok(value) => {
                    map.insert(entry.name(&self.raw).into_owned(), value);
                }
                Err(error) => {
                    unreadable(&entry.name(&self.raw), &error);
                }
            }
        }
        map
    }

    /// The top-level keys of a record as it was read, with the lengths of their values as JSON.
    pub(crate) fn sizes(&self) -> Vec<(String, usize)> {
        let size = |entry: &Entry| entry.text.map_or(0, Span::len);
        self.entries.iter().map(|entry| (entry.name(&self.raw).into_owned(), size(entry))).collect()
    }

    /// About how long the JSON will be.
    pub(super) fn size_hint(&self) -> usize {
        let new = self.entries.iter().filter(|entry| entry.text.is_none());
        let hint = |entry: &Entry| entry.name_bytes(&self.raw).len() + entry.size_hint();
        self.raw.len() + new.map(hint).sum::<usize>()
    }

    /// Writes it as JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        out.push(b'{');
        let mut before = "";
        let mut entries = self.entries.iter().peekable();
        while let Some(entry) = entries.next() {
            out.extend_from_slice(before.as_bytes());
            before = ",";
            let Some(mut read) = entry.as_read() else {
                self.write_entry(entry, out)?;
                continue;
            };
            // Neighbours that did not change are copied in one piece, with the commas between them.
            while let Some(next) = entries.peek().and_then(|next| next.as_read())
                && next.start == read.end + 1
            {
                read.end = next.end;
                entries.next();
            }
            out.extend_from_slice(read.cut(&self.raw));
        }
        out.push(b'}');
        Ok(())
    }

    fn write_entry(&self, entry: &Entry, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match &entry.name {
            Name::Read(span) => {
                out.push(b'"');
                out.extend_from_slice(span.cut(&self.raw));
                out.push(b'"');
            }
            Name::Own(own) => write_text(own, out)?,
        }
        out.push(b':');
        match (&entry.text, &entry.value) {
            (Some(text), _) => out.extend_from_slice(text.cut(&self.raw)),
            (None, Some(Value::String(text))) => write_text(text, out)?,
            (None, value) => serde_json::to_writer(out, value)?,
        }
        Ok(())
    }
}

impl Entry {
    fn is_named(&self, name: &str, raw: &[u8]) -> bool {
        match &self.name {
            // Most names differ in their lengths.
            Name::Read(span) => span.len() == name.len() && span.cut(raw) == name.as_bytes(),
            Name::Own(own) => own == name,
        }
    }

    fn name_bytes<'a>(&'a self, raw: &'a [u8]) -> &'a [u8] {
        match &self.name {
            Name::Read(span) => span.cut(raw),
            Name::Own(own) => own.as_bytes(),
        }
    }

    fn name<'a>(&'a self, raw: &'a [u8]) -> Cow<'a, str> {
        // It was UTF-8 when it was read, so that nothing is lost.
        String::from_utf8_lossy(self.name_bytes(raw))
    }

    /// Where the whole of it lies in the record, if the record has it as it is.
    fn as_read(&self) -> Option<Span> {
        match (&self.name, self.text) {
            (Name::Read(name), Some(text)) => Some(Span { start: name.start - 1, end: text.end }),
            _ => None,
        }
    }

    /// Replaces the value; what was there need not be decoded for that.
    fn set(&mut self, value: Value) {
        self.text = None;
        self.value = Some(value);
    }

    /// About how long it will be as JSON.
    fn size_hint(&self) -> usize {
        let value = match &self.value {
            Some(Value::String(text)) => text.len(),
            Some(Value::Array(_) | Value::Object(_)) => 40,
            _ => 8,
        };
        value + "\"\":\"\",".len()
    }

    fn decoded(&mut self, raw: &[u8]) -> Result<&mut Value, serde_json::Error> {
        let value = match self.value.take() {
            Some(value) => value,
            None => serde_json::from_slice(self.text.map_or(b"null", |text| text.cut(raw)))?,
        };
        Ok(self.value.insert(value))
    }
}

#[cold]
fn unreadable(key: &str, error: &serde_json::Error) {
    tracing::error!(key, %error, "a value of the session cannot be read; it stays where it is");
}

#[cfg(test)]
mod tests;
