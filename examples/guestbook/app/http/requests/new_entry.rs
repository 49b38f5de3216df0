//! The form of an entry, a new one or a changed one.

use lunox::http::uploads::UploadedFile;
use lunox::prelude::*;
use lunox::validation::image;
use serde::Deserialize;

use crate::models::entry::Entry;
use crate::models::user::User;
use crate::pictures;

#[derive(Deserialize, Validate)]
pub struct NewEntry {
    #[garde(length(chars, max = 1_000))]
    pub message: String,
    #[garde(inner(custom(image)), inner(length(max = 2_000_000)))]
    pub picture: Option<UploadedFile>,
}

impl NewEntry {
    /// Keeps the picture, then the entry; returns its number.
    pub async fn save(self, user: &User) -> Result<i64> {
        let picture = self.keep_picture().await?;
        Ok(Entry::create(user.id, &self.message, picture.as_deref()).await?)
    }

    /// Changes an entry; without another picture its own stays.
    pub async fn save_to(self, entry: &Entry) -> Result<()> {
        let picture = self.keep_picture().await?;
        entry.update(&self.message, picture.as_deref().or(entry.picture.as_deref())).await?;
        match (picture, &entry.picture) {
            (Some(_), Some(old)) => pictures::remove(old),
            _ => Ok(()),
        }
    }

    async fn keep_picture(&self) -> Result<Option<String>> {
        let Some(file) = &self.picture else { return Ok(None) };
        pictures::keep(file, "pictures").await.map(Some)
    }
}
