//! The files of pictures, below `storage/app/public`. What the tables hold is their path below `public/`.

use lunox::http::uploads::UploadedFile;
use lunox::prelude::*;

/// Keeps a picture under a random name, and returns its path.
pub async fn keep(file: &UploadedFile, folder: &str) -> Result<String> {
    let path = file.store(storage_path("app/public").join(folder)).await?;
    let name = path.file_name().unwrap_or_default();
    Ok(format!("storage/{folder}/{}", name.display()))
}

/// Removes a picture whose path a table held.
pub fn remove(path: &str) -> Result<()> {
    let path = path.strip_prefix("storage/").unwrap_or(path);
    match std::fs::remove_file(storage_path("app/public").join(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
