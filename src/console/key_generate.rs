//! `key:generate`.

use std::path::Path;

use super::Output;
use super::run::Failure;
use crate::config::{Env, set_in_dotenv};
use crate::foundation::AppKey;

/// What `key:generate` takes.
#[derive(clap::Args)]
pub(super) struct KeyGenerateArgs {
    /// Print the key and write nothing
    #[arg(long)]
    show: bool,
    /// Replace a key that is there, in production too
    #[arg(long)]
    force: bool,
}

pub(super) fn handle(args: &KeyGenerateArgs, base: &Path, out: &Output) -> Result<(), Failure> {
    let key = AppKey::generate()
        .map_err(|error| Failure::Message(format!("no random bytes: {error}")))?;
    if args.show {
        out.line(key.to_env());
        return Ok(());
    }
    let env = Env::load(base);
    let replaces = env.optional("APP_KEY").is_some();
    if replaces
        && !args.force
        && !out.confirm("There is a key; what it sealed will not open again. Replace it?")
    {
        return Err(Failure::Message("there is a key already; --force replaces it".to_owned()));
    }
    let path = base.join(".env");
    set_in_dotenv(&path, "APP_KEY", &key.to_env())?;
    out.success("APP_KEY is set in .env");
    Ok(())
}
