//! The commands of an application: `cargo artisan`.
//!
//! The same binary serves and runs commands. Without a command it serves.
//!
//! | command | the application | what it does |
//! |---|---|---|
//! | `serve` | boots | answers requests until Ctrl+C or SIGTERM |
//! | `route:list` | boots | lists the routes |
//! | `session:list` | boots | lists the living sessions, without their values |
//! | `session:show` | boots | shows a session, its values hidden |
//! | `session:destroy` | boots | ends a session, or all of them |
//! | `session:prune` | boots | removes expired sessions now |
//! | `session:stats` | boots | counts sessions and says how large and how old they are |
//! | `migrate`, `migrate:status`, `migrate:rollback` | is loaded | apply migrations, list them, take the last one back |
//! | `config:show` | is loaded | prints options; secrets stay hidden |
//! | `about` | is loaded | says where and with which drivers the application runs |
//! | `key:generate` | is not touched | writes an APP_KEY to `.env` |
//! | `make:*` | is not touched | write a file and register what is in it |
//!
//! Besides these an application has its own: a [`Command`] with arguments typed by clap, listed in
//! `app/console/mod.rs` or added by a provider with [`Application::command`](crate::Application::command).
//! They run on a booted application, whose providers are shut down afterwards.

mod about;
mod args;
mod command;
mod config_show;
mod failure;
mod key_generate;
mod listing;
mod maintenance;
mod make;
#[cfg(feature = "database")]
mod migrate;
mod output;
mod route_list;
mod run;
mod serve;
mod session;
mod storage_link;
mod style;

pub use command::{BoxCommand, Command, command};
pub use output::Output;
pub use run::{Console, run};
