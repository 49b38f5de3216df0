//! Accounts: where visitors are sent, and how long devices and links last.

use lunox::prelude::*;

pub fn config(env: &Env) -> AuthConfig {
    AuthConfig {
        // Where visitors who are logged in are sent by pages for guests, such as the login.
        home: "/account".to_owned(),

        // How long a device stays logged in after its last use, if its user asks for it: 30 days.
        remember_for: env.minutes("AUTH_REMEMBER_FOR", 30 * 24 * 60),

        // How long a link for a forgotten password is of use.
        reset_for: env.minutes("AUTH_RESET_FOR", 60),

        // Whether a login notes browser, system and address, for session().devices(). The session drivers cookie and null
        // find no sessions by their user: write false with these.
        devices: true,

        // How many sessions a user may have; the oldest end. None for any number.
        max_sessions: None,

        // Hashing: see lunox::auth::AuthConfig.
        ..AuthConfig::default()
    }
}
