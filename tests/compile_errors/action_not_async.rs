//! Actions that are a plain function and a plain closure.

use lunox::prelude::*;

fn show(_req: HttpRequest) -> Response {
    html("<h1>Home</h1>")
}

fn routes(route: &mut Router) {
    route.get("/", show);
    route.get("/about", |_req: HttpRequest| "About us");
}

fn main() {
    let _ = routes;
}
