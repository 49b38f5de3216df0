//! The pages of the guest book.

use lunox::prelude::*;

use crate::http::requests::new_entry::NewEntry;
use crate::models::entry::Entry;

pub struct EntryController;

impl EntryController {
    pub async fn index(req: HttpRequest) -> Result {
        let page = req.page(10);
        let entries = Entry::list(page.limit(), page.offset()).await?;
        let entries = page.of(entries, Entry::count().await?);
        Ok(view("entries.index", context! { entries }))
    }

    pub async fn create() -> Response {
        view("entries.create", ())
    }

    pub async fn store(req: HttpRequest) -> Result {
        let entry = req.validate::<NewEntry>().await?.save().await?;
        let status = format!("Thank you, {}. Your entry is in the book.", entry.name);
        Ok(to_route("home", ()).with("status", status).into_response())
    }
}
