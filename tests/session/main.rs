//! The rules of the session, one after the other, each with a test named for it.

mod asvs;
mod concurrency;
mod cookie_driver;
mod faults;
mod lifetime;
mod log;
mod null_driver;
mod rules;
mod sealed;
mod support;
mod tokens;
mod values;
