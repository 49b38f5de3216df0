//! `session:*`: what the store holds, for who operates the application.

mod destroy;
mod list;
mod prune;
mod show;
mod stats;
#[cfg(test)]
mod tests;
mod text;

use super::Output;
use super::failure::Failure;
use crate::foundation::Application;
use crate::session::{Reach, SessionManager, StoredSession, UserSessions};

use self::destroy::DestroyArgs;
use self::list::ListArgs;
use self::show::ShowArgs;
use self::stats::StatsArgs;

#[derive(clap::Subcommand)]
pub(super) enum SessionCommand {
    /// Ends a session, or all of them
    #[command(name = "session:destroy")]
    Destroy(DestroyArgs),
    /// Lists the living sessions, without their values
    #[command(name = "session:list")]
    List(ListArgs),
    /// Removes expired sessions now
    #[command(name = "session:prune")]
    Prune,
    /// Shows a session, its values hidden
    #[command(name = "session:show")]
    Show(ShowArgs),
    /// Counts sessions and says how large and how old they are
    #[command(name = "session:stats")]
    Stats(StatsArgs),
}

pub(super) async fn handle(
    app: &Application,
    command: SessionCommand,
    out: &Output,
) -> Result<(), Failure> {
    let manager = app.make::<SessionManager>()?;
    within_reach(&manager).await?;
    let now = app.clock().unix();
    match command {
        SessionCommand::Destroy(args) => destroy::handle(app, &manager, &args, now, out).await,
        SessionCommand::List(args) => list::handle(&manager, &args, now, out).await,
        SessionCommand::Prune => prune::handle(&manager, out).await,
        SessionCommand::Show(args) => show::handle(&manager, &args, now, out).await,
        SessionCommand::Stats(args) => stats::handle(&manager, &args, out).await,
    }
}

/// Refuses where this process cannot see the sessions: "0 sessions" would be wrong.
async fn within_reach(manager: &SessionManager) -> Result<(), Failure> {
    let why = match manager.backend()?.reach() {
        Reach::Everyone => return Ok(()),
        Reach::ThisProcess
            if manager.batches().next().await?.is_some_and(|batch| !batch.is_empty()) =>
        {
            return Ok(());
        }
        Reach::ThisProcess => {
            "keeps sessions in the memory of the server's process, and this command is another process.\n  \
             Set SESSION_DRIVER=file to keep them where commands see them; to end all sessions now, restart \
             the server"
        }
        Reach::Visitors => {
            "keeps sessions in the visitors' cookies: the server holds nothing to look at or to remove.\n  \
             Another APP_KEY, without the old one in APP_PREVIOUS_KEYS, ends all of them"
        }
        Reach::Nobody => "keeps no sessions",
    };
    let driver = &manager.config().driver;
    Err(Failure::refused(format!("the session driver `{driver}` {why}")))
}

/// The sessions of a user, whom the guard of `AuthServiceProvider` names by the identifier.
fn of_user<'m>(manager: &'m SessionManager, user: &str) -> Result<UserSessions<'m>, Failure> {
    UserSessions::of(manager, "web", user)
        .ok_or_else(|| Failure::refused("APP_KEY is not set, by which sessions of users are found"))
}

fn no_index(manager: &SessionManager) -> Failure {
    let driver = &manager.config().driver;
    Failure::refused(format!(
        "the session driver `{driver}` keeps no index of the sessions of a user"
    ))
}

/// The one session whose id begins so.
async fn one(manager: &SessionManager, prefix: &str) -> Result<StoredSession, Failure> {
    let digits = prefix.chars().filter(|c| *c != '-').count();
    // What is not an id is not repeated: it may be a token that somebody copied from a cookie.
    if digits == 0 || digits > 32 || !prefix.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
        return Err(Failure::refused(
            "that is no session id, nor the beginning of one; session:list shows the ids",
        ));
    }
    let mut found = manager.find(prefix).await?;
    match (found.pop(), found.len()) {
        (Some(session), 0) => Ok(session),
        (None, _) => Err(Failure::refused(format!(
            "no living session has an id that begins with `{prefix}`; session:list shows the ids"
        ))),
        (Some(last), _) => {
            found.push(last);
            let ids: Vec<String> =
                found.iter().map(|session| format!("\n  {}", session.summary.id)).collect();
            Err(Failure::refused(format!(
                "several sessions have an id that begins with `{prefix}`; type more of it:{}",
                ids.concat()
            )))
        }
    }
}
