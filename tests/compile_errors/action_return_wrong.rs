//! An action that returns what is not a response.

use lunox::prelude::*;

struct Photo;

async fn show(_req: HttpRequest) -> Photo {
    Photo
}

async fn find(_req: HttpRequest) -> Result<Photo> {
    Ok(Photo)
}

fn routes(route: &mut Router) {
    route.get("/", show);
    route.get("/find", find);
}

fn main() {
    let _ = routes;
}
