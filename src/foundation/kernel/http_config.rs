//! The options of `config/http.rs`.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::http::{Limits, PublicFiles};

/// The options of `config/http.rs`: what is accepted from visitors and proxies.
#[derive(Clone, Debug, Serialize)]
pub struct HttpConfig {
    /// The hosts that requests may name, with a leading dot for all subdomains, or `*` for every host. Others
    /// get a 421.
    ///
    /// Empty accepts every host, with a warning in production (OWASP ASVS 5.0, 4.1.3). Where the environment is local it
    /// accepts `localhost` and its subdomains, `127.0.0.1`, `[::1]` and the host of APP_URL.
    pub trusted_hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `-Prefix` are believed: addresses, ranges such
    /// as `10.0.0.0/8`, or `*` for whatever connects to this server. Empty believes nobody.
    ///
    /// The visitor's address is the rightmost entry of `X-Forwarded-For` that is not named here. `*` names none: with
    /// it alone, that is the last entry, which the connecting proxy has added. Use it only if nothing but the proxy
    /// can connect, and name the proxies before that one as well: `*,192.0.2.0/24`.
    ///
    /// Scheme, host, port and prefix are those that the outermost of these proxies has added to its header. Each proxy
    /// must replace or extend the headers that it gets from visitors.
    pub trusted_proxies: Vec<String>,
    /// Counts every request as encrypted, and makes `https` URLs of `APP_URL` too. For an application that visitors reach
    /// only through TLS, behind a proxy that does not say so in `X-Forwarded-Proto`.
    pub force_https: bool,
    /// The folder of the files that anyone may fetch as they are, such as `base_path("public")`; none by default.
    ///
    /// A file comes before routes with parameters if its name has a dot, and behind all others. It has no middleware. Names
    /// that begin with a dot and symbolic links are not served, with one exception: the folder's `storage` may be a link,
    /// which `storage:link` makes. [`asset`](crate::http::asset) gives a file's URL.
    pub public: Option<PathBuf>,
    /// The path of a route that answers 200 if the session store and the database answer, else 503, such as `/up`; none by
    /// default. It has the global middleware alone: no session and no cookie.
    pub health: Option<String>,
    /// The files of `public` as they were when the program was built, which are then served in place of the folder's:
    /// `public_files!("$CARGO_MANIFEST_DIR/public")`, which gives them in release builds only; none by default.
    ///
    /// The folder's `storage` stays on the disk. Dates are not known (`Last-Modified`), all else is the same. Cargo notices
    /// files that change or go, but not new ones: touch a source file then, or build in a clean checkout. Takes the feature
    /// `views`.
    #[cfg(feature = "views")]
    #[serde(skip)]
    pub embedded_public: Option<&'static include_dir::Dir<'static>>,
    /// How much of a body is accepted.
    pub limits: Limits,
    /// The longest pause in a body. Default: 10 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub body_idle_timeout: Duration,
    /// The longest time that a body may take. Default: 60 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub body_timeout: Duration,
}

impl HttpConfig {
    /// What `public` and `embedded_public` stand for together.
    pub(crate) fn public_files(&self) -> Option<PublicFiles> {
        let files = PublicFiles::new(self.public.clone()?);
        #[cfg(feature = "views")]
        let files = match self.embedded_public {
            Some(folder) => files.embedded(all_of(folder)),
            None => files,
        };
        Some(files)
    }
}

/// Each file below a folder, by its path and its content.
#[cfg(feature = "views")]
fn all_of(folder: &'static include_dir::Dir<'static>) -> Vec<(&'static str, &'static [u8])> {
    let files = folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents())));
    files.chain(folder.dirs().flat_map(all_of)).collect()
}

/// Embeds the files of `public/` into release builds: `public_files!("$CARGO_MANIFEST_DIR/public")` is the value of
/// [`HttpConfig::embedded_public`]. Programs that are built for debugging read the folder.
#[cfg(feature = "views")]
#[macro_export]
macro_rules! public_files {
    ($folder:tt) => {{
        #[cfg(debug_assertions)]
        let embedded = ::std::option::Option::None;
        #[cfg(not(debug_assertions))]
        let embedded = ::std::option::Option::Some($crate::views!($folder));
        embedded
    }};
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            trusted_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            force_https: false,
            public: None,
            health: None,
            #[cfg(feature = "views")]
            embedded_public: None,
            limits: Limits::default(),
            body_idle_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
        }
    }
}
