//! The rules of the session, one after the other, each with a test named for it.

mod asvs;
mod concurrency;
mod faults;
mod lifetime;
mod rules;
mod support;
mod tokens;
mod values;
