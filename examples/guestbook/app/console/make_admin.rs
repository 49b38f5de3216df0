//! `user:admin`: opens the admin area to a user.

use lunox::console::{Command, Output};
use lunox::prelude::*;

use crate::db::db;

#[derive(clap::Args)]
pub struct MakeAdminArgs {
    /// The address of the account
    email: String,
}

pub struct MakeAdmin;

impl Command for MakeAdmin {
    type Args = MakeAdminArgs;
    const NAME: &'static str = "user:admin";
    const ABOUT: &'static str = "Opens the admin area to a user";

    async fn handle(&self, args: MakeAdminArgs, out: &Output, _app: &Application) -> Result<()> {
        let sql = "update users set admin = true where email = ?";
        let changed = sqlx::query(sql).bind(args.email.to_lowercase()).execute(db()).await?;
        if changed.rows_affected() == 0 {
            return Err(std::io::Error::other("no account has this address").into());
        }
        out.success("admin");
        Ok(())
    }
}
