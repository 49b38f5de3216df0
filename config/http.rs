//! What is accepted from visitors and proxies.

use lunox::prelude::*;

pub fn config(env: &Env) -> HttpConfig {
    HttpConfig {
        // The hosts that requests may name, `.example.com` with all its subdomains. Empty accepts every host.
        trusted_hosts: env.list("TRUSTED_HOSTS", &[]),

        // Proxies whose X-Forwarded-* headers are believed: addresses or ranges such as 10.0.0.0/8.
        trusted_proxies: env.list("TRUSTED_PROXIES", &[]),

        // Limits of bodies and how long they may take.
        ..HttpConfig::default()
    }
}
