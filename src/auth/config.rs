//! The options of `config/auth.rs`.

use std::num::NonZero;
use std::time::Duration;

use serde::Serialize;

use crate::error::BootProblem;

/// The options of `config/auth.rs`.
///
/// ```
/// use lunox::prelude::*;
///
/// pub fn config(env: &Env) -> AuthConfig {
///     AuthConfig { home: "/dashboard".to_owned(), ..AuthConfig::default() }
/// }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct AuthConfig {
    /// The name of the route to which the middleware `auth` sends guests: `login`.
    pub login: String,
    /// The path to which the middleware `guest` sends visitors who are logged in: `/`.
    pub home: String,
    /// How much memory a hash of a password takes, in KiB: 19,456.
    pub hash_memory: u32,
    /// How many passes argon2id makes over that memory: 2.
    pub hash_iterations: u32,
    /// How many lanes the memory has: 1.
    pub hash_parallelism: u32,
    /// How many passwords are hashed at once: half as many as there are processors, so that a flood of logins leaves the
    /// others to everybody else.
    pub hashes_at_once: usize,
    /// How long a login waits for its turn before it is answered 503: 5 seconds.
    pub hash_wait: Duration,
    /// How long [`remember`](super::Auth::remember) remembers a device after its last use: 30 days.
    pub remember_for: Duration,
    /// Whether a login notes browser, system and address for [`Session::devices`](crate::session::Session::devices): true.
    ///
    /// The session driver has to keep an index of users, which `cookie` and `null` do not.
    pub devices: bool,
    /// How many sessions a user may have: as many as they like unless set (OWASP ASVS 5.0, 7.1.2).
    ///
    /// When one more login was stored, the oldest end, by when they logged in; of logins in parallel the later ones stay.
    /// The sessions that a remember-me cookie begins in one browser count once.
    pub max_sessions: Option<usize>,
    /// How long a link for a forgotten password is of use: 60 minutes.
    pub reset_for: Duration,
}

/// The weakest parameters in order: memory in KiB, passes. OWASP Password Storage Cheat Sheet, "Argon2id"; ASVS 5.0,
/// appendix C.
const WEAKEST: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

impl Default for AuthConfig {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            login: "login".to_owned(),
            home: "/".to_owned(),
            hash_memory: 19_456,
            hash_iterations: 2,
            hash_parallelism: 1,
            hashes_at_once: (processors / 2).max(1),
            hash_wait: Duration::from_secs(5),
            remember_for: Duration::from_secs(30 * 24 * 60 * 60),
            devices: true,
            max_sessions: None,
            reset_for: Duration::from_secs(60 * 60),
        }
    }
}

impl AuthConfig {
    /// Options that cannot be meant. Tests may hash as fast as they like.
    pub(crate) fn problems(&self, in_tests: bool) -> Vec<BootProblem> {
        let mut problems = Vec::new();
        let problem = |what: &str| BootProblem::new("config/auth.rs", what);
        let strong = WEAKEST
            .iter()
            .any(|(memory, passes)| self.hash_memory >= *memory && self.hash_iterations >= *passes);
        if !strong && !in_tests {
            let what = "hashes of passwords are weaker than OWASP allows";
            problems.push(
                problem(what).cure(
                    "take hash_memory: 19_456 (KiB) with hash_iterations: 2, or more of both",
                ),
            );
        }
        if self.hashes_at_once == 0 {
            let what = "`hashes_at_once` is 0, so that nobody could log in";
            problems.push(problem(what).cure("take 1 or more"));
        }
        if self.max_sessions == Some(0) {
            let what = "`max_sessions` is 0, so that every login would end at once";
            problems.push(problem(what).cure("take 1 or more, or None for no limit"));
        }
        // What is shorter than a second counts as 0: the clock of devices and links has seconds.
        if self.remember_for.as_secs() == 0 {
            let what = "`remember_for` is 0, so that no device would be remembered";
            problems.push(problem(what).cure("leave auth().remember() out instead"));
        }
        if self.reset_for.as_secs() == 0 {
            let what = "`reset_for` is 0, so that no link would set a new password";
            problems.push(problem(what).cure("take some minutes, 60 by default"));
        }
        if self.login.is_empty() {
            let what = "`login` is empty, so that guests could not be sent to log in";
            problems.push(problem(what).cure("write the name of a route, `login` by default"));
        }
        if !crate::http::is_local(&self.home) {
            let what = format!("`home` is `{}`, which is not a path", self.home.escape_debug());
            problems.push(problem(&what).cure("write a path such as /dashboard"));
        }
        problems
    }
}
