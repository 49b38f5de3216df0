//! Programs: these routes start with `/api` and have the middleware group `api`, without a session.

use lunox::prelude::*;

pub fn routes(route: &mut Router) {
    route.get("/ping", async || json(serde_json::json!({"pong": true})));
}
