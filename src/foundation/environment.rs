//! The environment of a real process: `.env`, made when a developer has none yet.

use std::io;
use std::path::Path;

use super::AppKey;
use crate::config::{Env, Environment, Origin, set_in_dotenv};
use crate::error::{BootError, BootProblem};

/// Reads the environment. Locally, a missing `.env` or APP_KEY is made, with a line that says so.
pub(super) fn load(base: &Path) -> Result<Env, BootError> {
    let env = Env::load(base);
    if env.environment() != Environment::Local && !is_fresh_checkout(base, &env) {
        return Ok(env);
    }
    match prepare(base, &env) {
        Ok(false) => Ok(env),
        Ok(true) => Ok(Env::load(base)),
        Err(error) => Err(BootProblem::new(".env", format!("it cannot be written: {error}"))
            .cure("make the application's folder writable, or set APP_KEY in the environment")
            .into()),
    }
}

/// Nobody has said where this runs, it was built for development, and the example says how to start.
fn is_fresh_checkout(base: &Path, env: &Env) -> bool {
    cfg!(debug_assertions)
        && env.optional("APP_ENV").is_none()
        && !base.join(".env").exists()
        && base.join(".env.example").exists()
}

/// Whether anything was written.
fn prepare(base: &Path, env: &Env) -> io::Result<bool> {
    let path = base.join(".env");
    let mut written = false;
    if !path.exists() && (env.optional("APP_KEY").is_none() || is_fresh_checkout(base, env)) {
        let example = std::fs::read_to_string(base.join(".env.example")).unwrap_or_default();
        std::fs::write(&path, example)?;
        eprintln!("  made .env from .env.example");
        written = true;
    }
    let env = Env::load(base);
    // An empty APP_KEY of the process hides the one of the file, which must not be lost for that.
    let hidden = env.origin("APP_KEY") == Some(&Origin::Process);
    if env.optional("APP_KEY").is_none() && !hidden {
        let key = AppKey::generate().map_err(io::Error::other)?;
        set_in_dotenv(&path, "APP_KEY", &key.to_env())?;
        eprintln!("  made an APP_KEY and put it into .env");
        written = true;
    }
    Ok(written)
}
