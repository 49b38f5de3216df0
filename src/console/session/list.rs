//! `session:list`: the living sessions, a line each.

use clap::{Args, ValueEnum};

use super::{Output, text};
use crate::console::failure::Failure;
use crate::session::{SessionManager, SessionSummary};

/// How many a person looks at.
const SHOWN: usize = 100;

#[derive(Args)]
pub(in crate::console) struct ListArgs {
    /// Shows so many; 100 unless told, and all as JSON
    #[arg(long, value_name = "COUNT", conflicts_with = "all")]
    limit: Option<usize>,
    /// Shows all of them, in the order of the store
    #[arg(long)]
    all: bool,
    /// Shows those in which this user is logged in: the identifier, such as 7
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    user: Option<String>,
    /// What comes first
    #[arg(long, value_enum, default_value_t = Sort::Newest, conflicts_with = "all")]
    sort: Sort,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Newest,
    Oldest,
    Largest,
    /// Those that die first if nothing uses them
    Expiring,
}

impl Sort {
    /// Smaller comes first.
    fn rank(self, session: &SessionSummary) -> (u64, uuid::Uuid) {
        let rank = match self {
            Self::Newest => u64::MAX - session.created,
            Self::Oldest => session.created,
            Self::Largest => u64::MAX - session.bytes as u64,
            Self::Expiring => session.expires,
        };
        (rank, session.id)
    }
}

pub(super) async fn handle(
    manager: &SessionManager,
    args: &ListArgs,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    if let Some(user) = &args.user {
        return of_user(manager, user, args, now, out).await;
    }
    if args.all || (args.json && args.limit.is_none()) {
        return every(manager, args.json, now, out).await;
    }
    let limit = args.limit.unwrap_or(SHOWN);
    let (sessions, total) = first(manager, args.sort, limit).await?;
    show(&sessions, total, args.json, now, out)
}

/// Those of one user, by the driver's index.
async fn of_user(
    manager: &SessionManager,
    user: &str,
    args: &ListArgs,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    let Some(found) = super::of_user(manager, user)?.list().await? else {
        return Err(super::no_index(manager));
    };
    let mut sessions: Vec<_> = found.into_iter().map(|session| session.summary).collect();
    let total = sessions.len() as u64;
    sessions.sort_unstable_by_key(|session| args.sort.rank(session));
    sessions.truncate(args.limit.unwrap_or(if args.json { usize::MAX } else { SHOWN }));
    show(&sessions, total, args.json, now, out)
}

fn show(
    sessions: &[SessionSummary],
    total: u64,
    json: bool,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    if json {
        out.line(serde_json::to_string_pretty(sessions)?);
        return Ok(());
    }
    out.line(head(out));
    sessions.iter().for_each(|session| out.line(row(session, now)));
    let hint = if (sessions.len() as u64) < total { "; --limit and --all show more" } else { "" };
    let total = text::sessions(total);
    let shown = text::count(sessions.len() as u64);
    out.line(out.style().dim(&format!("  Showing [{shown}] of {total}{hint}")));
    Ok(())
}

/// The first sessions in some order, and how many there are: memory holds no more than twice what is shown.
async fn first(
    manager: &SessionManager,
    sort: Sort,
    limit: usize,
) -> Result<(Vec<SessionSummary>, u64), Failure> {
    let mut first: Vec<SessionSummary> = Vec::new();
    let mut total = 0;
    let mut batches = manager.batches();
    while let Some(batch) = batches.next().await? {
        total += batch.len() as u64;
        first.extend(batch);
        first.sort_unstable_by_key(|session| sort.rank(session));
        first.truncate(limit);
    }
    Ok((first, total))
}

/// All of them, written batch by batch.
async fn every(
    manager: &SessionManager,
    json: bool,
    now: u64,
    out: &Output,
) -> Result<(), Failure> {
    let mut total = 0;
    let mut batches = manager.batches();
    if !json {
        out.line(head(out));
    }
    // A line a session: an array for JSON readers, and lines for `grep`.
    let mut before: Option<String> = None;
    while let Some(batch) = batches.next().await? {
        total += batch.len() as u64;
        for session in &batch {
            if !json {
                out.line(row(session, now));
                continue;
            }
            let opening = if before.is_none() { "[" } else { " " };
            if let Some(line) =
                before.replace(format!("{opening}{}", serde_json::to_string(session)?))
            {
                out.line(format_args!("{line},"));
            }
        }
    }
    match (json, before) {
        (true, Some(line)) => out.line(format_args!("{line}]")),
        (true, None) => out.line("[]"),
        (false, _) => {
            out.line(out.style().dim(&format!("  Showing all [{}]", text::sessions(total))));
        }
    }
    Ok(())
}

fn head(out: &Output) -> String {
    out.style().dim(&columns(["id", "age", "expires in", "size"]))
}

fn row(session: &SessionSummary, now: u64) -> String {
    columns([
        &session.id.to_string(),
        &text::duration(now.saturating_sub(session.created)),
        &text::duration(session.expires.saturating_sub(now)),
        &text::bytes(session.bytes as u64),
    ])
}

/// Columns of fixed widths: the lines are written before the last one is known.
fn columns([id, age, expires, size]: [&str; 4]) -> String {
    format!("  {id:<36}  {age:<12}  {expires:<12}  {size}")
}
