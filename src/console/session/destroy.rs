//! `session:destroy`: ends one session, or all.

use clap::Args;

use super::{Output, text};
use crate::console::failure::Failure;
use crate::session::SessionManager;

#[derive(Args)]
pub(in crate::console) struct DestroyArgs {
    /// The public id, or the beginning of it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// Ends every session: everybody is logged out
    #[arg(long)]
    all: bool,
    /// Does not ask
    #[arg(long)]
    force: bool,
}

pub(super) async fn handle(
    manager: &SessionManager,
    args: &DestroyArgs,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    let Some(prefix) = args.id.as_deref() else {
        confirm("End every session? Everybody is logged out.", args.force, out)?;
        let count = manager.destroy_all().await?;
        out.success(format_args!("{} ended", text::sessions(count)));
        return Ok(());
    };
    let session = super::one(manager, prefix).await?.summary;
    let age = text::duration(now.saturating_sub(session.created));
    let size = text::bytes(session.bytes as u64);
    confirm(&format!("End the session {} ({age} old, {size})?", session.id), args.force, out)?;
    if !manager.destroy(session.id).await? {
        return Err(Failure::refused(format!(
            "the session {} has just ended by itself",
            session.id
        )));
    }
    out.success(format_args!("the session {} is ended", session.id));
    Ok(())
}

fn confirm(question: &str, force: bool, out: &Output) -> Result<(), Failure> {
    if force || out.confirm(question) {
        return Ok(());
    }
    let why =
        if out.is_interactive() { "" } else { " Nobody is here to answer; --force goes without." };
    Err(Failure::refused(format!("{question} Nothing was ended.{why}")))
}
