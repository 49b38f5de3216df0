//! `session:prune`: removes sessions that expired more than five minutes ago.

use super::{Output, text};
use crate::console::failure::Failure;
use crate::session::SessionManager;

pub(super) async fn handle(manager: &SessionManager, out: &Output) -> Result<(), Failure> {
    match manager.prune().await? {
        0 => out.info("there was no expired session"),
        1 => out.success("1 expired session removed"),
        count => out.success(format_args!("{} expired sessions removed", text::count(count))),
    }
    Ok(())
}
