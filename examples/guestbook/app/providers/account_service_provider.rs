//! Accounts: where users are kept, and the routes of `routes/auth.rs`.

use lunox::auth::{TableDevices, TableResets, TableUsers};
use lunox::prelude::*;

use crate::db::db;
use crate::models::user::User;
use crate::routes;

pub struct AccountServiceProvider;

impl ServiceProvider for AccountServiceProvider {
    async fn boot(&self, app: &Application) -> Result<()> {
        let auth = auth();
        auth.provider(TableUsers::<User, _>::new(db(), "users"));
        auth.remember_in(TableDevices::new(db(), "remembered_devices"));
        auth.reset_in(TableResets::new(db(), "password_resets"));
        // Links for forgotten passwords are in the log where APP_ENV is local. Elsewhere, say here how to mail them:
        // auth.send_resets(async |user: Arc<User>, token: String| {
        //     // With APP_URL, and not with the host that the request names: whoever sent it may have made that up.
        //     let link = app().config::<AppConfig>().url.clone() + &route("password.reset", [("token", token)]);
        //     mail(&user.email, &link).await
        // })?;
        app.router().middleware("web").group(routes::auth::routes);
        Ok(())
    }
}
