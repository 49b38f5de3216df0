//! The folder of the files that anyone may fetch, `public/`.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::answer::answer;
use super::content::Content;
use super::embedded::{EmbeddedFile, embedded, hash};
use super::open::{OpenFile, Stamp};
use crate::error::Error;
use crate::http::{Chain, Endpoint, HttpRequest, Result, try_request};
use crate::support::BoxFuture;
use crate::support::lock::lock;

/// Hexadecimal digits of a file's SHA-256 that are in its URL.
const HASH: usize = 16;

/// The largest file that is hashed. What is larger is hardly part of a page.
const MAX_HASHED: u64 = 16 << 20;

/// The files of a folder, served as they are.
pub(crate) struct PublicFiles {
    folder: PathBuf,
    /// Those that are part of the program, in place of the folder's. Its `storage` is on the disk all the same.
    embedded: Option<HashMap<&'static str, EmbeddedFile>>,
    /// The hashes of files, each with the state of the file that it was made of.
    hashes: Mutex<HashMap<String, (Stamp, String)>>,
}

/// The URL of a file in `public/`, with a hash of its content in the name: `asset("css/app.css")` is
/// `/css/app.4f0c1e5b9a7d2c38.css`.
///
/// Browsers keep such a file for a year without asking, and fetch it anew when its content changes, since its URL has
/// then changed too. A file that does not exist, or has more than 16 MiB, gets its plain URL. Outside a request there is
/// no hash either.
///
/// The file is read when it is first asked for, and again when it has changed.
pub fn asset(name: &str) -> String {
    let Some(req) = try_request() else { return plain_url(name) };
    let url = match req.container().make::<PublicFiles>() {
        Ok(files) => files.url(name),
        Err(_) => plain_url(name),
    };
    req.prefixed(url)
}

/// Has no hash: the file as `public/` names it.
fn plain_url(name: &str) -> String {
    /// What a path may have besides these needs no encoding (RFC 3986, 3.3).
    const NOT_IN_A_PATH: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'[')
        .add(b'\\')
        .add(b']')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    format!("/{}", utf8_percent_encode(name.trim_start_matches('/'), NOT_IN_A_PATH))
}

impl PublicFiles {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, embedded: None, hashes: Mutex::default() }
    }

    /// Takes these files, each a name and a content, in place of the folder's.
    #[cfg_attr(not(feature = "views"), allow(dead_code, reason = "embedding takes that feature"))]
    pub(crate) fn embedded(
        self,
        files: impl IntoIterator<Item = (&'static str, &'static [u8])>,
    ) -> Self {
        Self { embedded: Some(embedded(files)), ..self }
    }

    /// See [`asset`].
    fn url(&self, name: &str) -> String {
        let name = name.trim_start_matches('/');
        let hash = self.open(name).and_then(|mut content| self.hash(name, &mut content));
        match hash {
            Ok(Some(hash)) => plain_url(&with_hash(name, &hash)),
            Ok(None) => plain_url(name),
            Err(error) => {
                tracing::warn!("asset({name:?}): {}: {error}", self.folder.join(name).display());
                plain_url(name)
            }
        }
    }

    /// The chain that answers with a file if there is one, and otherwise goes on with `next`. Its files have no
    /// middleware around them, as if a web server stood before the application.
    pub(crate) fn before(self: &Arc<Self>, next: &Arc<Chain>) -> Arc<Chain> {
        let endpoint = FileOrNext { files: Arc::clone(self), next: Arc::clone(next) };
        Arc::new(Chain::new(Vec::new(), Arc::new(endpoint)))
    }

    fn open(&self, name: &str) -> io::Result<Content> {
        let open = match (name.strip_prefix("storage/"), &self.embedded) {
            // The folder that is opened may be a link: this is the one that `storage:link` makes.
            (Some(below), _) => OpenFile::beneath(&self.folder.join("storage"), below),
            (None, None) => OpenFile::beneath(&self.folder, name),
            (None, Some(embedded)) => {
                let file = embedded.get(name).ok_or(ErrorKind::NotFound)?;
                return Ok(Content::Embedded(file.clone()));
            }
        };
        open.map(Content::OnDisk)
    }

    /// Whether finding a file of this name takes no look at the disk.
    fn is_embedded(&self, name: &str) -> bool {
        self.embedded.is_some() && !name.starts_with("storage/")
    }

    /// The hash of a file's content; `None` if it is too large for one.
    fn hash(&self, name: &str, content: &mut Content) -> io::Result<Option<String>> {
        if content.length() > MAX_HASHED {
            return Ok(None);
        }
        let open = match content {
            Content::OnDisk(open) => open,
            Content::Embedded(file) => return Ok(Some(file.hash[..HASH].to_owned())),
        };
        let stamp = open.stamp();
        if let Some((known, hash)) = lock(&self.hashes).get(name)
            && *known == stamp
        {
            return Ok(Some(hash.clone()));
        }
        let mut hash = hash(&open.read(stamp.length)?);
        hash.truncate(HASH);
        open.rewind()?;
        lock(&self.hashes).insert(name.to_owned(), (stamp, hash.clone()));
        Ok(Some(hash))
    }

    /// Answers with the file of this name; `None` if there is none. Runs in the blocking pool if the file is not embedded.
    fn answer(&self, name: &str, req: &HttpRequest) -> Result<Option<crate::http::Response>> {
        let (content, cache_control) = match self.open(name) {
            Ok(content) => (content, REVALIDATE),
            Err(error) if error.kind() == ErrorKind::NotFound => match self.open_hashed(name) {
                Ok(found) => found,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(self.failed(name, error)),
            },
            Err(error) => return Err(self.failed(name, error)),
        };
        let mut response = answer(content, Path::new(name), cache_control, Some(req))?;
        if name.starts_with("storage/") {
            // Visitors may have uploaded it: a page or an image of theirs must not run scripts here.
            let sandbox = HeaderValue::from_static("sandbox");
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, sandbox);
        }
        Ok(Some(response))
    }

    /// The file that a name with a hash stands for. An older page may ask with the hash of what the file held before:
    /// it gets what there is now, and has to ask again the next time.
    fn open_hashed(&self, name: &str) -> io::Result<(Content, &'static str)> {
        let (plain, hash) = without_hash(name).ok_or(ErrorKind::NotFound)?;
        let mut content = self.open(&plain)?;
        let is_current = self.hash(&plain, &mut content)?.is_some_and(|own| own == hash);
        Ok((content, if is_current { IMMUTABLE } else { REVALIDATE }))
    }

    #[cold]
    fn failed(&self, name: &str, error: io::Error) -> Error {
        Error::with_source(500, format!("{:?}: {error}", self.folder.join(name)))
    }
}

/// The client asks each time whether the file has changed.
const REVALIDATE: &str = "no-cache";
/// The client need not ask for a year, and not when the page is reloaded either (RFC 8246).
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

struct FileOrNext {
    files: Arc<PublicFiles>,
    next: Arc<Chain>,
}

impl Endpoint for FileOrNext {
    fn takes_body(&self, _: &HttpRequest) -> bool {
        false
    }

    fn call(&self, req: HttpRequest) -> BoxFuture<'static, Result> {
        let (files, next) = (Arc::clone(&self.files), Arc::clone(&self.next));
        Box::pin(async move {
            let asked = req.clone();
            let in_memory = files.is_embedded(asked.path().trim_start_matches('/'));
            let work = move || files.answer(asked.path().trim_start_matches('/'), &asked);
            let answer = if in_memory { work() } else { tokio::task::spawn_blocking(work).await? };
            match answer? {
                Some(response) => Ok(response),
                None => Ok(next.run(req).await),
            }
        })
    }
}

/// `css/app.css` with a hash is `css/app.<hash>.css`.
fn with_hash(name: &str, hash: &str) -> String {
    match split(name) {
        (stem, Some(extension)) => format!("{stem}.{hash}.{extension}"),
        (stem, None) => format!("{stem}.{hash}"),
    }
}

/// The name and the hash that [`with_hash`] put together.
fn without_hash(name: &str) -> Option<(String, &str)> {
    let is_hash = |text: &str| {
        text.len() == HASH && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match split(name) {
        (stem, Some(hash)) if is_hash(hash) => Some((stem.to_owned(), hash)),
        (stem, Some(extension)) => {
            let (stem, hash) = stem.rsplit_once('.').filter(|(_, hash)| is_hash(hash))?;
            Some((format!("{stem}.{extension}"), hash))
        }
        (_, None) => None,
    }
}

/// A name before and behind the last dot of its last segment.
fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => (stem, Some(extension)),
        _ => (name, None),
    }
}
