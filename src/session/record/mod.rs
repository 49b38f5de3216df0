//! What is stored: a head and the session's values, under a key.

mod csrf_token;
mod data;
mod guest_tokens;
mod key;
mod layout;
mod tag;
mod token;
mod unstorable;

pub(crate) use csrf_token::CsrfToken;
pub(crate) use data::{Data, look_up};
pub(crate) use guest_tokens::GuestTokens;
pub use key::{Key, ParseKeyError};
pub(crate) use layout::{Draft, HEAD, Head, Pointer, Record, decode, encode_end, encode_pointer};
pub use tag::Tag;
pub(crate) use token::{ClaimedToken, FreshToken, LiveToken};
pub(crate) use unstorable::Unstorable;
