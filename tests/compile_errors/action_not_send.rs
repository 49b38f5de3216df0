//! An action that keeps what is bound to one thread across an `.await`.

use std::rc::Rc;

use lunox::prelude::*;

async fn load() {}

async fn show(_req: HttpRequest) -> String {
    let title = Rc::new("Home");
    load().await;
    title.to_string()
}

fn routes(route: &mut Router) {
    route.get("/", show);
}

fn main() {
    let _ = routes;
}
