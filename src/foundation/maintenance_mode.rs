//! The middleware that refuses requests while the application is down for maintenance.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{REFRESH, RETRY_AFTER};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Application, HttpConfig};
use crate::encryption::{Keyring, Signer};
use crate::error::Error;
use crate::http::{
    HttpRequest, IntoResponse, Middleware, Next, Response, Result, raw_cookies, redirect,
};
use crate::session::SameSite;
use crate::support::Clock;
use crate::support::lock::lock;
use crate::web::Cookie;

/// Answers 503 while the application is down: from `cargo artisan down` to `cargo artisan up`.
///
/// Registered as `maintenance`; the global middleware of a new project has it. The route of `health` in `config/http.rs`
/// answers still, so that nobody replaces servers which do what they were told, and so do files of the public folder. A
/// visitor who comes by the secret path of `down --secret=...` gets a cookie that lets requests pass for 12 hours.
///
/// The file `storage/framework/down` is looked for once a second.
#[derive(Default)]
pub struct MaintenanceMode(OnceLock<State>);

/// What `down` was told. A file that cannot be read means down, with nothing said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Down {
    /// The path that lets a visitor pass.
    pub(crate) secret: Option<String>,
    /// Seconds after which clients may ask again.
    pub(crate) retry: Option<u64>,
    /// Seconds after which browsers ask again by themselves.
    pub(crate) refresh: Option<u64>,
}

struct State {
    file: PathBuf,
    clock: Arc<dyn Clock>,
    health: Option<String>,
    signer: Option<Signer>,
    /// The second of the last look; 0 before the first.
    looked: AtomicU64,
    down: Mutex<Option<Arc<Down>>>,
}

const COOKIE: &str = "lunox_maintenance";

/// As in Laravel.
const PASSES_FOR: u64 = 12 * 60 * 60;

impl Down {
    /// Where it lies.
    pub(crate) fn file(app: &Application) -> PathBuf {
        app.storage_path("framework/down")
    }

    /// Reads it; `None` when the application is up.
    pub(crate) fn read(file: &Path) -> Option<Self> {
        match std::fs::read(file) {
            Ok(text) => Some(serde_json::from_slice(&text).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::error!("{} cannot be read, so this is down: {error}", file.display());
                Some(Self::default())
            }
        }
    }
}

impl State {
    fn new(app: &Application) -> Self {
        let keys = app.make::<Keyring>().ok();
        Self {
            file: Down::file(app),
            clock: Arc::clone(app.clock()),
            health: app.try_config::<HttpConfig>().and_then(|config| config.health.clone()),
            signer: keys.map(|keys| keys.signer("maintenance")),
            looked: AtomicU64::new(0),
            down: Mutex::new(None),
        }
    }

    fn down(&self) -> Option<Arc<Down>> {
        let now = self.clock.unix().max(1);
        if self.looked.swap(now, Ordering::Relaxed) != now {
            *lock(&self.down) = Down::read(&self.file).map(Arc::new);
        }
        lock(&self.down).clone()
    }

    /// The cookie of a visitor who knows the secret.
    fn pass(&self, secret: &str, until: u64) -> Option<String> {
        let signature = self.signer.as_ref()?.sign(format!("{until} {secret}").as_bytes());
        Some(format!("{until}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn lets_pass(&self, secret: &str, cookie: &str) -> bool {
        let Some((until, signature)) = cookie.split_once('.') else { return false };
        let Ok(until) = until.parse::<u64>() else { return false };
        let (Some(signer), Ok(signature)) = (&self.signer, URL_SAFE_NO_PAD.decode(signature))
        else {
            return false;
        };
        until > self.clock.unix()
            && signer.verify(format!("{until} {secret}").as_bytes(), &signature)
    }

    /// The answer to a visitor who asks for the secret path.
    fn welcome(&self, secret: &str, req: &HttpRequest) -> Result<Option<Response>> {
        let asked = req.path().trim_start_matches('/');
        // Hashes may be compared in any time.
        if Sha256::digest(asked) != Sha256::digest(secret) {
            return Ok(None);
        }
        let Some(pass) = self.pass(secret, self.clock.unix() + PASSES_FOR) else { return Ok(None) };
        let cookie = Cookie::new(COOKIE, pass).path("/").http_only(true).same_site(SameSite::Lax);
        Ok(Some(redirect("/").into_response().cookie(cookie.secure(req.is_secure()))))
    }
}

impl Middleware for MaintenanceMode {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let state = match self.0.get() {
            Some(state) => state,
            None => {
                let app = req.container().make::<Application>()?;
                self.0.get_or_init(|| State::new(&app))
            }
        };
        let Some(down) = state.down() else { return Ok(next.run(req).await) };
        if state.health.as_deref() == Some(req.path()) {
            return Ok(next.run(req).await);
        }
        if let Some(secret) = &down.secret {
            if let Some(response) = state.welcome(secret, &req)? {
                return Ok(response);
            }
            let mut cookies = raw_cookies(req.headers(), COOKIE);
            if cookies.any(|cookie| state.lets_pass(secret, cookie)) {
                return Ok(next.run(req.clone()).await);
            }
        }
        let error = Error::with_source(503, DownForMaintenance);
        let mut error = error.message_for_visitor("Service Unavailable");
        for (name, seconds) in [(RETRY_AFTER, down.retry), (REFRESH, down.refresh)] {
            if let Some(seconds) = seconds {
                error = error.header(name, seconds);
            }
        }
        Err(error)
    }
}

/// The cause of the answer while the application is down for maintenance. It is not logged: somebody wants it so.
#[derive(Debug)]
pub(super) struct DownForMaintenance;

impl std::fmt::Display for DownForMaintenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the application is down for maintenance; `cargo artisan up` ends it")
    }
}

impl std::error::Error for DownForMaintenance {}
