//! Tests that start the real program and speak TCP to it.
//!
//! Each starts a server of its own on a free port, in a folder of its own; nothing is shared and nothing sleeps:
//! what has to be waited for is polled until a deadline.

#![cfg(all(unix, feature = "default"))]
#![allow(clippy::unwrap_used, reason = "what helps a test may panic like the test")]

#[cfg(target_os = "linux")]
mod attack;
mod bad_environment;
mod bad_requests;
mod bodies;
mod chromium;
mod damage;
mod deployment;
mod files;
mod forms_in_a_browser;
mod log;
mod open_files;
mod process;
mod sessions;
mod slow_clients;
mod stopping;
mod wire;
