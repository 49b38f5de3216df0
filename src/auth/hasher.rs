//! Hashing passwords off the async threads.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHash, Version};
use tokio::sync::Semaphore;

use super::AuthConfig;
use crate::error::Error;
use crate::http::Result;

/// 16 bytes, as RFC 9106, 4, advises.
const SALT: usize = 16;
/// How long a hash is: 32 bytes, the length that the crate calls its default.
const LENGTH: usize = 32;

/// Hashes passwords with argon2id, a bounded number at once.
///
/// A hash takes `hash_memory` (19 MiB) and some milliseconds of a processor. It is computed on the blocking threads of
/// tokio, and at most `hashes_at_once` are at work. Further ones wait in order, without memory of their own, for
/// `hash_wait`; then the request is answered 503.
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    params: Params,
    turns: Arc<Semaphore>,
    wait: Duration,
    /// A hash that no password has, with the same parameters as the others.
    dummy: String,
    /// How many hashes have been computed.
    computed: Arc<AtomicU64>,
}

impl Hasher {
    pub(crate) fn new(config: &AuthConfig) -> std::result::Result<Self, String> {
        let params = Params::new(
            config.hash_memory,
            config.hash_iterations,
            config.hash_parallelism,
            Some(LENGTH),
        )
        .map_err(|error| format!("the parameters of argon2id are out of range: {error}"))?;
        let dummy = dummy(&params).map_err(|error| error.to_string())?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()),
            params,
            turns: Arc::new(Semaphore::new(config.hashes_at_once)),
            wait: config.hash_wait,
            dummy,
            computed: Arc::default(),
        })
    }

    /// The hash of a password, with a salt of its own, as a PHC string.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt)?;
        let password = password.to_owned();
        let hashed = self
            .in_turn(move |argon2| argon2.hash_password_with_salt(password.as_bytes(), &salt))
            .await?;
        Ok(hashed?.to_string())
    }

    /// Whether a hash is that of a password, with the parameters that the hash names.
    ///
    /// # Errors
    /// When the hash is not one of argon2, and 503 when too many wait.
    pub(super) async fn verify(&self, password: &str, hash: &str) -> Result<bool> {
        let hash = parse(hash)?;
        let password = password.to_owned();
        let verified =
            self.in_turn(move |argon2| argon2.verify_password(password.as_bytes(), &hash)).await?;
        match verified {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Verifies the password of a login. Without a hash to compare with, it does the same amount of work, so that the response
    /// time does not reveal which accounts exist (OWASP ASVS 5.0, 6.3.8).
    pub(super) async fn verify_login(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        match hash.filter(|hash| !hash.is_empty()) {
            Some(hash) if parse(hash).is_ok() => self.verify(password, hash).await,
            hash => {
                if let Some(error) = hash.and_then(|hash| parse(hash).err()) {
                    tracing::error!("a user cannot log in: {error}");
                }
                self.verify(password, &self.dummy).await?;
                Ok(false)
            }
        }
    }

    /// Whether a hash was made with other parameters than those in force.
    pub(super) fn needs_rehash(&self, hash: &str) -> bool {
        let same = |hash: &PasswordHash| {
            let params = Params::try_from(hash).ok()?;
            let ours = &self.params;
            Some(
                hash.algorithm == ARGON2ID_IDENT
                    && hash.version == Some(Version::V0x13.into())
                    && params.m_cost() == ours.m_cost()
                    && params.t_cost() == ours.t_cost()
                    && params.p_cost() == ours.p_cost()
                    && params.output_len() == ours.output_len(),
            )
        };
        parse(hash).ok().and_then(|hash| same(&hash)) != Some(true)
    }

    #[cfg(test)]
    pub(super) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn dummy(&self) -> &str {
        &self.dummy
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.turns.available_permits()
    }

    /// Runs a computation on a blocking thread when it is its turn.
    pub(super) async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(self.wait, turn).await else {
            tracing::warn!("too many passwords wait to be hashed; a request is answered 503");
            return Err(Error::new(503, "too many logins at once").header("retry-after", "5"));
        };
        let (argon2, computed) = (self.argon2.clone(), Arc::clone(&self.computed));
        let task = tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            computed.fetch_add(1, Ordering::Relaxed);
            // Only now: if the request is dropped, the computation goes on and still takes its memory.
            drop(turn);
            result
        });
        Ok(task.await?)
    }
}

/// A text that names the parameters and ends in random bytes.
fn dummy(params: &Params) -> std::result::Result<String, Box<dyn std::error::Error>> {
    use argon2::password_hash::phc::{Output, ParamsString, Salt};
    let (mut salt, mut output) = ([0; SALT], [0; LENGTH]);
    getrandom::fill(&mut salt)?;
    getrandom::fill(&mut output)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(Output::new(&output)?),
    };
    Ok(hash.to_string())
}

/// Why a text is not a hash that can be verified. The text itself stays out of the log.
#[derive(Debug)]
struct NotArgon2(&'static str);

impl fmt::Display for NotArgon2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the stored password hash is {}, and not one of argon2 (`$argon2id$...`), which `hash_password` makes; \
             let the user choose a new password",
            self.0
        )
    }
}

impl std::error::Error for NotArgon2 {}

fn parse(hash: &str) -> std::result::Result<PasswordHash, NotArgon2> {
    let starts = |starts: &[&str]| starts.iter().any(|start| hash.starts_with(start));
    match PasswordHash::new(hash) {
        Ok(parsed) if starts(&["$argon2"]) => Ok(parsed),
        _ if starts(&["$2y$", "$2b$", "$2a$"]) => Err(NotArgon2("one of bcrypt")),
        _ => Err(NotArgon2("a text of another form")),
    }
}
