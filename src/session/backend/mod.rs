//! Where the sessions of an application are kept.

#[allow(clippy::module_inception, reason = "`Backend` is what this folder is about")]
mod backend;
mod choose;
mod cookie;
mod revoked;

pub(crate) use backend::Backend;
pub(crate) use choose::{Choice, Factory};
