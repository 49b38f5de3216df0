//! The entries, as JSON.

use lunox::prelude::*;

use crate::http::requests::new_entry::NewEntry;
use crate::models::entry::Entry;

pub struct EntryController;

impl EntryController {
    pub async fn index(req: HttpRequest) -> Result {
        let page = req.page(20);
        let entries = Entry::list(page.limit(), page.offset()).await?;
        Ok(json(page.of(entries, Entry::count().await?)))
    }

    pub async fn store(req: HttpRequest) -> Result {
        let entry = req.validate::<NewEntry>().await?.save().await?;
        Ok(json(entry).status(201))
    }

    pub async fn show(_req: HttpRequest, id: i64) -> Result {
        Ok(Entry::find(id).await?.map(json).into_response())
    }
}
