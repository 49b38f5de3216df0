//! The deserializer behind [`from_input`](super::from_input): JSON, with strings read as what is asked.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};
use serde_json::Value;

use super::fault::{Fault, one_of};

/// A JSON value that is read as leniently as a form needs.
pub(super) struct Lenient(pub(super) Value);

impl Lenient {
    fn whole_number(&self) -> Result<i128, Fault> {
        let number = match &self.0 {
            Value::Number(number) => {
                number.as_i64().map(i128::from).or(number.as_u64().map(i128::from))
            }
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| Fault::expected(&self.0, "a whole number"))
    }

    fn number(&self) -> Result<f64, Fault> {
        let number = match &self.0 {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => {
                text.trim().parse().ok().filter(|number: &f64| number.is_finite())
            }
            _ => None,
        };
        number.ok_or_else(|| Fault::expected(&self.0, "a number"))
    }

    fn truth(&self) -> Option<bool> {
        let text = match &self.0 {
            Value::Bool(truth) => return Some(*truth),
            // An empty field, after `convert_empty_strings_to_null`.
            Value::Null => return Some(false),
            Value::String(text) => text.trim(),
            _ => return None,
        };
        let is = |word: &&str| word.eq_ignore_ascii_case(text);
        if ["1", "true", "on", "yes"].iter().any(is) {
            return Some(true);
        }
        ["0", "false", "off", "no", ""].iter().any(is).then_some(false)
    }
}

impl IntoDeserializer<'_, Fault> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The shapes that are read as another one is.
macro_rules! read_as_their_like {
    () => {
        fn deserialize_tuple<V: Visitor<'de>>(
            self,
            _: usize,
            visitor: V,
        ) -> Result<V::Value, Fault> {
            self.deserialize_seq(visitor)
        }

        fn deserialize_tuple_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            _: usize,
            visitor: V,
        ) -> Result<V::Value, Fault> {
            self.deserialize_seq(visitor)
        }

        fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.deserialize_str(visitor)
        }

        fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.visit_unit()
        }

        serde::forward_to_deserialize_any! { bytes byte_buf unit unit_struct }
    };
}

#[cfg(feature = "validation")]
pub(super) use read_as_their_like;

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = <$type>::try_from(self.whole_number()?).map_err(|_| {
                Fault::new(format!("must be a whole number from {} to {}", <$type>::MIN, <$type>::MAX))
            })?;
            visitor.$visit(number)
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Fault;

    whole_numbers! {
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
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.truth() {
            Some(truth) => visitor.visit_bool(truth),
            None => Err(Fault::expected(&self.0, "true or false")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        // By way of its digits: the nearest f32 of the nearest f64 may be the neighbour of what was written.
        let digits = self.number()?.to_string();
        let number: f32 = digits.parse().map_err(|_| Fault::expected(&self.0, "a number"))?;
        // A number that only an f64 can hold would turn into infinity.
        if !number.is_finite() {
            return Err(Fault::new("must be a smaller number"));
        }
        visitor.visit_f32(number)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut chars = self.0.as_str().unwrap_or_default().chars();
        match (chars.next(), chars.next()) {
            (Some(only), None) => visitor.visit_char(only),
            _ => Err(Fault::expected(&self.0, "a single character")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            other => Err(Fault::expected(&other, "text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0 {
            Value::Null => visitor.visit_none(),
            Value::String(text) if text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Array(list) = self.0 else {
            return Err(Fault::expected(&self.0, "a list"));
        };
        let mut elements = SeqDeserializer::new(list.into_iter().map(Lenient));
        let value = visitor.visit_seq(&mut elements)?;
        // Elements that nobody asked for are an error, as they are in serde_json.
        elements.end()?;
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Object(map) = self.0 else {
            return Err(Fault::expected(&self.0, "a group of fields"));
        };
        let entries =
            map.into_iter().map(|(key, value)| (Lenient(Value::String(key)), Lenient(value)));
        visitor.visit_map(MapDeserializer::new(entries))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(name) if variants.contains(&name.as_str()) => {
                visitor.visit_enum(Variant { name, value: Value::Null })
            }
            Value::Object(map) if map.len() == 1 => {
                let (name, value) = map.into_iter().next().unwrap_or_default();
                visitor.visit_enum(Variant { name, value })
            }
            other => Err(Fault::expected(&other, one_of(variants))),
        }
    }

    read_as_their_like!();
}

/// An enum's variant by name, with its data or null.
struct Variant {
    name: String,
    value: Value,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Fault;
    type Variant = Lenient;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Lenient), Fault> {
        Ok((seed.deserialize(self.name.into_deserializer())?, Lenient(self.value)))
    }
}

impl<'de> VariantAccess<'de> for Lenient {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self.0.is_null() { Ok(()) } else { Err(Fault::new("takes no data")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }
}
