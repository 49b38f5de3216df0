//! A top-level key of a session and its value, decoded or not.

use std::borrow::Cow;

use serde_json::Value;

/// A top-level key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: Name,
    /// The value as it was read; gone when the value has been changed.
    pub(crate) text: Option<Span>,
    /// The value, once it was decoded or changed.
    pub(super) value: Option<Value>,
}

#[derive(Debug)]
pub(super) enum Name {
    /// As it stands in the record, without escapes.
    Read(Span),
    Own(String),
}

/// A part of the record's JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn cut(self, raw: &[u8]) -> &[u8] {
        &raw[self.start as usize..self.end as usize]
    }
}

impl Entry {
    pub(super) fn is_named(&self, name: &str, raw: &[u8]) -> bool {
        match &self.name {
            // Most names differ in their lengths.
            Name::Read(span) => span.len() == name.len() && span.cut(raw) == name.as_bytes(),
            Name::Own(own) => own == name,
        }
    }

    pub(super) fn name_bytes<'a>(&'a self, raw: &'a [u8]) -> &'a [u8] {
        match &self.name {
            Name::Read(span) => span.cut(raw),
            Name::Own(own) => own.as_bytes(),
        }
    }

    pub(super) fn name<'a>(&'a self, raw: &'a [u8]) -> Cow<'a, str> {
        // It was UTF-8 when it was read, so that nothing is lost.
        String::from_utf8_lossy(self.name_bytes(raw))
    }

    /// Where the whole of it lies in the record, if the record has it as it is.
    pub(super) fn as_read(&self) -> Option<Span> {
        match (&self.name, self.text) {
            (Name::Read(name), Some(text)) => Some(Span { start: name.start - 1, end: text.end }),
            _ => None,
        }
    }

    /// Replaces the value; what was there need not be decoded for that.
    pub(super) fn set(&mut self, value: Value) {
        self.text = None;
        self.value = Some(value);
    }

    /// About how long it will be as JSON.
    pub(super) fn size_hint(&self) -> usize {
        let value = match &self.value {
            Some(Value::String(text)) => text.len(),
            Some(Value::Array(_) | Value::Object(_)) => 40,
            _ => 8,
        };
        value + "\"\":\"\",".len()
    }

    pub(super) fn decoded(&mut self, raw: &[u8]) -> Result<&mut Value, serde_json::Error> {
        if self.value.is_none() {
            let text = self.text.map_or(&b"null"[..], |text| text.cut(raw));
            self.value = Some(serde_json::from_slice(text)?);
        }
        Ok(self.value.as_mut().expect("the value was just decoded"))
    }
}
