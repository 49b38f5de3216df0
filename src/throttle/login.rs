//! Throttled logins.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::RateLimiter;
use super::limiter::address;
use super::throttle_requests::too_many;
use crate::encryption::{Keyring, SIGNATURE, Signer};
use crate::error::Error;
use crate::http::{HttpRequest, Result, raw_cookies};
use crate::support::is_within;
use crate::web::Cookie;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// So long a browser keeps the cookie of a device.
const KNOWN_FOR: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// The random part of a device's cookie, and the time that it was made.
const NONCE: usize = 16;
const STAMP: usize = 8;

/// One attempt to log in. Unless [`succeeded`](LoginAttempt::succeeded) is called, it counts as a failure.
///
/// - 5 failures in a minute for each account and address, and 30 for each address.
/// - For each account, from wherever the attempts come: after 3 failures in an hour the next attempt has to wait 1 second,
///   then 2, 4, 8, 16 and at most 30. So nobody guesses more than about 130 passwords of an account in an hour, with
///   however many addresses. Nobody sleeps on the server for it: an attempt that comes too early is answered with 429
///   and `Retry-After`.
/// - A device that has logged in to the account before has a cookie that shows it, and is not subject to any of these.
///   It has 5 failures in a minute of its own, and beyond them counts as unknown. So a guesser cannot lock
///   the owner out ([OWASP, Slow Down Online Guessing Attacks with Device
///   Cookies](https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies)). An owner on a new
///   device shares the account's attempts with the guesser while the attack lasts; a link by mail that proves the
///   account leads past it, if it ends in [`trust_device`].
///
/// An account that does not exist is throttled as any other, so that nothing is learnt from it.
///
/// ```
/// use lunox::prelude::*;
/// use lunox::throttle::LoginAttempt;
///
/// async fn store(req: HttpRequest) -> Result {
///     let email: String = req.string("email");
///     let attempt = LoginAttempt::begin(&req, &email).await?;
///     if !is_right(&email, &req.string("password")).await {
///         return Ok(back().into_response());
///     }
///     attempt.succeeded().await?;
///     req.session().regenerate();
///     Ok(Redirect::intended("/").into_response())
/// }
/// # async fn is_right(_: &str, _: &str) -> bool { true }
/// ```
#[must_use = "an attempt counts as a failure until `succeeded` is called"]
pub struct LoginAttempt {
    limiter: Arc<RateLimiter>,
    req: HttpRequest,
    account: String,
    counted: Vec<(String, Duration)>,
}

impl LoginAttempt {
    /// Begins an attempt for an account: its name as it was typed, in which blanks at the ends and capital letters do
    /// not count.
    ///
    /// # Errors
    /// 429 with `Retry-After` when it comes too early; 503 when the store of hits cannot be reached; 500 without
    /// `ThrottleServiceProvider` or APP_KEY.
    pub async fn begin(req: &HttpRequest, account: &str) -> Result<Self> {
        let limiter = req.container().make::<RateLimiter>().map_err(|_| {
            Error::with_source(
                500,
                "throttled logins need ThrottleServiceProvider in config/app.rs",
            )
        })?;
        let account = account.trim().to_lowercase();
        let mut attempt = Self { limiter, req: req.clone(), account, counted: Vec::new() };
        if let Some(device) = attempt.device()? {
            let own = format!("login device\n{}\n{device}", attempt.account);
            if attempt.count(&own, MINUTE, 5).await?.is_none() {
                return Ok(attempt);
            }
        }
        let address = address(req.ip());
        let account = attempt.account.clone();
        let limits = [
            (format!("login address\n{address}"), 30),
            (format!("login both\n{address}\n{account}"), 5),
        ];
        for (key, max) in limits {
            if let Some(left) = attempt.count(&key, MINUTE, max).await? {
                return Err(attempt.refuse(left).await);
            }
        }
        attempt.wait_for_turn().await
    }

    /// The delay of the account: one attempt for each of its turns.
    async fn wait_for_turn(mut self) -> Result<Self> {
        let failures = format!("login failures\n{}", self.account);
        let before = self.limiter.hit(&failures, 1, HOUR).await?.count - 1;
        self.counted.push((failures, HOUR));
        if let Some(delay) = delay(before) {
            let turn = self.limiter.hit(&format!("login turn\n{}", self.account), 1, delay).await?;
            if turn.count > 1 {
                return Err(self.refuse(turn.left).await);
            }
        }
        Ok(self)
    }

    /// Counts, and returns how long to wait if that is beyond the limit.
    async fn count(&mut self, key: &str, window: Duration, max: u32) -> Result<Option<Duration>> {
        let hits = self.limiter.hit(key, 1, window).await?;
        if hits.count > max {
            self.limiter.hit(key, -1, window).await?;
            return Ok(Some(hits.left));
        }
        self.counted.push((key.to_owned(), window));
        Ok(None)
    }

    /// A refused attempt counts nowhere, so that asking too often does not make the wait longer.
    async fn refuse(self, left: Duration) -> Error {
        match self.give_back().await {
            Ok(_) => too_many(left),
            Err(error) => error,
        }
    }

    async fn give_back(mut self) -> Result<Self> {
        for (key, window) in std::mem::take(&mut self.counted) {
            self.limiter.hit(&key, -1, window).await?;
        }
        Ok(self)
    }

    /// Takes the attempt back from all counts and makes the device known to the account. The middleware `cookies` sends
    /// its cookie.
    ///
    /// # Errors
    /// 503 when the store of hits cannot be reached; 500 when the operating system has no random bytes.
    pub async fn succeeded(self) -> Result<()> {
        let Self { req, account, .. } = self.give_back().await?;
        trust_device(&req, &account)
    }

    /// The device that the request's cookie shows, if it is known to the account.
    fn device(&self) -> Result<Option<String>> {
        let signer = signer(&self.req)?;
        let now = self.limiter.clock.unix();
        let name = cookie_name(&self.account, &signer);
        // Decrypted, behind `encrypt_cookies`.
        let opened = self.req.cookie(&name);
        let raw = raw_cookies(self.req.headers(), &name);
        let known = opened.as_deref().into_iter().chain(raw).find(|value| {
            let Ok(bytes) = URL_SAFE_NO_PAD.decode(value) else { return false };
            let Some((body, signature)) = bytes.split_at_checked(NONCE + STAMP) else {
                return false;
            };
            let made = body[NONCE..].iter().fold(0, |made: u64, byte| made << 8 | u64::from(*byte));
            signature.len() == SIGNATURE
                && is_within(KNOWN_FOR.as_secs(), made, now)
                && signer.verify(&message(body, &self.account), signature)
        });
        Ok(known.map(str::to_owned))
    }
}

/// Makes the device of this request known to an account, as a login does: after a link by mail has proved whose it is.
///
/// # Errors
/// 500 without APP_KEY, or when the operating system has no random bytes.
pub fn trust_device(req: &HttpRequest, account: &str) -> Result<()> {
    let account = account.trim().to_lowercase();
    let signer = signer(req)?;
    let limiter = req.container().make::<RateLimiter>()?;
    let mut bytes = vec![0; NONCE];
    getrandom::fill(&mut bytes)?;
    bytes.extend(limiter.clock.unix().to_be_bytes());
    let signature = signer.sign(&message(&bytes, &account));
    bytes.extend(signature);
    let cookie = Cookie::new(cookie_name(&account, &signer), URL_SAFE_NO_PAD.encode(bytes));
    req.cookies().queue(cookie.max_age(KNOWN_FOR));
    Ok(())
}

/// How long the next attempt for an account waits after so many failures in an hour.
fn delay(failures: u32) -> Option<Duration> {
    let doublings = failures.checked_sub(3)?.min(5);
    Some(Duration::from_secs((1 << doublings).min(30)))
}

fn signer(req: &HttpRequest) -> Result<Signer> {
    let keys = req.container().make::<Keyring>().map_err(|_| {
        Error::with_source(500, "throttled logins need APP_KEY; run `cargo artisan key:generate`")
    })?;
    Ok(keys.signer("known devices"))
}

fn message(body: &[u8], account: &str) -> Vec<u8> {
    [body, account.as_bytes()].concat()
}

/// One browser may know several accounts. The name does not show which.
fn cookie_name(account: &str, signer: &Signer) -> String {
    let signature = signer.sign(format!("name\n{account}").as_bytes());
    format!("device_{}", URL_SAFE_NO_PAD.encode(&signature[..9]))
}
