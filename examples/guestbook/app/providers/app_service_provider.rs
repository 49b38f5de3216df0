//! What this application adds to the container.

use lunox::prelude::*;

use crate::models::entry::Entry;
use crate::models::user::User;

pub struct AppServiceProvider;

impl ServiceProvider for AppServiceProvider {
    /// Binds things: `app.singleton::<Mailer>(|app| Ok(Mailer::new(app.make()?)))`.
    async fn register(&self, _app: &Application) -> Result<()> {
        Ok(())
    }

    /// Uses what anyone bound. All providers are registered before the first one boots.
    async fn boot(&self, _app: &Application) -> Result<()> {
        let is_author = |user: &User, entry: &Entry| entry.user_id == user.id;
        auth().define("edit", is_author);
        auth().define("delete", move |user: &User, entry| user.admin || is_author(user, entry));
        auth().define("administer", |user: &User, _: &()| user.admin);
        Ok(())
    }
}
