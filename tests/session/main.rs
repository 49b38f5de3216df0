//! The rules of the session, one after the other, each with a test named for it.

mod asvs;
mod concurrency;
mod cookie_driver;
mod events;
mod faults;
mod lifetime;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
mod null_driver;
mod operating;
mod rules;
mod sealed;
mod support;
mod tokens;
mod values;
