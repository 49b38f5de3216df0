//! Accounts: these routes have the middleware group `web`.

use lunox::prelude::*;

use crate::http::controllers::auth::account_controller::AccountController;
use crate::http::controllers::auth::confirm_controller::ConfirmController;
use crate::http::controllers::auth::device_controller::DeviceController;
use crate::http::controllers::auth::forgotten_controller::ForgottenController;
use crate::http::controllers::auth::login_controller::LoginController;
use crate::http::controllers::auth::register_controller::RegisterController;

/// Called by `AccountServiceProvider`.
pub fn routes(route: &mut Router) {
    route.middleware("guest").group(|route| {
        route.get("/register", RegisterController::create).name("register");
        route.get("/login", LoginController::create).name("login");
        route.post("/login", LoginController::store).name("login.store");
        route.get("/forgot-password", ForgottenController::create).name("password.request");
        route.get("/reset-password/{token}", ForgottenController::edit).name("password.reset");
        // Hashing a password and sending mail take time: ten a minute from one address.
        route.middleware("throttle:10,1,accounts").group(|route| {
            route.post("/register", RegisterController::store).name("register.store");
            route.post("/forgot-password", ForgottenController::store).name("password.email");
            route
                .post("/reset-password/{token}", ForgottenController::update)
                .name("password.store");
        });
    });

    route.middleware("auth").group(|route| {
        route.post("/logout", LoginController::destroy).name("logout");
        route.get("/confirm-password", ConfirmController::create).name("password.confirm");
        route.post("/confirm-password", ConfirmController::store).name("password.confirm.store");
        route.get("/account", AccountController::show).name("account");
        route.put("/account/password", AccountController::update_password).name("password.update");
        route.get("/account/devices", DeviceController::index).name("devices");
        route
            .delete("/account/devices", DeviceController::destroy_others)
            .name("devices.destroy_others");
        route
            .delete("/account/devices/{device}", DeviceController::destroy)
            .name("devices.destroy");
        // What cannot be undone asks for the password again.
        route.middleware("password.confirm").group(|route| {
            route.get("/account/delete", AccountController::delete).name("account.delete");
            route.delete("/account", AccountController::destroy).name("account.destroy");
        });
    });
}
