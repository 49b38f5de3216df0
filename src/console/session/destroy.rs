//! `session:destroy`: ends one session, or all.

use clap::Args;
use uuid::Uuid;

use super::{Output, text};
use crate::console::failure::Failure;
use crate::foundation::Application;
use crate::session::SessionManager;

#[derive(Args)]
pub(in crate::console) struct DestroyArgs {
    /// The public id, or the beginning of it
    #[arg(required_unless_present_any = ["all", "user"], conflicts_with_all = ["all", "user"])]
    id: Option<String>,
    /// Ends every session: everybody is logged out
    #[arg(long)]
    all: bool,
    /// Ends every session of this user, and forgets the remembered devices: the identifier, such as 7
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    user: Option<String>,
    /// Does not ask
    #[arg(long)]
    force: bool,
}

pub(super) async fn handle(
    app: &Application,
    manager: &SessionManager,
    args: &DestroyArgs,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    if let Some(user) = &args.user {
        return of_user(app, manager, user, args.force, out).await;
    }
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

async fn of_user(
    app: &Application,
    manager: &SessionManager,
    user: &str,
    force: bool,
    out: &Output,
) -> Result<(), Failure> {
    let sessions = super::of_user(manager, user)?;
    if sessions.list().await?.is_none() {
        return Err(super::no_index(manager));
    }
    confirm(&format!("End every session of the user {user}?"), force, out)?;
    forget_devices(app, user).await?;
    // No session has this id.
    let count = sessions.end_others(Uuid::nil()).await?;
    out.success(format_args!("{} of the user {user} ended", text::sessions(count)));
    Ok(())
}

/// Before the sessions: a remembered device begins another.
#[cfg(feature = "auth")]
async fn forget_devices(app: &Application, user: &str) -> Result<(), Failure> {
    match app.make::<crate::auth::Auth>() {
        Ok(auth) => Ok(auth.forget_all_remembered(user).await?),
        Err(_) => Ok(()),
    }
}

#[cfg(not(feature = "auth"))]
async fn forget_devices(_: &Application, _: &str) -> Result<(), Failure> {
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
