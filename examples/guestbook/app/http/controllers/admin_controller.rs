//! The admin area: all users.

use lunox::prelude::*;

use crate::models::user::User;

pub struct AdminController;

impl AdminController {
    pub async fn index(req: HttpRequest) -> Result {
        let page = req.page(20);
        let users = User::list(page.limit(), page.offset()).await?;
        let users = page.of(users, User::count().await?);
        Ok(view("admin.index", context! { users }))
    }

    /// Removes a user with all entries. Admins are removed by nobody but themselves.
    pub async fn destroy(_req: HttpRequest, id: i64) -> Result {
        let Some(user) = User::find(id).await? else { return abort(404) };
        abort_if(user.admin, 403)?;
        user.delete().await?;
        let status = format!("{} is removed, with all entries.", user.name);
        Ok(to_route("admin", ()).with("status", status).into_response())
    }
}
