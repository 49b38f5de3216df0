//! Pages: these routes have the middleware group `web`, and with it a session.

use lunox::prelude::*;

use crate::http::controllers::entry_controller::EntryController;

pub fn routes(route: &mut Router) {
    route.get("/", EntryController::index).name("home");
    route.resource("/entries", resource!(EntryController: create, store));
}
