//! Programs: these routes start with `/api` and have the middleware group `api`, without a session.

use lunox::prelude::*;

use crate::http::controllers::api::entry_controller::EntryController;

pub fn routes(route: &mut Router) {
    route.name("api.").group(|route| {
        route.resource("/entries", resource!(EntryController: index, store, show));
    });
}
