//! What visitors send: forms, query strings, uploads, and what they ask to get back.
//!
//! These are the parts below `HttpRequest`; an application meets most of them through it.
//!
//! # Names in forms
//!
//! [`parse_form`] reads query strings and `application/x-www-form-urlencoded` bodies, and
//! `read_multipart` names its fields the same way:
//!
//! | sent | read |
//! |---|---|
//! | `a=1&a=2` | `{"a": "2"}`: the later wins |
//! | `a[]=1&a[]=2` | `{"a": ["1", "2"]}` |
//! | `a[b]=1&a[c][]=2` | `{"a": {"b": "1", "c": ["2"]}}` |
//! | `a[0][n]=x&a[1][n]=y` | `{"a": [{"n": "x"}, {"n": "y"}]}` |
//! | `a[3]=x&a[]=y` | `{"a": {"3": "x", "4": "y"}}`: indexes that do not run from 0 are names |
//! | `a=1&a[b]=2` | `{"a": {"b": "2"}}`: the later wins |
//! | `a[b=1` | `{"a[b": "1"}`: brackets that do not pair are letters |
//! | `a&=x` | `{"a": ""}`: a missing value is an empty string; a pair without a name is ignored |
//!
//! Values are strings; [`from_input`] turns them into the types that a struct asks for.
//!
//! # Normalisation
//!
//! Two global middleware of a new project's `app/http/kernel.rs` change text as Laravel's `TrimStrings` and
//! `ConvertEmptyStringsToNull` do, in query, form and JSON, lists included. `req.bytes()` stays what was sent.
//!
//! | name | what it does |
//! |---|---|
//! | `trim_strings` | removes white space and invisible characters at both ends, except from passwords (`*password*`, `*passwd*`, `*passphrase*`, `*passcode*`, `*pwd`), at any depth and in any case and spelling. `trim_strings:bio,code*` names further fields |
//! | `convert_empty_strings_to_null` | makes null of empty text: `input::<String>(..)` is `None` then, `filled` false, and `has` still true |
//!
//! # Limits
//!
//! Everything a visitor can make long has a bound: pairs and nesting of a form ([`FormLimits`]), values and nesting
//! of JSON ([`JsonLimits`]), bytes, parts, names and headers of an upload (`UploadLimits`). Beyond it the answer is 413, for bytes that
//! make no sense 400, and for input that does not fit the struct 422 with the field's name.

#[cfg(feature = "validation")]
mod collect;
mod error;
mod fault;
mod field_names;
mod form;
mod json;
mod lenient;
mod nest;
mod pattern;
mod typed;

#[cfg(feature = "validation")]
pub(crate) use collect::{Collected, collect};
#[cfg(all(feature = "validation", feature = "uploads"))]
pub(crate) use collect::{FILE, NO_FILE, file_number};
pub use error::InputError;
pub(crate) use field_names::FieldNames;
pub(crate) use form::parse_query_string;
pub use form::{FormLimits, parse_form};
pub use json::{JsonLimits, from_value, parse_json};
#[cfg(feature = "uploads")]
pub(crate) use nest::Nest;
pub use pattern::is_match;
pub use typed::from_input;

pub use crate::support::media_type::{
    accepts_any, accepts_html, is_json_content, names_type, wants_json,
};
