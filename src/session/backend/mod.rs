//! Where the sessions of an application are kept.

mod cookie;
mod place;
mod revoked;

pub(crate) use cookie::{Carried, CookiePlace};
pub(crate) use place::{Known, Place};
pub(crate) use revoked::{Life, Succession};
