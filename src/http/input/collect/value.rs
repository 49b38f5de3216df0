//! The deserializer: [`Lenient`], except that nothing ends at the first value that does not fit.

use std::fmt::Display;

use serde::Deserialize;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde_json::Value;

use super::super::fault::{Fault, REQUIRED, one_of};
use super::super::lenient::{Lenient, read_as_their_like};
use super::access::{Elements, Entries, Variant};
use super::place::Place;
use super::{FILE, NO_FILE, file_token};

pub(super) static NOTHING: Value = Value::Null;

/// A value, and where it is.
#[derive(Clone, Copy)]
pub(super) struct Collecting<'p> {
    pub(super) value: &'p Value,
    pub(super) place: Place<'p>,
}

/// Whether a value is as good as absent.
pub(super) fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

impl<'p> Collecting<'p> {
    fn expected(self, what: impl Display) -> Fault {
        Fault::expected(self.value, what)
    }

    /// What a visitor made of a value that is of its kind.
    fn settle<T>(self, made: Result<T, Fault>) -> Result<T, Fault> {
        made.map_err(|fault| self.place.refuse(fault))
    }

    /// What a visitor made of a stand-in; what it says about that is not the visitor's fault.
    fn settle_stand_in<T>(self, made: Result<T, Fault>) -> Result<T, Fault> {
        made.map_err(|_| self.place.give_up())
    }

    /// The same place, about which nothing is noted any more.
    fn silenced(self) -> Place<'p> {
        Place { silent: true, ..self.place }
    }

    fn scalar<T: for<'a> Deserialize<'a>>(self) -> Result<T, Fault> {
        if is_nothing(self.value) {
            return Err(Fault::new(REQUIRED));
        }
        T::deserialize(Lenient(self.value.clone()))
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let list = match self.value {
            Value::Array(list) if self.place.file().is_none() => list,
            _ => {
                self.place.note(self.expected("a list"));
                let nothing = &mut Elements::new(&[], self.silenced());
                return self.settle_stand_in(visitor.visit_seq(nothing));
            }
        };
        let mut elements = Elements::new(list, self.place);
        let made = self.settle(visitor.visit_seq(&mut elements))?;
        // Elements that nobody asked for are an error, as they are in serde_json.
        if elements.are_left() {
            self.place.note(Fault::new(format!("must be a list of {}", elements.taken())));
        }
        Ok(made)
    }

    /// A map, or a struct with these fields.
    fn entries<'de, V: Visitor<'de>>(
        self,
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (map, place) = match self.value {
            Value::Object(map) => (Some(map), self.place),
            _ => {
                self.place.note(self.expected("a group of fields"));
                (None, self.silenced())
            }
        };
        if place.is_too_deep() {
            return Err(Fault::noted());
        }
        if let Some(fields) = fields {
            place.notes.met(place.shape(), fields);
        }
        let mut entries = Entries::new(map, fields.is_some(), place);
        visitor.visit_map(&mut entries).map_err(|fault| place.refuse_struct(entries.blame(fault)))
    }
}

impl IntoDeserializer<'_, Fault> for Collecting<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! scalars {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.scalar::<$type>() {
                Ok(value) => self.settle(visitor.$visit(value)),
                Err(fault) => {
                    self.place.note(fault);
                    self.settle_stand_in(visitor.$visit(<$type>::default()))
                }
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Collecting<'_> {
    type Error = Fault;

    scalars! {
        deserialize_bool visit_bool bool,
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
        deserialize_f32 visit_f32 f32,
        deserialize_f64 visit_f64 f64,
        deserialize_char visit_char char,
        deserialize_str visit_string String,
        deserialize_string visit_string String,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Array(_) if self.place.file().is_none() => self.list(visitor),
            Value::Object(_) => self.entries(None, visitor),
            // A file: what nobody reads as a text or a number.
            Value::Array(_) => self.deserialize_newtype_struct(FILE, visitor),
            _ => self.settle(Lenient(self.value.clone()).deserialize_any(visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if is_nothing(self.value) {
            return self.settle(visitor.visit_none());
        }
        self.settle(visitor.visit_some(self))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name != FILE {
            return self.settle(visitor.visit_newtype_struct(self));
        }
        if let Some(number) = self.place.file() {
            return self.settle(visitor.visit_bytes(&file_token(number)));
        }
        self.place.note(self.expected("a file"));
        self.settle_stand_in(visitor.visit_bytes(&file_token(NO_FILE)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.entries(None, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.entries(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (name, value) = match self.value {
            Value::String(name) if variants.contains(&name.as_str()) => (name.as_str(), &NOTHING),
            Value::Object(map) if map.len() == 1 => match map.iter().next() {
                Some((name, value)) => (name.as_str(), value),
                None => (Default::default(), &NOTHING),
            },
            _ => {
                self.place.note(self.expected(one_of(variants)));
                let place = self.silenced();
                if place.is_too_deep() {
                    return Err(Fault::noted());
                }
                let name = variants.first().copied().unwrap_or_default();
                let variant = Variant { name, value: &NOTHING, place };
                return self.settle_stand_in(visitor.visit_enum(variant));
            }
        };
        self.settle(visitor.visit_enum(Variant { name, value, place: self.place }))
    }

    read_as_their_like!();
}
