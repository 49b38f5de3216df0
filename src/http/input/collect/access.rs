//! The parts of a list, a struct, a map and a variant.

use std::collections::VecDeque;

use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::Value;

use super::super::fault::{Fault, REQUIRED};
use super::super::lenient::Lenient;
use super::place::{At, Place};
use super::value::{Collecting, NOTHING, is_nothing};
use crate::support::dot::JsonMap;

pub(super) struct Elements<'p> {
    list: std::iter::Enumerate<std::slice::Iter<'p, Value>>,
    taken: usize,
    place: Place<'p>,
}

impl<'p> Elements<'p> {
    pub(super) fn new(list: &'p [Value], place: Place<'p>) -> Self {
        Self { list: list.iter().enumerate(), taken: 0, place }
    }

    pub(super) fn are_left(&self) -> bool {
        self.list.len() > 0
    }

    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    fn is_hidden(&self, index: usize) -> bool {
        let notes = self.place.notes;
        let hidden =
            notes.hides_anything() && notes.is_hidden(&self.place.child(&index.to_string()));
        if hidden {
            // The elements behind it move up, so that garde would name the wrong ones.
            notes.stand_in(self.place.path());
        }
        hidden
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        while let Some((index, value)) = self.list.next() {
            if self.is_hidden(index) {
                continue;
            }
            self.taken += 1;
            let name = index.to_string();
            let at = self.place.at.below(&name, true);
            let element = Collecting { value, place: Place { at: &at, ..self.place } };
            return seed.deserialize(element).map(Some);
        }
        Ok(None)
    }
}

pub(super) struct Entries<'p> {
    entries: VecDeque<(String, &'p Value)>,
    /// The value whose key was read last.
    next: Option<(String, &'p Value)>,
    /// Fields that were added as null.
    added: Vec<String>,
    is_struct: bool,
    place: Place<'p>,
}

impl<'p> Entries<'p> {
    pub(super) fn new(map: Option<&'p JsonMap>, is_struct: bool, place: Place<'p>) -> Self {
        // An empty field of a struct counts as absent: it may have a default. Fields behind `flatten` come as a map.
        let drops_empty = is_struct || place.is_root();
        let hidden =
            |name: &str| place.notes.hides_anything() && place.notes.is_hidden(&place.child(name));
        let left_out =
            |(name, value): &(&String, &Value)| (drops_empty && is_nothing(value)) || hidden(name);
        let map = map.into_iter().flatten().filter(|entry| !left_out(entry));
        let mut entries: VecDeque<_> = map.map(|(name, value)| (name.clone(), value)).collect();
        let mut added = if is_struct { place.notes.required(&place.shape()) } else { Vec::new() };
        added.retain(|field| !hidden(field) && !entries.iter().any(|(name, _)| name == field));
        entries.extend(added.iter().map(|field| (field.clone(), &NOTHING)));
        Self { entries, next: None, added, is_struct, place }
    }

    /// Completes what a visitor said about the entries.
    pub(super) fn blame(&self, mut fault: Fault) -> Fault {
        // The field was sent under another of its names: it is not missing, and the next pass adds nothing.
        let twice = fault.field.as_ref().filter(|_| fault.text == "is given twice");
        if let Some(field) = twice.filter(|field| self.added.contains(field)) {
            self.place.notes.hide(self.place.child(field));
            return Fault::noted();
        }
        if fault.field.is_none() && !fault.is_noted() && !self.is_struct {
            fault.field = self.next.as_ref().map(|(name, _)| name.clone());
        }
        fault
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.next = self.entries.pop_front();
        let Some((name, _)) = &self.next else { return Ok(None) };
        seed.deserialize(Lenient(Value::String(name.clone()))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((name, value)) = self.next.take() else { return Err(Fault::noted()) };
        let at = self.place.at.below(&name, !self.is_struct);
        let mut place = Place { at: &at, ..self.place };
        if self.added.contains(&name) {
            // Some types accept null, which does not make the field optional.
            place.note(Fault::new(REQUIRED));
            place.silent = true;
        }
        seed.deserialize(Collecting { value, place })
    }
}

/// An enum's variant by name, with its data or null.
pub(super) struct Variant<'p> {
    pub(super) name: &'p str,
    pub(super) value: &'p Value,
    pub(super) place: Place<'p>,
}

impl<'p> Variant<'p> {
    fn with<T>(self, read: impl FnOnce(Collecting<'_>) -> T) -> T {
        let at: At<'_> = self.place.at.below(self.name, false);
        read(Collecting { value: self.value, place: Place { at: &at, ..self.place } })
    }
}

impl<'de, 'p> EnumAccess<'de> for Variant<'p> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        Ok((seed.deserialize(self.name.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if !self.value.is_null() {
            self.place.note(Fault::new("takes no data"));
        }
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        self.with(|value| seed.deserialize(value))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        use serde::Deserializer;
        self.with(|value| value.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        use serde::Deserializer;
        self.with(|value| value.deserialize_struct("", fields, visitor))
    }
}
