//! Configuration: the environment, the files of `config/` that read it, and all of it in one place.
//!
//! A config file is a function of [`Env`] that returns a plain struct. A value that cannot be understood does
//! not stop it: the default is used, the problem is kept, and the application reports all of them at once.
//!
//! ```
//! use lunox::config::{Config, Env};
//! use serde::Serialize;
//! use std::time::Duration;
//!
//! #[derive(Serialize)]
//! struct SessionConfig {
//!     driver: String,
//!     #[serde(serialize_with = "lunox::config::duration::serialize")]
//!     lifetime: Duration,
//! }
//!
//! fn session(env: &Env) -> SessionConfig {
//!     SessionConfig {
//!         driver: env.name("SESSION_DRIVER", "file"),
//!         lifetime: env.minutes("SESSION_LIFETIME", 120),
//!     }
//! }
//!
//! let env = Env::from_pairs([("SESSION_LIFETIME", "30")]);
//! let config = Config::new().with("session", session(&env));
//! env.problems().into_result()?;
//! assert_eq!(config.value("session.lifetime"), "30m");
//! assert_eq!(config.get::<SessionConfig>().unwrap().driver, "file");
//! # Ok::<(), lunox::error::BootError>(())
//! ```
//!
//! Variables come from the process first, then from `.env`. With `APP_ENV` set in the process to `testing`, say,
//! `.env.testing` is read instead if it exists. As in Laravel, `true`, `false`, `null` and `empty`, also in
//! parentheses, are not taken literally: `null` is as good as unset, `empty` is the empty text.

mod dotenv;
mod env;
mod environment;
mod getters;
mod repository;
mod secret;

pub use crate::support::Secret;
pub use dotenv::set_in_dotenv;
pub use env::{Env, Origin};
pub use environment::Environment;
pub use repository::Config;

pub use crate::support::duration;
