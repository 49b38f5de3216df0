//! The commands of an application: `cargo artisan`.
//!
//! The same binary serves and runs commands. Besides those that come with the framework an application has its
//! own: a [`Command`] with arguments typed by clap, listed in `app/console/mod.rs` or added by a provider with
//! [`Application::command`](crate::Application::command).

mod about;
mod command;
mod config_show;
mod key_generate;
mod make;
mod output;
mod project;
mod route_list;
mod run;
mod serve;
mod session_list;
pub mod skeleton;

pub use command::{BoxCommand, Command, command};
pub use output::Output;
pub use run::{Console, run};
