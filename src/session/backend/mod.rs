//! Where the sessions of an application are kept: finding them there, carrying out what a commit has planned, and ending
//! them.

#[allow(clippy::module_inception, reason = "`Backend` is what this folder is about")]
mod backend;
mod choose;
mod cookie;
mod end;
mod renewed;
mod revoked;
mod store;

pub(crate) use backend::{Backend, DriverBackend};
pub(crate) use choose::{Choice, Factory};
