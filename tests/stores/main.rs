//! Sessions in stores that several processes share, on real servers that the tests start.

#[path = "../layer/asking.rs"]
#[allow(dead_code, reason = "some of it is for the tests of the layer")]
mod asking;
mod boot;
mod outages;
#[path = "../server/process.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "some of it is for the tests of the server")]
mod process;
mod processes;
mod redis;
#[path = "../servers/mod.rs"]
mod servers;
#[path = "../server/wire.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "some of it is for the tests of the server")]
mod wire;
