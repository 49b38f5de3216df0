//! Listening, and stopping well.
//!
//! hyper's `http1` connections, on clear text, with an alarm: a connection that sends nothing, or half a head, is
//! closed in time (hyper-util's `auto` builder never closes a silent one). TLS is a proxy's work for now.
//!
//! | limit | option of [`ServerConfig`] | what happens |
//! |---|---|---|
//! | time for a head, and for the next one on a kept connection | `header_timeout` | closed |
//! | time in which a client takes nothing, or less than 256 bytes a second, of what waits to be sent | `write_timeout` | closed |
//! | size of a head | `max_header_bytes` | 431, closed |
//! | open connections | `max_connections` | the next one waits to be accepted |
//! | time for requests in flight after SIGTERM | `shutdown_timeout` | cut |
//!
//! A client that is answered before all of its request was read (413, 408, 400) may go on to send for two seconds,
//! which is forgotten: closing at once would reset the connection and could take the answer with it.
//!
//! Limits of bodies are in `config/http.rs`.

mod activity;
mod config;
mod connection;
mod head_alarm;
mod linger;
mod listen;
mod runtime;
mod send_queue;
mod stop;
mod write_timeout;

pub use config::ServerConfig;
pub use listen::{bind, serve};
pub use runtime::runtime;
pub use stop::stop_signal;
#[cfg(feature = "console")]
pub(crate) use stop::stop_signal_then;
