//! Accounts, from a visitor's side.

#![cfg(all(feature = "default", feature = "auth"))]

mod abilities;
mod attacks;
mod boot;
mod devices;
mod guard;
mod interleaved;
#[path = "../session/log.rs"]
mod log;
mod middleware;
mod passwords;
mod remember;
mod reset;
mod stores;
mod support;
mod timing;
