//! An action with more path parameters than there may be.

use lunox::prelude::*;

async fn show(_req: HttpRequest, _a: u8, _b: u8, _c: u8, _d: u8, _e: u8, _f: u8, _g: u8) -> String {
    String::new()
}

fn routes(route: &mut Router) {
    route.get("/{a}/{b}/{c}/{d}/{e}/{f}/{g}", show);
}

fn main() {
    let _ = routes;
}
