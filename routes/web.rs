//! Pages: these routes have the middleware group `web`, and with it a session.

use lunox::prelude::*;

use crate::http::controllers::profile_controller::ProfileController;
use crate::http::controllers::session_controller::SessionController;
use crate::http::controllers::welcome_controller::WelcomeController;

pub fn routes(route: &mut Router) {
    route.get("/", WelcomeController::home).name("home");
    route.get("/profile", ProfileController::show).name("profile");
    route.post("/profile", ProfileController::store).name("profile.store");
    route.delete("/profile", ProfileController::destroy).name("profile.destroy");
    route.get("/hello/{id}/{message}", async |_req: HttpRequest, id: u64, message: String| {
        format!("{id}: {message}")
    });

    route.prefix("/session").name("session.").group(|route| {
        route.post("/", SessionController::put).name("put");
        route.delete("/", SessionController::flush).name("flush");
        route.delete("/{key}", SessionController::forget).name("forget");
    });
}
