//! Templates.

use lunox::prelude::*;

pub fn config(env: &Env) -> ViewConfig {
    ViewConfig {
        path: base_path("resources/views"),

        // While developing, a change in a template shows with the next request.
        reload: env.environment().is_local(),

        // Where the files behind asset('...') are, if not here: https://cdn.example
        asset_url: env.optional("ASSET_URL"),

        // Otherwise the templates inside the program are used: it can be copied anywhere.
        embedded: Some(views!("$CARGO_MANIFEST_DIR/resources/views")),
    }
}
