//! A file that a visitor sent.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::disposition::{extension_of, shown_name};
use super::folder::Place;

/// A file that a visitor sent, in a temporary place.
///
/// A clone names the same file; when the last one is dropped the file is removed, so keep it with
/// [`store`](Self::store) or [`move_to`](Self::move_to). Only the application's user can read it (mode 0600),
/// there and where it is stored.
///
/// Name, type and extension are the visitor's claims. Check them against a list of what you accept
/// before you serve the file again: a stored `.html` or `.svg` that is opened on your own site runs its
/// scripts there (OWASP ASVS 5.0, 5.3.1).
#[derive(Clone)]
pub struct UploadedFile(Arc<Inner>);

struct Inner {
    place: Place,
    size: u64,
    client_name: String,
    client_mime: Option<String>,
    extension: Option<String>,
}

impl UploadedFile {
    pub(super) fn new(
        place: impl Into<Place>,
        size: u64,
        sent_name: &str,
        mime: Option<String>,
    ) -> Self {
        let client_name = shown_name(sent_name);
        let extension = extension_of(&client_name);
        let place = place.into();
        Self(Arc::new(Inner { place, size, client_name, client_mime: mime, extension }))
    }

    /// The stand-in for a file that was not sent, for the rules of the other fields.
    #[cfg(feature = "validation")]
    pub(super) fn missing() -> io::Result<Self> {
        let mut path = tempfile::TempPath::try_from_path("/dev/null/not-sent")?;
        path.disable_cleanup(true);
        Ok(Self::new(path, 0, "", None))
    }

    /// Where the file is while this handle lives.
    pub fn path(&self) -> &Path {
        &self.0.place.path
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// The visitor's name for the file, to be shown and never to be used as a path.
    ///
    /// Folders and invisible characters are gone from it (`C:\x\y.png` is `y.png`); it may be empty.
    pub fn client_name(&self) -> &str {
        &self.0.client_name
    }

    /// The media type that the visitor claims, without parameters.
    pub fn client_mime(&self) -> Option<&str> {
        self.0.client_mime.as_deref()
    }

    /// The extension of the visitor's name in lower case: ASCII letters and digits, at most 16.
    pub fn extension(&self) -> Option<&str> {
        self.0.extension.as_deref()
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn bytes(&self) -> io::Result<Bytes> {
        tokio::fs::read(self.path()).await.map(Bytes::from)
    }

    /// Keeps the file as `dir/name` and gives that path; the folder is made when it is missing.
    ///
    /// A file of that name is never overwritten. The temporary file goes when its last handle is dropped, so
    /// every handle stays readable until then. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) when `name` is empty, `.` or `..`, or has a separator,
    /// a colon or NUL in it; [`AlreadyExists`](io::ErrorKind::AlreadyExists) when there is such a file;
    /// otherwise what the file system says.
    pub async fn move_to(&self, dir: impl AsRef<Path>, name: &str) -> io::Result<PathBuf> {
        if !is_plain(name) {
            let message = format!("{name:?} is no plain file name");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let (file, dir, name) = (self.clone(), dir.as_ref().to_owned(), name.to_owned());
        tokio::task::spawn_blocking(move || place(file.path(), &dir, &name)).await?
    }

    /// Keeps the file in `dir` under a fresh name and gives its path.
    ///
    /// The name is a UUID and the [extension](Self::extension).
    ///
    /// # Errors
    /// What the file system says.
    pub async fn store(&self, dir: impl AsRef<Path>) -> io::Result<PathBuf> {
        let id = Uuid::new_v4();
        let name = match self.extension() {
            Some(extension) => format!("{id}.{extension}"),
            None => id.to_string(),
        };
        self.move_to(dir, &name).await
    }
}

impl fmt::Debug for UploadedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadedFile")
            .field("client_name", &self.client_name())
            .field("client_mime", &self.client_mime())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

/// Whether a name is one component of a path on every system.
fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
}

fn place(from: &Path, dir: &Path, name: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let to = dir.join(name);
    // A link costs no copy and refuses to overwrite, which a rename does not.
    match fs::hard_link(from, &to) {
        Ok(()) => Ok(to),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Another device, or a file system without links.
        Err(_) => copy(from, dir, to),
    }
}

fn copy(from: &Path, dir: &Path, to: PathBuf) -> io::Result<PathBuf> {
    let mut copy = NamedTempFile::new_in(dir)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.persist_noclobber(&to)?;
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(dir: &Path, name: &str) -> UploadedFile {
        let path = NamedTempFile::new_in(dir).unwrap().into_temp_path();
        fs::write(&path, "content").unwrap();
        UploadedFile::new(path, 7, name, None)
    }

    #[tokio::test]
    async fn the_last_handle_removes_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = upload(dir.path(), "a.txt");
        let clone = file.clone();
        drop(file);
        assert_eq!(clone.bytes().await.unwrap(), "content");
        drop(clone);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_stored_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let file = upload(dir.path(), "../évil.PNG");
        let stored = file.store(dir.path().join("a/b")).await.unwrap();
        assert_eq!(file.bytes().await.unwrap(), "content");
        drop(file);
        assert_eq!(fs::read_to_string(&stored).unwrap(), "content");
        assert_eq!(stored.extension().unwrap(), "png");
        assert_eq!(stored.parent().unwrap(), dir.path().join("a/b"));
    }

    #[tokio::test]
    async fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("taken"), "old").unwrap();
        let error = upload(dir.path(), "a").move_to(dir.path(), "taken").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(dir.path().join("taken")).unwrap(), "old");
    }

    #[test]
    fn a_copy_across_devices_overwrites_nothing_either() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("from");
        fs::write(&from, "new").unwrap();
        let to = copy(&from, dir.path(), dir.path().join("to")).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        let error = copy(&from, dir.path(), to).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn names_that_leave_the_folder_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = upload(dir.path(), "a");
        for name in ["", ".", "..", "../x", "a/b", "/etc/x", r"a\b", "C:x", "a\0b"] {
            let error = file.move_to(dir.path().join("in"), name).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name:?}");
        }
        assert!(file.move_to(dir.path().join("in"), "a..b").await.is_ok());
    }
}
