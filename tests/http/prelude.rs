//! The names that an application uses: all within reach of one crate, and none in the way of its own.

use lunox::prelude::*;
use lunox::testing::TestApp;

/// As an application's own modules, beside the prelude.
mod config {
    pub struct Mail(pub &'static str);

    pub fn mail() -> Mail {
        Mail("own")
    }
}

mod app {
    pub fn name() -> &'static str {
        "own app"
    }
}

mod route {
    pub fn list() -> [&'static str; 1] {
        ["own route"]
    }
}

#[tokio::test]
async fn own_modules_named_as_functions_of_the_prelude_hide_nothing() {
    let client = TestApp::new()
        .routes(|router| {
            router.get("/name", async || config("app.name").to_string()).name("name");
            router.get("/all", async || format!("{} {}", route("name", ()), app().clock().unix()));
        })
        .client()
        .await;
    client.get("/name").await.assert_text("\"Lunox\"");
    client.get("/all").await.assert_text("/name 1800000000");
    assert_eq!((config::mail().0, app::name(), route::list()), ("own", "own app", ["own route"]));
}

mod own_functions {
    use lunox::prelude::*;

    pub fn app() -> &'static str {
        "own"
    }

    pub fn config(key: &str) -> String {
        format!("own {key}")
    }

    fn route(id: u64) -> String {
        format!("own {id}")
    }

    #[test]
    fn own_functions_come_before_those_of_the_prelude() {
        assert_eq!((app(), config("mail"), route(7)), ("own", "own mail".into(), "own 7".into()));
        assert_eq!(html("own").into_response().status_code(), 200);
    }
}

mod elsewhere {
    use lunox::prelude::*;

    use super::own_functions::{app, config};

    #[test]
    fn what_is_imported_by_name_comes_before_the_prelude() {
        assert_eq!((app(), config("mail")), ("own", "own mail".to_owned()));
        assert_eq!(html("own").into_response().status_code(), 200);
    }
}

#[tokio::test]
async fn requests_and_errors_are_made_without_another_crate() {
    use lunox::http::{Bytes, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};

    fn parts(req: &HttpRequest) -> (&Method, &Uri, &HeaderMap) {
        (req.method(), req.uri(), req.headers())
    }

    let client = TestApp::new()
        .plain_routes(|route| {
            route.any("/echo", async |req: HttpRequest| {
                let (method, uri, headers) = parts(&req);
                format!("{method} {uri} {}", headers.contains_key(header::ACCEPT))
            });
            route.get("/bytes", async || (StatusCode::ACCEPTED, Bytes::from_static(b"bytes")));
            route.get("/busy", async || -> Result {
                Err(Error::new(429, "later").header("retry-after", "60"))
            });
            route.get("/typed", async || -> Result {
                let (name, value) = (HeaderName::from_static("x-a"), HeaderValue::from(7));
                Err(Error::new(429, "later").header(name, value))
            });
            route.get("/odd", async || -> Result {
                Err(Error::new(429, "later").header("x-a", "b\r\nset-cookie: c=d"))
            });
        })
        .client()
        .await;
    client.request("DELETE", "/echo").await.assert_text("DELETE /echo false");
    client.request(Method::PUT, "/echo?x=1").await.assert_text("PUT /echo?x=1 false");
    client.request("PROPFIND", "/echo").await.assert_status(405);
    client.get("/bytes").await.assert_status(202).assert_text("bytes");
    client.get("/busy").await.assert_status(429).assert_header("retry-after", "60");
    client.get("/typed").await.assert_status(429).assert_header("x-a", "7");
    let odd = client.get("/odd").await;
    odd.assert_status(500).assert_header_missing("x-a").assert_header_missing("set-cookie");
}

#[tokio::test]
#[should_panic = "the method of the request for `/` cannot be sent: invalid HTTP method"]
async fn a_method_that_cannot_be_sent_is_named_at_the_line_of_the_test() {
    TestApp::bare().client().await.request("GE T", "/").await;
}
