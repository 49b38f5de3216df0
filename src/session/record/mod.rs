//! What is stored: a head and the session's values, under a key.

mod csrf_token;
mod data;
mod key;
mod layout;
mod token;
mod unstorable;

pub(crate) use csrf_token::CsrfToken;
pub(crate) use data::Data;
pub use key::{Key, ParseKeyError};
pub(crate) use layout::{Draft, HEAD, Head, Pointer, Record, decode, encode_end, encode_pointer};
pub(crate) use token::{ClaimedToken, FreshToken, LiveToken};
pub(crate) use unstorable::Unstorable;
