//! Sessions: where they are kept, how long they live, and their cookie.

use lunox::prelude::*;

pub fn config(env: &Env) -> SessionConfig {
    SessionConfig {
        // file: one file a session below `files`; memory: in this process, gone when it ends; null: nowhere;
        // cookie: sealed, with the visitor, at most 4 kB, the last of parallel requests wins, a logout cannot reach a copy of
        // the cookie in another process; redis, sqlite, postgres, mysql: with the feature of lunox of the same name.
        driver: env.name("SESSION_DRIVER", "file"),

        // Whether what the driver stores is sealed under APP_KEY. Changing it starts every visitor anew.
        encrypt: env.bool("SESSION_ENCRYPT", false),

        // How many bytes of JSON a session may have: 1 MiB. A request that would store more fails.
        max_bytes: 1 << 20,

        // How long a session lives without a request.
        lifetime: env.minutes("SESSION_LIFETIME", 120),

        // How long it lives at all, however busy: 30 days.
        absolute_lifetime: env.minutes("SESSION_ABSOLUTE_LIFETIME", 30 * 24 * 60),

        // Where the file driver keeps its files.
        files: storage_path("framework/sessions"),

        // The cookie's name, by default `blog_session` where APP_NAME is `blog`: two applications on one host would log
        // each other out under one name. `__Host-` is put before it when the cookie is secure.
        cookie: env
            .string("SESSION_COOKIE", &SessionConfig::cookie_for(&env.string("APP_NAME", "Lunox"))),

        // Which hosts the cookie is for; none keeps it to this one.
        domain: env.optional("SESSION_DOMAIN"),

        // Whether the cookie travels over HTTPS only. Everywhere but on a developer's machine.
        secure: env.bool("SESSION_SECURE_COOKIE", !env.environment().is_local()),

        // Whether other sites' links and forms carry the cookie: Lax (links only), Strict, None.
        same_site: SameSite::Lax,

        // Whether the browser forgets the cookie when it closes.
        expire_on_close: env.bool("SESSION_EXPIRE_ON_CLOSE", false),

        // Where the driver redis keeps sessions, and how its keys begin.
        redis_url: env.secret("REDIS_URL").unwrap_or_else(|| "redis://127.0.0.1:6379".into()),
        redis_prefix: env.string("SESSION_PREFIX", &env.string("APP_NAME", "lunox")),

        // Where the drivers sqlite, postgres and mysql do: by default in the application's own database.
        database_url: env.secret("SESSION_DATABASE_URL").or_else(|| env.secret("DATABASE_URL")),

        // Renewal, flash, faults, sweeping: see lunox::session::SessionConfig.
        ..SessionConfig::default()
    }
}
