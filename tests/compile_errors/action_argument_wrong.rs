//! Actions whose first argument is not the request.

use lunox::prelude::*;

async fn only_id(id: u64) -> String {
    format!("photo {id}")
}

async fn request_last(id: u64, _req: HttpRequest) -> String {
    format!("photo {id}")
}

fn routes(route: &mut Router) {
    route.get("/photos/{id}", only_id);
    route.get("/albums/{id}", request_last);
}

fn main() {
    let _ = routes;
}
