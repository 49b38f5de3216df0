//! The rules of the session, one after the other, each with a test named for it.

#![cfg(feature = "default")]

mod asvs;
mod caches;
mod concurrency;
mod cookie_driver;
mod damage;
mod events;
mod faults;
mod fixation;
mod flash;
mod floats;
mod forgotten;
mod guests;
mod hostile;
mod late;
mod lifetime;
mod log;
mod logout;
#[cfg(feature = "metrics")]
mod metrics;
mod null_driver;
mod operating;
mod pages;
mod plain_http;
mod renewal;
mod rules;
mod sealed;
mod size;
mod support;
mod tokens;
mod unavailable;
mod values;
