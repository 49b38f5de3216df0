//! Resource controllers, and controllers that the container makes.

use lunox::prelude::*;

use crate::visit;

struct PhotoController;

impl PhotoController {
    async fn index(_req: HttpRequest) -> &'static str {
        "index"
    }
    async fn create(_req: HttpRequest) -> &'static str {
        "create"
    }
    async fn store(_req: HttpRequest) -> Result {
        Ok((201, "store").into_response())
    }
    async fn show(_req: HttpRequest, id: u64) -> String {
        format!("show {id}")
    }
    async fn edit(_req: HttpRequest, id: u64) -> String {
        format!("edit {id}")
    }
    async fn update(_req: HttpRequest, id: u64) -> String {
        format!("update {id}")
    }
    async fn destroy(_req: HttpRequest, _id: u64) -> Response {
        no_content()
    }
}

#[tokio::test]
async fn an_action_of_a_controller_may_leave_out_the_request() {
    let client = lunox::testing::TestApp::new()
        .provider(ShelfProvider)
        .routes(|route| {
            route.get("/size", Shelf::size);
        })
        .client()
        .await;
    client.get("/size").await.assert_text("12");
}

#[tokio::test]
async fn a_resource_has_its_seven_routes_and_names() {
    let client = visit(|r| {
        r.resource("photos", resource!(PhotoController));
        r.get("/url", async || route("photos.edit", [("photo", 4)]));
    })
    .await;
    client.get("/photos").await.assert_text("index");
    client.get("/photos/create").await.assert_text("create");
    client.post("/photos", ()).await.assert_created();
    client.get("/photos/4").await.assert_text("show 4");
    client.get("/photos/4/edit").await.assert_text("edit 4");
    client.put("/photos/4", ()).await.assert_text("update 4");
    client.patch("/photos/4", ()).await.assert_text("update 4");
    client.delete("/photos/4").await.assert_no_content();
    client.get("/url").await.assert_text("/photos/4/edit");
}

#[tokio::test]
async fn a_resource_may_have_only_some_of_its_routes() {
    let client = visit(|route| {
        route.resource("photos", resource!(PhotoController: index, show)).where_number("photo");
        route.resource("albums", api_resource!(PhotoController));
    })
    .await;
    client.get("/photos").await.assert_ok();
    client.get("/photos/4").await.assert_ok();
    client.post("/photos", ()).await.assert_method_not_allowed("GET, HEAD, OPTIONS");
    client.delete("/photos/4").await.assert_method_not_allowed("GET, HEAD, OPTIONS");
    client.get("/photos/create").await.assert_not_found();
    client.post("/albums", ()).await.assert_created();
    client.get("/albums/4/edit").await.assert_not_found();
}

struct Shelf {
    size: usize,
}

impl Controller for Shelf {
    fn middleware() -> Vec<ControllerMiddleware> {
        vec![
            ControllerMiddleware::new("mark:only").only(["show"]),
            ControllerMiddleware::new("mark:except").except(["show"]),
        ]
    }
}

impl Shelf {
    async fn show(self: Arc<Self>, req: HttpRequest, id: usize) -> String {
        format!("{id} of {}{}", self.size, marks(&req))
    }

    async fn list(self: Arc<Self>, req: HttpRequest) -> String {
        format!("{}{}", self.size, marks(&req))
    }

    async fn size(self: Arc<Self>) -> String {
        self.size.to_string()
    }

    async fn about(req: HttpRequest) -> String {
        format!("about{}", marks(&req))
    }
}

fn marks(req: &HttpRequest) -> String {
    req.extension::<String>().unwrap_or_default()
}

struct ShelfProvider;

impl ServiceProvider for ShelfProvider {
    async fn register(&self, app: &Application) -> Result<()> {
        app.singleton::<Shelf>(|_| Ok(Shelf { size: 12 }));
        app.middleware(|registry| {
            registry.alias_with("mark", |parameters| {
                let mark = format!(" {}", parameters.join("+"));
                Ok(lunox::http::BoxMiddleware::new(Mark(mark)))
            });
        });
        Ok(())
    }
}

struct Mark(String);

impl Middleware for Mark {
    async fn handle(&self, req: HttpRequest, next: Next) -> Result {
        let before = req.extension::<String>().unwrap_or_default();
        req.set_extension(format!("{before}{}", self.0));
        Ok(next.run(req).await)
    }
}

#[tokio::test]
async fn a_controller_that_takes_self_comes_from_the_container_with_its_middleware() {
    let client = lunox::testing::TestApp::new()
        .provider(ShelfProvider)
        .routes(|route| {
            route.get("/shelf/{id}", Shelf::show);
            route.get("/shelf", Shelf::list);
            route.get("/plain", Shelf::about);
            route.controller::<Shelf>().get("/about", Shelf::about);
        })
        .client()
        .await;
    client.get("/shelf/3").await.assert_text("3 of 12 only");
    client.get("/shelf").await.assert_text("12 except");
    client.get("/about").await.assert_text("about except");
    client.get("/plain").await.assert_text("about");
}
