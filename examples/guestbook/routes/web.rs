//! Pages: these routes have the middleware group `web`, and with it a session.

use lunox::prelude::*;

use crate::http::controllers::admin_controller::AdminController;
use crate::http::controllers::avatar_controller::AvatarController;
use crate::http::controllers::entry_controller::EntryController;

pub fn routes(route: &mut Router) {
    route.get("/", EntryController::index).name("home");
    route.middleware("auth").group(|route| {
        route.resource("/entries", resource!(EntryController: create, edit, update, destroy));
        let store = route.post("/entries", EntryController::store).name("entries.store");
        store.middleware("throttle:30,1,entries");
        route.put("/account/avatar", AvatarController::update).name("avatar.update");
        route.delete("/account/avatar", AvatarController::destroy).name("avatar.destroy");
        let admin =
            route.prefix("/admin").middleware("can:administer").middleware("password.confirm");
        admin.group(|route| {
            route.get("/", AdminController::index).name("admin");
            route.delete("/users/{id}", AdminController::destroy).name("admin.destroy");
        });
    });
}
