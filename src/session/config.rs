//! The options of `config/session.rs`.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::request::FlashAgeing;
use crate::error::BootProblem;
use crate::support::Secret;

/// The options of `config/session.rs`.
///
/// A plain struct: write the options that differ and take the rest from [`Default`].
#[derive(Clone, Debug, Serialize)]
pub struct SessionConfig {
    /// Where sessions are kept. Default: `file`.
    ///
    /// - `file`: one file a session, below [`files`](SessionConfig::files), for one machine.
    /// - `memory`, also named `array`: in this process, gone when it ends.
    /// - `cookie`: in the visitor's cookie, sealed under APP_KEY; nothing on the server. Parallel requests of one
    ///   visitor overwrite one another, the last one wins. More than 4,096 bytes, about 2,800 of data, are an error.
    ///   **A logout binds the process that saw it**: in other processes, and after a restart, a cookie that was
    ///   copied before lives on until its deadline. Take another driver where that matters (OWASP ASVS 5.0, 7.4.1).
    /// - `redis`: in Redis or Valkey, for several machines; needs the feature `redis`. See [`redis_url`](SessionConfig::redis_url).
    /// - `sqlite`, `postgres`, `mysql`: in a database, with the feature of that name. See [`database_url`](SessionConfig::database_url).
    /// - `null`: nowhere. Each request has an empty session, and no cookie is ever set.
    /// - a name given to [`SessionManager::extend`](super::SessionManager::extend).
    pub driver: String,
    /// Whether what a driver stores is sealed under APP_KEY, with XChaCha20-Poly1305. Default: false.
    ///
    /// APP_PREVIOUS_KEYS still open what they sealed; what is written is sealed under APP_KEY. A record that does not
    /// open counts as none, and neither does one in the clear: turning this on or off starts every visitor anew, since
    /// who can write the store could else write a session of their own into it.
    pub encrypt: bool,
    /// How many bytes of JSON a session may have. Default: 1 MiB.
    ///
    /// A request that would store more is answered with 500 and stores nothing; its error names the largest keys. A
    /// form's old input and errors are trimmed before that. Without a limit one visitor could fill disk and memory
    /// (OWASP ASVS 5.0, 15.2.2).
    pub max_bytes: usize,
    /// How long a session lives without a request (idle timeout, OWASP ASVS 5.0, 7.3.1). Default: 120 minutes.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub lifetime: Duration,
    /// How long a session lives at all, however busy (ASVS 7.3.2). Default: 30 days.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub absolute_lifetime: Duration,
    /// The share of the lifetime after which a request extends it and the cookie. Default: 0.1, so a session of
    /// 120 minutes is extended at most every 12, and lives for at least 108 after each request.
    pub touch_after: f64,
    /// How old a token may become before it is replaced; `None` leaves it. Default: none.
    pub renew_every: Option<Duration>,
    /// How long a token that was replaced by age still finds its session once a request has come with its successor, for
    /// requests already on their way. Until then it finds it too, because the answer may have been lost, and the visitor is
    /// sent another token at most once in this time. Default: 10 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub renew_grace: Duration,
    /// How long a token that a login or a logout has replaced still counts as one of a request that was on its way.
    /// Default: 30 seconds.
    ///
    /// Such a request runs with an empty session that is not stored, and gets no cookie, which would replace the one that
    /// the login has sent. After that time the token is unknown, and the visitor gets a new session.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub late_grace: Duration,
    /// How many sessions the memory driver keeps; those nearest to their deadline make room. Default: 1,000,000.
    pub memory_records: usize,
    /// How many bytes of sessions the memory driver keeps. Default: 256 MiB.
    pub memory_bytes: usize,
    /// The folder of the file driver, below the application's folder if it is relative.
    pub files: PathBuf,
    /// Where the driver `redis` finds its server: `redis://:password@host:6379/0`, or `rediss://` for TLS. Default:
    /// `redis://127.0.0.1:6379`.
    pub redis_url: Secret,
    /// How the keys in Redis begin, without braces. Applications on one server need different ones. Default: `lunox`.
    pub redis_prefix: String,
    /// Where the drivers `sqlite`, `postgres` and `mysql` find the database, whose tables `cargo artisan make:session-table`
    /// makes. A new project takes SESSION_DATABASE_URL, or else DATABASE_URL. Without a URL, SQLite uses
    /// `storage/database.sqlite`, and for another database it is a boot error.
    pub database_url: Option<Secret>,
    /// The name of the cookie; `__Host-` is put before it when Secure, Path=/ and no Domain allow it. A new project
    /// names it [after the application](SessionConfig::cookie_for), so that two on one host keep theirs apart.
    pub cookie: String,
    /// The cookie's path. Default: `/`.
    pub path: String,
    /// The cookie's domain; `None` keeps it to this host. Default: none.
    pub domain: Option<String>,
    /// Whether the cookie travels over HTTPS only. Default: true.
    pub secure: bool,
    /// Whether scripts in the page are kept from the cookie. Default: true.
    pub http_only: bool,
    /// Whether requests from other sites carry the cookie. Default: `Lax`.
    pub same_site: SameSite,
    /// Whether the cookie is kept apart for each embedding site (CHIPS). Default: false.
    pub partitioned: bool,
    /// Whether the browser forgets the cookie when it closes. Default: false.
    pub expire_on_close: bool,
    /// Whether each page that a visitor with a session sees is noted in it, for
    /// `Session::previous_url`. It makes a write of every page but reloads. Default: false; the `Referer` of this origin
    /// serves then.
    pub previous_url: bool,
    /// The names of the fields that `Redirect::with_input` does not keep for the next page, such as passwords.
    ///
    /// `*` stands for anything. Only letters and digits are compared, in any case, and at any depth of the input:
    /// `*password*` matches `new_password`, `newPassword` and `user[Password]`. Default: passwords, tokens, keys,
    /// one-time codes, and the number and code of a card. To add to them, push to
    /// `SessionConfig::default().secret_input`.
    pub secret_input: Vec<String>,
    /// When flash values age. Default: [`FlashAgeing::Pages`].
    pub flash_ageing: FlashAgeing,
    /// What happens to a request while the store cannot be read. Default: it fails.
    pub when_unavailable: WhenUnavailable,
    /// How long the store may take to answer before it counts as unavailable: for all that loading a session takes together, and
    /// for all that storing it takes, conflicts with other requests included. Default: 5 seconds.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub driver_timeout: Duration,
    /// How often expired sessions are swept in the background. Default: 60 seconds; zero turns it off.
    #[serde(serialize_with = "crate::support::duration::serialize")]
    pub sweep_every: Duration,
}

/// Whether requests that come from other sites carry the session's cookie (RFC 6265bis, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameSite {
    /// Links do, forms and what is embedded do not.
    Lax,
    /// None do: a visitor who follows a link from elsewhere arrives as a guest.
    Strict,
    /// All do. Browsers ask for `secure` then.
    None,
}

/// What happens to a request while the store cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnavailable {
    /// It is answered with 503. Nothing is written and the cookie stays (OWASP ASVS 5.0, 16.5.2).
    Fail,
    /// It runs with an empty session that is not stored. The cookie stays.
    Degrade,
}

/// The default of `secret_input`. Leaving out too much costs the visitor some typing, too little stores a secret.
const SECRET_INPUT: [&str; 22] = [
    "pass",
    "*userpass",
    "*password*",
    "*passwd*",
    "*passphrase*",
    "*passcode*",
    "*pwd",
    "*secret*",
    "*token*",
    "*apikey*",
    "*privatekey*",
    "*cvc*",
    "*cvv*",
    "*securitycode*",
    "*cardnumber*",
    "*ccnumber*",
    "pin",
    "*pincode*",
    "*otp",
    "*otpcode",
    "*onetimecode*",
    "*recoverycode*",
];

/// The largest `max_bytes`: a file has room for it, sealed and with its head.
const MOST_BYTES: usize = 256 << 20;

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            driver: "file".to_owned(),
            encrypt: false,
            max_bytes: 1 << 20,
            lifetime: Duration::from_secs(120 * 60),
            absolute_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            touch_after: 0.1,
            renew_every: None,
            renew_grace: Duration::from_secs(10),
            late_grace: Duration::from_secs(30),
            memory_records: 1_000_000,
            memory_bytes: 256 << 20,
            files: PathBuf::from("storage/framework/sessions"),
            redis_url: "redis://127.0.0.1:6379".into(),
            redis_prefix: "lunox".to_owned(),
            database_url: None,
            cookie: "lunox_session".to_owned(),
            path: "/".to_owned(),
            domain: None,
            secure: true,
            http_only: true,
            same_site: SameSite::Lax,
            partitioned: false,
            expire_on_close: false,
            previous_url: false,
            secret_input: SECRET_INPUT.map(str::to_owned).to_vec(),
            flash_ageing: FlashAgeing::Pages,
            when_unavailable: WhenUnavailable::Fail,
            driver_timeout: Duration::from_secs(5),
            sweep_every: Duration::from_secs(60),
        }
    }
}

impl SessionConfig {
    /// What cannot work, each with its cure.
    pub fn problems(&self) -> Vec<BootProblem> {
        let mut problems = Vec::new();
        let mut problem = |what: String, cure: &str| {
            problems.push(BootProblem::new("config/session.rs", what).cure(cure));
        };
        if self.lifetime.as_secs() == 0 {
            problem("`lifetime` is zero".to_owned(), "set SESSION_LIFETIME to a number of minutes");
        }
        if self.absolute_lifetime < self.lifetime {
            problem(
                "`absolute_lifetime` is shorter than `lifetime`".to_owned(),
                "make SESSION_ABSOLUTE_LIFETIME at least as long as SESSION_LIFETIME",
            );
        }
        if self.driver_timeout.is_zero() {
            problem("`driver_timeout` is zero".to_owned(), "give the store some seconds to answer");
        }
        if self.renew_every.is_some_and(|every| every <= self.renew_grace) {
            problem(
                "`renew_every` is not longer than `renew_grace`".to_owned(),
                "renew tokens every few minutes, and let old ones live for seconds",
            );
        }
        if !(1..=MOST_BYTES).contains(&self.max_bytes) {
            problem(
                format!("`max_bytes` is {}", self.max_bytes),
                "set it to a number of bytes between 1 and 268435456 (256 MiB)",
            );
        }
        if self.memory_records == 0 || self.memory_bytes == 0 {
            problem(
                "the memory driver could keep nothing".to_owned(),
                "make `memory_records` and `memory_bytes` more than zero",
            );
        }
        if !(0.0..=1.0).contains(&self.touch_after) {
            problem(
                format!("`touch_after` is {}", self.touch_after),
                "use a share between 0 and 1",
            );
        }
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if self.cookie.is_empty() || !self.cookie.chars().all(token) {
            problem(
                format!("`{}` cannot be the name of a cookie", self.cookie.escape_debug()),
                "use letters, digits, - and _ in SESSION_COOKIE",
            );
        }
        let attribute = |text: &str| !text.chars().any(|c| c == ';' || c.is_control());
        if !self.path.starts_with('/') || !attribute(&self.path) {
            problem(format!("`path` is `{}`", self.path.escape_debug()), "start it with a slash");
        }
        if let Some(domain) = self.domain.as_deref()
            && (!domain.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
                || domain.strip_prefix('.').unwrap_or(domain).split('.').any(str::is_empty))
        {
            problem(format!("`domain` is `{}`", domain.escape_debug()), "use a host name, or None");
        }
        if let Some(path) = self.secret_input.iter().find(|name| name.contains(['.', '['])) {
            problem(
                format!("`{path}` in `secret_input` is not the name of one field"),
                "name the field alone, which matches at any depth: `number` and not `card.number`",
            );
        }
        if self.same_site == SameSite::None && !self.secure {
            problem(
                "`same_site` is None, but the cookie is not Secure: browsers drop it".to_owned(),
                "set SESSION_SECURE_COOKIE=true, or same_site to Lax",
            );
        }
        if self.partitioned && !self.secure {
            problem(
                "`partitioned` is true, but the cookie is not Secure: browsers drop it".to_owned(),
                "set SESSION_SECURE_COOKIE=true",
            );
        }
        // Browsers take the prefixes in any case (RFC 6265bis, 4.1.3).
        let prefix = |prefix: &str| {
            self.cookie.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let host = prefix("__Host-");
        if host && (!self.secure || self.path != "/" || self.domain.is_some()) {
            problem(
                "a `__Host-` cookie must be Secure, have the path `/` and no domain".to_owned(),
                "leave the prefix out; it is added by itself when these hold",
            );
        }
        if prefix("__Secure-") && !self.secure {
            problem(
                "a `__Secure-` cookie must be Secure".to_owned(),
                "set SESSION_SECURE_COOKIE=true",
            );
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_that_browsers_would_drop_are_boot_problems() {
        let broken: [fn(&mut SessionConfig); 20] = [
            |c| {
                c.same_site = SameSite::None;
                c.secure = false
            },
            |c| {
                c.partitioned = true;
                c.secure = false
            },
            |c| {
                c.cookie = "__Host-x".into();
                c.domain = Some("a.test".into())
            },
            |c| {
                c.cookie = "__Secure-x".into();
                c.secure = false
            },
            |c| {
                c.cookie = "__host-x".into();
                c.domain = Some("a.test".into())
            },
            |c| c.domain = Some("..".into()),
            |c| c.domain = Some(String::new()),
            |c| c.cookie = "a b".into(),
            |c| c.path = "app".into(),
            |c| c.domain = Some("a.test; Secure".into()),
            |c| c.lifetime = Duration::ZERO,
            |c| c.touch_after = 2.0,
            |c| c.secret_input.push("card.number".into()),
            |c| c.secret_input.push("card[number]".into()),
            |c| c.max_bytes = 0,
            |c| c.max_bytes = usize::MAX,
            |c| c.memory_records = 0,
            |c| c.memory_bytes = 0,
            |c| c.driver_timeout = Duration::ZERO,
            |c| c.renew_every = Some(Duration::from_secs(10)),
        ];
        for (index, change) in broken.into_iter().enumerate() {
            let mut config = SessionConfig::default();
            change(&mut config);
            assert_eq!(config.problems().len(), 1, "case {index}: {:?}", config.problems());
        }
        assert_eq!(SessionConfig::default().problems(), []);
    }
}
