//! The rules of the session, one after the other, each with a test named for it.

mod asvs;
mod concurrency;
mod events;
mod faults;
mod lifetime;
#[cfg(feature = "metrics")]
mod metrics;
mod operating;
mod rules;
mod support;
mod tokens;
mod values;
