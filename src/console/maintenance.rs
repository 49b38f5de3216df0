//! `down` and `up`: whether requests are answered.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use clap::Args;

use super::Output;
use super::failure::Failure;
use crate::foundation::Application;
use crate::foundation::Down;

#[derive(Args)]
pub(super) struct DownArgs {
    /// Lets visitors pass who come by this path: letters, digits, `-` and `_`, at least eight
    #[arg(long)]
    secret: Option<String>,
    /// Seconds after which clients may ask again
    #[arg(long)]
    retry: Option<u64>,
    /// Seconds after which browsers ask again by themselves
    #[arg(long)]
    refresh: Option<u64>,
}

pub(super) fn down(app: &Application, args: DownArgs, out: &Output) -> Result<(), Failure> {
    let DownArgs { secret, retry, refresh } = args;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if secret.as_ref().is_some_and(|secret| secret.len() < 8 || !secret.bytes().all(allowed)) {
        return Err(Failure::refused(
            "--secret takes at least eight letters, digits, `-` and `_`: whoever guesses it passes",
        ));
    }
    let file = Down::file(app);
    let folder = app.storage_path("framework");
    std::fs::create_dir_all(&folder)?;
    let text = serde_json::to_vec(&Down { secret: secret.clone(), retry, refresh })
        .map_err(io::Error::other)?;
    // In one step, so that no request reads half of it.
    let written = file.with_extension("new");
    write_for_owner(&written, &text)?;
    std::fs::rename(&written, &file)?;
    out.success("the application is down for maintenance; `up` ends it");
    if let Some(secret) = secret {
        out.line(format!("  Whoever opens /{secret} passes for 12 hours."));
    }
    Ok(())
}

/// The secret is for its owner alone.
fn write_for_owner(file: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text)
}

pub(super) fn up(app: &Application, out: &Output) -> Result<(), Failure> {
    match std::fs::remove_file(Down::file(app)) {
        Ok(()) => out.success("the application is up"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => out.line("  it is up already"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
