//! The form of a new entry.

use lunox::http::uploads::UploadedFile;
use lunox::prelude::*;
use lunox::validation::image;
use serde::Deserialize;

use crate::models::entry::Entry;

#[derive(Deserialize, Validate)]
pub struct NewEntry {
    #[garde(length(chars, max = 60))]
    pub name: String,
    #[garde(length(chars, max = 1_000))]
    pub message: String,
    #[garde(inner(custom(image)), inner(length(max = 2_000_000)))]
    pub picture: Option<UploadedFile>,
}

impl NewEntry {
    /// Keeps the picture, then the entry.
    pub async fn save(self) -> Result<Entry> {
        let picture = match &self.picture {
            Some(file) => {
                let path = file.store(storage_path("app/public/pictures")).await?;
                path.file_name().map(|name| format!("storage/pictures/{}", name.display()))
            }
            None => None,
        };
        Ok(Entry::create(&self.name, &self.message, picture.as_deref()).await?)
    }
}
