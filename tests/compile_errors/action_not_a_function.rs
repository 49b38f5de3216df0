//! What cannot be called with so many arguments, or not at all.

use lunox::prelude::*;

async fn nine(_req: HttpRequest, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8) {}

fn routes(route: &mut Router) {
    route.get("/", "Home");
    route.get("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", nine);
}

fn main() {
    let _ = routes;
}
