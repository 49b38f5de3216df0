//! Where the sessions of an application are kept.

mod choose;
mod cookie;
mod home;
mod revoked;

pub(crate) use choose::{Choice, Factory};
pub(crate) use home::Backend;
