//! What is accepted from visitors and proxies.

use lunox::http::Limits;
use lunox::prelude::*;

pub fn config(env: &Env) -> HttpConfig {
    HttpConfig {
        // The hosts that requests may name, `.example.com` with all its subdomains, * for every host. Empty: localhost and
        // the host of APP_URL where APP_ENV is local; elsewhere every host, with a warning in production.
        trusted_hosts: env.list("TRUSTED_HOSTS", &[]),

        // Proxies whose X-Forwarded-* headers are believed: addresses, ranges such as 10.0.0.0/8, or * for whatever
        // connects, if nothing but one proxy can.
        trusted_proxies: env.list("TRUSTED_PROXIES", &[]),

        // Counts every request as https, for a proxy that ends TLS and does not say so.
        force_https: env.bool("FORCE_HTTPS", false),

        // The folder of the files that anyone may fetch: /robots.txt is public/robots.txt.
        public: Some(base_path("public")),

        // Where load balancers ask whether the session store and the database answer: 200, else 503.
        health: Some("/up".to_owned()),

        // Release builds have those files inside, as they have the templates; public/storage stays on the disk.
        embedded_public: public_files!("$CARGO_MANIFEST_DIR/public"),

        // The longest pause in a body, and the longest time that all of it may take.
        body_idle_timeout: env.seconds("HTTP_BODY_IDLE_TIMEOUT", 10),
        body_timeout: env.seconds("HTTP_BODY_TIMEOUT", 60),

        // How large bodies may be, and how long an action may take (0: as long as it likes): see lunox::http::Limits.
        // A route changes it for itself with .limits(...).
        limits: Limits {
            request_timeout: env.seconds("HTTP_REQUEST_TIMEOUT", 60),
            ..Limits::default()
        },
    }
}
