//! The log.

use lunox::prelude::*;

pub fn config(env: &Env) -> LogConfig {
    LogConfig {
        // debug, info, warn, error, off; or a filter such as `info,lunox::session=debug`.
        level: env.string("LOG_LEVEL", "info"),

        // human or json.
        format: env.parse(
            "LOG_FORMAT",
            if env.environment().is_production() { LogFormat::Json } else { LogFormat::Human },
        ),
    }
}
