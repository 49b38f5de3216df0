//! The pages of the guest book.

use lunox::prelude::*;

use crate::http::requests::new_entry::NewEntry;
use crate::models::entry::Entry;
use crate::models::user::User;
use crate::pictures;

pub struct EntryController;

impl EntryController {
    pub async fn index(req: HttpRequest) -> Result {
        let page = req.page(10);
        let mut rows = Vec::new();
        for entry in Entry::list(page.limit(), page.offset()).await? {
            let may_edit = auth().allows("edit", &entry).await?;
            let may_delete = auth().allows("delete", &entry).await?;
            rows.push(context! { entry, may_edit, may_delete });
        }
        let entries = page.of(rows, Entry::count().await?);
        Ok(view("entries.index", context! { entries }))
    }

    pub async fn create() -> Response {
        view("entries.form", ())
    }

    pub async fn store(req: HttpRequest) -> Result {
        let Some(user) = req.user::<User>().await? else { return abort(401) };
        req.validate::<NewEntry>().await?.save(&user).await?;
        let status = format!("Thank you, {}. Your entry is in the book.", user.name);
        Ok(to_route("home", ()).with("status", status).into_response())
    }

    pub async fn edit(_req: HttpRequest, id: i64) -> Result {
        let entry = Self::find(id, "edit").await?;
        Ok(view("entries.form", context! { entry }))
    }

    pub async fn update(req: HttpRequest, id: i64) -> Result {
        let entry = Self::find(id, "edit").await?;
        req.validate::<NewEntry>().await?.save_to(&entry).await?;
        Ok(to_route("home", ()).with("status", "Your entry has been changed.").into_response())
    }

    pub async fn destroy(_req: HttpRequest, id: i64) -> Result {
        let entry = Self::find(id, "delete").await?;
        entry.delete().await?;
        entry.picture.as_deref().map_or(Ok(()), pictures::remove)?;
        Ok(to_route("home", ()).with("status", "The entry has been deleted.").into_response())
    }

    /// An entry with which the user may do this.
    async fn find(id: i64, ability: &str) -> Result<Entry> {
        let Some(entry) = Entry::find(id).await? else { return abort(404) };
        auth().authorize(ability, &entry).await?;
        Ok(entry)
    }
}
