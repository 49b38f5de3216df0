//! Splits a record's JSON into its top-level keys and their undecoded values, where `scan` gives up.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Entry;
use super::scan::{Name, Span, span};

/// The entries of an object, whose spans point into `raw`. All of it is valid JSON then, though not decoded.
pub(super) fn split(raw: &[u8]) -> Result<Vec<Entry>, serde_json::Error> {
    if u32::try_from(raw.len()).is_err() {
        return Err(serde_json::Error::custom("it is longer than 4 GiB"));
    }
    let text = std::str::from_utf8(raw).map_err(serde_json::Error::custom)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let entries = (&mut deserializer).deserialize_map(Split(text))?;
    deserializer.end()?;
    Ok(entries)
}

/// Splits an object as serde_json reads it.
struct Split<'t>(&'t str);

impl Split<'_> {
    /// The span of a part that was cut from the text.
    fn span_of(&self, part: &str) -> Span {
        let start = part.as_ptr() as usize - self.0.as_ptr() as usize;
        span(start, start + part.len())
    }
}

impl<'de> Visitor<'de> for Split<'de> {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session's data, which is a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Entry>, A::Error> {
        let mut entries = Vec::new();
        while let Some((Text(name), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            let name = match name {
                Cow::Borrowed(name) => Name::Read(self.span_of(name)),
                Cow::Owned(name) => Name::Own(name),
            };
            entries.push(Entry { name, text: Some(self.span_of(value.get())), value: None });
        }
        Ok(entries)
    }
}

/// A key: a part of the record where it has no escapes.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Visit)
    }
}
