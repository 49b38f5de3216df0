//! The middleware that tells browsers what a page may do.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};

use crate::config::Environment;
use crate::http::{HttpRequest, Middleware, Next, Result, request};

/// Sends the headers by which browsers keep a page's visitors safe (OWASP Secure Headers Project; OWASP ASVS 5.0, 3.4):
///
/// - `X-Content-Type-Options: nosniff`: what is sent as text or as an image is never run as a script.
/// - `Referrer-Policy: strict-origin-when-cross-origin`: other sites learn the origin that a link is on, and no path.
/// - `Cross-Origin-Opener-Policy: same-origin-allow-popups`: a page that opened this one cannot reach into it.
/// - `Content-Security-Policy` (CSP Level 3): scripts of this origin and inline ones that have the request's
///   [`csp_nonce`]; no plug-ins; no `<base>` of another origin; in no frame of another page.
/// - `Strict-Transport-Security` (RFC 6797) in production, where the request came over HTTPS: browsers use HTTPS alone
///   for a year. Its section 7.2 forbids it over plain HTTP.
///
/// A header that the action or a middleware further in has set stays as it is. Styles are not restricted.
///
/// ```
/// use lunox::prelude::*;
/// use lunox::testing::TestApp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = TestApp::new()
///     .middleware(|middleware| middleware.global(SecureHeaders::new().frame_ancestors("'self'")))
///     .routes(|route| {
///         route.get("/", async || html(format!("<script nonce={}>run()</script>", csp_nonce())));
///     })
///     .client()
///     .await;
/// let page = client.get("/").await;
/// page.assert_header("x-content-type-options", "nosniff");
/// assert!(page.header("content-security-policy").unwrap().ends_with("frame-ancestors 'self'"));
/// # }
/// ```
pub struct SecureHeaders {
    policy: String,
    frame_ancestors: String,
    hsts: HeaderValue,
    /// The policy of a request that has asked for no nonce.
    plain: OnceLock<HeaderValue>,
    production: OnceLock<bool>,
}

/// Where the nonce goes in a policy.
const NONCE: &str = "{nonce}";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

impl Default for SecureHeaders {
    fn default() -> Self {
        Self::new()
    }
}

impl SecureHeaders {
    /// The headers as they are described above.
    pub fn new() -> Self {
        Self {
            policy: "script-src 'self' {nonce}; object-src 'none'; base-uri 'self'".to_owned(),
            frame_ancestors: "'none'".to_owned(),
            hsts: HeaderValue::from_static("max-age=31536000"),
            plain: OnceLock::new(),
            production: OnceLock::new(),
        }
    }

    /// Another policy, without `frame-ancestors`: `"script-src 'self' {nonce} https://cdn.test"`. `{nonce}` stands for the
    /// nonce of a request that has one.
    ///
    /// # Panics
    /// When a header cannot have this text.
    #[must_use]
    #[track_caller]
    pub fn policy(self, policy: &str) -> Self {
        checked(policy);
        Self { policy: policy.to_owned(), ..self }
    }

    /// Which pages may show this application's in a frame: `'self'`, or origins. `'none'` by default.
    ///
    /// # Panics
    /// As [`policy`](SecureHeaders::policy).
    #[must_use]
    #[track_caller]
    pub fn frame_ancestors(self, sources: &str) -> Self {
        checked(sources);
        Self { frame_ancestors: sources.to_owned(), ..self }
    }

    /// Another `Strict-Transport-Security`, such as `max-age=31536000; includeSubDomains`.
    ///
    /// # Panics
    /// As [`policy`](SecureHeaders::policy).
    #[must_use]
    #[track_caller]
    pub fn hsts(self, value: &str) -> Self {
        Self { hsts: checked(value), ..self }
    }

    fn policy_with(&self, nonce: &str) -> HeaderValue {
        let policy = match nonce {
            "" => self.policy.replace(" {nonce}", "").replace(NONCE, ""),
            nonce => self.policy.replace(NONCE, nonce),
        };
        checked(&format!("{policy}; frame-ancestors {}", self.frame_ancestors))
    }

    fn is_in_production(&self, req: &HttpRequest) -> bool {
        let of_app = || req.container().make::<Environment>().is_ok_and(|of| of.is_production());
        *self.production.get_or_init(of_app)
    }
}

#[track_caller]
fn checked(text: &str) -> HeaderValue {
    match HeaderValue::from_str(text) {
        Ok(value) => value,
        Err(_) => panic!("a header cannot have this text: {text:?}"),
    }
}

impl Middleware for SecureHeaders {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let mut response = next.run(req.clone()).await;
        let headers = response.headers_mut();
        headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| match req.shared::<Nonce>() {
            Some(nonce) => self.policy_with(&format!("'nonce-{}'", nonce.0)),
            None => self.plain.get_or_init(|| self.policy_with("")).clone(),
        });
        for (name, value) in [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "strict-origin-when-cross-origin"),
            (OPENER_POLICY, "same-origin-allow-popups"),
        ] {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        if req.is_secure() && self.is_in_production(&req) {
            headers.entry(STRICT_TRANSPORT_SECURITY).or_insert_with(|| self.hsts.clone());
        }
        Ok(response)
    }
}

/// What inline scripts of one response have, and nobody can guess.
struct Nonce(String);

/// The nonce of the current request, for its inline scripts: `<script nonce="{{ csp_nonce() }}">`. Each request has another,
/// of 128 random bits (CSP Level 3, 8.1).
///
/// The policy that [`SecureHeaders`] sends allows it if it was asked for before the response was returned. A page that is
/// kept and sent again would have the nonce of another request: its scripts belong into files.
///
/// # Panics
/// Outside a request, and where the operating system has no random bytes.
#[track_caller]
pub fn csp_nonce() -> String {
    nonce_of(&request())
}

pub(crate) fn nonce_of(req: &HttpRequest) -> String {
    if let Some(nonce) = req.shared::<Nonce>() {
        return nonce.0.clone();
    }
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system has no random bytes for a nonce: {error}");
    }
    let nonce = STANDARD.encode(bytes);
    req.share(Arc::new(Nonce(nonce.clone())));
    nonce
}
