//! `session:list`.

use super::Output;
use super::failure::Failure;
use crate::foundation::Application;
use crate::session::SessionManager;

/// What `session:list` takes.
#[derive(clap::Args)]
pub(super) struct SessionListArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn handle(
    app: &Application,
    args: &SessionListArgs,
    out: &Output,
) -> Result<(), Failure> {
    let manager = app.make::<SessionManager>()?;
    let Some(mut sessions) = manager.list().await? else {
        let driver = &manager.config().driver;
        return Err(Failure::Message(format!(
            "the session driver `{driver}` cannot list what it holds"
        )));
    };
    sessions.sort_by_key(|session| (session.created, session.id));
    if args.json {
        out.line(serde_json::to_string_pretty(&sessions)?);
        return Ok(());
    }
    let now = app.clock().unix();
    let minutes = |seconds: u64| format!("{} min", seconds / 60);
    let rows: Vec<Vec<String>> = sessions
        .iter()
        .map(|session| {
            vec![
                session.id.to_string(),
                minutes(now.saturating_sub(session.created)),
                minutes(session.expires.saturating_sub(now)),
                format!("{} B", session.bytes),
            ]
        })
        .collect();
    out.table(&["id", "age", "expires in", "size"], &rows);
    out.line(out.style().dim(&format!("  Showing [{}] sessions", rows.len())));
    Ok(())
}
