//! A path parameter of a type that cannot be read from text.

use lunox::prelude::*;

struct PhotoId(u64);

async fn show(_req: HttpRequest, id: PhotoId) -> String {
    format!("photo {}", id.0)
}

async fn edit(_req: HttpRequest, id: Option<PhotoId>) -> String {
    id.map_or_else(String::new, |id| format!("photo {}", id.0))
}

fn routes(route: &mut Router) {
    route.get("/photos/{id}", show);
    route.get("/photos/edit/{id?}", edit);
}

fn main() {
    let _ = routes;
}
