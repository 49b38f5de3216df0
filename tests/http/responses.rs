//! What actions answer with.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Method;
use lunox::http::{html, inline_file, stream_download};
use lunox::prelude::*;
use lunox::testing::TestApp;
use lunox::web::Cookie;
use serde_json::json as value;

use crate::visit;

/// Events with a pause of so many seconds before each.
struct Paced {
    pauses: std::vec::IntoIter<u64>,
    wait: Option<Pin<Box<tokio::time::Sleep>>>,
}

fn paced(pauses: Vec<u64>) -> Paced {
    Paced { pauses: pauses.into_iter(), wait: None }
}

impl futures_core::Stream for Paced {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if self.wait.is_none() {
            let Some(seconds) = self.pauses.next() else { return Poll::Ready(None) };
            self.wait = Some(Box::pin(tokio::time::sleep(Duration::from_secs(seconds))));
        }
        if let Some(wait) = &mut self.wait {
            std::task::ready!(wait.as_mut().poll(cx));
        }
        self.wait = None;
        Poll::Ready(Some(Event::new("x")))
    }
}

#[tokio::test(start_paused = true)]
async fn comments_keep_a_silent_stream_of_events_alive() {
    let client = visit(|route| {
        route.get("/default", async || event_stream(paced(vec![14, 14, 31, 1])));
        route.get("/often", async || {
            event_stream(paced(vec![14])).keep_alive(Duration::from_secs(4))
        });
        route.get("/never", async || event_stream(paced(vec![3600])).keep_alive(Duration::ZERO));
    })
    .await;
    let (event, comment) = ("data: x\n\n", ":\n\n");
    let two = [event, event, comment, comment, event, event].concat();
    client
        .get("/default")
        .await
        .assert_header("content-type", "text/event-stream")
        .assert_text(&two);
    client.get("/often").await.assert_text(&[comment, comment, comment, event].concat());
    client.get("/never").await.assert_text(event);
}

/// A stream of values that are there already.
struct Items<T>(std::vec::IntoIter<T>);

impl<T: Unpin> futures_core::Stream for Items<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(self.0.next())
    }
}

fn items<T>(items: Vec<T>) -> Items<T> {
    Items(items.into_iter())
}

struct Shelf;

impl Controller for Shelf {}

impl Shelf {
    async fn show(self: Arc<Self>, _req: HttpRequest, id: u64) -> Result<impl IntoResponse> {
        abort_if(id == 0, 404)?;
        Ok(json(value!({ "id": id })))
    }

    async fn leave() -> Result<impl IntoResponse> {
        Ok(redirect("/"))
    }

    async fn text(req: HttpRequest) -> Result<impl IntoResponse> {
        let _: u8 = req.string("number").parse()?;
        Ok("text")
    }
}

#[tokio::test]
async fn an_action_may_return_a_result_of_anything_that_is_a_response() {
    let app = TestApp::new().register(|app| app.instance::<Shelf>(Arc::new(Shelf)));
    let client = app
        .routes(|route| {
            route.get("/shelves/{id}", Shelf::show);
            route.get("/leave", Shelf::leave);
            route.get("/text", Shelf::text);
            route.get("/closure", async |req: HttpRequest| -> Result<(u16, String)> {
                let number: u8 = req.string("number").parse()?;
                Ok((201, number.to_string()))
            });
        })
        .client()
        .await;
    client.get("/shelves/5").await.assert_exact_json(value!({"id": 5}));
    client.get("/shelves/0").await.assert_not_found();
    client.get("/leave").await.assert_redirect("/");
    client.get("/text?number=5").await.assert_text("text");
    client.get("/text").await.assert_status(500).assert_dont_see("digit");
    client.get("/closure?number=5").await.assert_status(201).assert_text("5");
    client.get("/closure").await.assert_status(500);
}

const TEXT: &str = "text/plain; charset=utf-8";

#[tokio::test]
async fn strings_are_plain_text_so_that_markup_from_visitors_does_not_run() {
    let client = visit(|route| {
        route.get("/static", async || "static");
        route.get("/echo", async |req: HttpRequest| req.string("text"));
        route.get("/html", async || html("<b>bold</b>"));
        route.get("/bytes", async || vec![0_u8, 1]);
        route.get("/unit", async || ());
    })
    .await;
    client.get("/static").await.assert_text("static").assert_header("content-type", TEXT);
    let echo = client.get("/echo?text=%3Cscript%3E").await;
    echo.assert_text("<script>").assert_header("content-type", TEXT);
    client.get("/html").await.assert_header("content-type", "text/html; charset=utf-8");
    client.get("/bytes").await.assert_header("content-type", "application/octet-stream");
    client.get("/unit").await.assert_ok().assert_text("").assert_header_missing("content-type");
}

#[tokio::test]
async fn values_are_json() {
    #[derive(serde::Serialize)]
    struct Moon {
        phase: &'static str,
    }
    let client = visit(|route| {
        route.get("/value", async || value!({"a": [1]}));
        route.get("/struct", async || json(Moon { phase: "new" }));
        route.get("/bad", async || {
            json(std::collections::HashMap::from([(vec![1], "keys must be strings")]))
        });
    })
    .await;
    let answer = client.get("/value").await;
    answer.assert_header("content-type", "application/json").assert_text(r#"{"a":[1]}"#);
    client.get("/struct").await.assert_exact_json(value!({"phase": "new"}));
    client.get("/bad").await.assert_status(500);
}

#[tokio::test]
async fn a_pair_is_a_status_and_a_body() {
    let client = visit(|route| {
        route.get("/made", async || (201, json("made")));
        route.get("/tea", async || (http::StatusCode::IM_A_TEAPOT, "tea"));
        route.get("/gone", async || http::StatusCode::GONE);
        route.get("/none", async || no_content());
        route.get("/wrong", async || (42_u16, "no status"));
    })
    .await;
    client.get("/made").await.assert_created().assert_text("\"made\"");
    client.get("/tea").await.assert_status(418).assert_text("tea");
    client.get("/gone").await.assert_status(410);
    client.get("/none").await.assert_no_content();
    client.get("/wrong").await.assert_status(500).assert_dont_see("42");
}

#[tokio::test]
async fn nothing_found_is_a_404() {
    let client = visit(|route| {
        route.get("/option/{id}", async |_: HttpRequest, id: u8| (id == 1).then_some("one"));
        route.get("/both/{id}", async |_: HttpRequest, id: u8| -> Result<Option<Response>> {
            abort_if(id > 1, 403)?;
            Ok((id == 1).then(|| json("one")))
        });
    })
    .await;
    client.get("/option/1").await.assert_text("one");
    client.get("/option/0").await.assert_not_found();
    client.get("/both/1").await.assert_text("\"one\"");
    client.get("/both/0").await.assert_not_found();
    client.get("/both/2").await.assert_forbidden();
}

#[tokio::test]
async fn headers_are_set_and_a_line_break_in_one_is_an_error() {
    let client = visit(|route| {
        route.get("/fine", async || no_content().header("x-moon", "full").header("x-moon", "new"));
        route.get("/split", async |req: HttpRequest| {
            no_content().header("x-name", req.string("name"))
        });
    })
    .await;
    client.get("/fine").await.assert_header("x-moon", "new");
    let answer = client.get("/split?name=a%0d%0aset-cookie:+evil=1+b").await;
    answer.assert_status(500).assert_cookie_missing("evil").assert_header_missing("x-name");
}

#[tokio::test]
async fn a_redirect_leads_elsewhere_and_a_line_break_in_it_is_an_error() {
    let client = visit(|route| {
        route.get("/plain", async || redirect("/café"));
        route.get("/see", async || redirect("/done").status(303));
        route.get("/local", async |req: HttpRequest| Redirect::local(&req.string("to"), "/home"));
        route.get("/split", async |req: HttpRequest| redirect(req.string("to")));
        route.get("/back", async || back());
    })
    .await;
    client.get("/plain").await.assert_status(302).assert_redirect("/caf%C3%A9");
    client.get("/see").await.assert_status(303).assert_redirect("/done");
    client.get("/local?to=/a?b=1").await.assert_redirect("/a?b=1");
    client.get("/local?to=//evil.test").await.assert_redirect("/home");
    let split = client.get("/split?to=/a%0d%0aset-cookie:+evil=1").await;
    split.assert_status(500).assert_header_missing("location").assert_cookie_missing("evil");
    for (referer, target) in [
        ("http://localhost/form?a=1", "/form?a=1"),
        ("https://evil.test/form", "/"),
        ("http://localhost//evil.test", "/"),
        ("nonsense", "/"),
    ] {
        let request = client.another().request(Method::GET, "/back").header("referer", referer);
        request.send().await.assert_redirect(target);
    }
}

#[tokio::test]
async fn a_redirect_after_put_patch_or_delete_is_one_that_browsers_follow_with_get() {
    let client = visit(|route| {
        route.any("/redirect", async || redirect("/there"));
        route.any("/back", async || back());
        route.any("/named", async || to_route("there", ()));
        route.any("/guest", async || Redirect::guest("/there"));
        route.any("/intended", async || Redirect::intended("/there"));
        route.any("/local", async || Redirect::local("/there", "/"));
        route.any("/confirm", async || "").middleware("password.confirm:there");
        route.any("/moved", async || redirect("/there").status(307));
        route.get("/there", async || "there").name("there");
    })
    .await;
    let paths = ["/redirect", "/back", "/named", "/guest", "/intended", "/local", "/confirm"];
    for path in paths {
        for (method, status) in [
            (Method::GET, 302),
            (Method::POST, 302),
            (Method::PUT, 303),
            (Method::PATCH, 303),
            (Method::DELETE, 303),
        ] {
            let client = client.another().from("/there");
            client.request(method, path).await.assert_status(status).assert_redirect("/there");
        }
        let spoofed = client.from("/there").post(path, [("_method", "DELETE")]).await;
        spoofed.assert_redirect("/there");
    }
    client.put("/moved", ()).await.assert_status(307);
    let browser = client.following_redirects();
    browser.delete("/redirect").await.assert_text("there");
}

#[tokio::test]
async fn a_download_names_its_file_and_its_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.csv");
    std::fs::write(&file, "a,b\n".repeat(50_000)).expect("written");
    let missing = folder.path().join("missing");
    let inline = file.clone();
    let client = visit(move |route| {
        route.get("/download", move |_: HttpRequest| {
            let file = file.clone();
            async move { download(file, "Bericht für \"uns\".csv").await }
        });
        route.get("/inline", move |_: HttpRequest| inline_file(inline.clone()));
        route.get("/missing", move |_: HttpRequest| {
            let missing = missing.clone();
            async move { download(missing, "x").await }
        });
        route.get("/made", async || {
            stream_download(items(vec![Ok::<_, std::io::Error>("made")]), "made.txt")
        });
    })
    .await;
    let answer = client.get("/download").await;
    answer.assert_ok().assert_header("content-length", "200000");
    answer.assert_header("content-type", "text/csv; charset=utf-8");
    answer.assert_header("x-content-type-options", "nosniff");
    let name = "attachment; filename=\"Bericht f_r _uns_.csv\"; \
                filename*=UTF-8''Bericht%20f%C3%BCr%20%22uns%22.csv";
    answer.assert_header("content-disposition", name);
    assert_eq!(answer.bytes().len(), 200_000);
    let inline = "inline; filename=\"report.csv\"; filename*=UTF-8''report.csv";
    client.get("/inline").await.assert_header("content-disposition", inline);
    client.get("/missing").await.assert_not_found().assert_dont_see("missing");
    let made = client.get("/made").await;
    made.assert_text("made").assert_header("content-type", "text/plain; charset=utf-8");
    let head = client.head("/download").await;
    head.assert_ok().assert_text("").assert_header("content-length", "200000");
}

#[tokio::test]
async fn a_stream_is_sent_piece_by_piece() {
    let client = visit(|route| {
        route.get("/", async || stream(items(vec![Ok::<_, std::io::Error>("one "), Ok("two")])));
    })
    .await;
    let answer = client.get("/").await;
    answer.assert_ok().assert_text("one two").assert_header_missing("content-length");
}

#[tokio::test]
async fn events_are_sent_as_browsers_read_them() {
    let client = visit(|route| {
        route.get("/", async || {
            let events = vec![Event::new("two\nlines").name("tick").id("1"), Event::new("last")];
            event_stream(items(events))
        });
    })
    .await;
    let answer = client.get("/").await;
    answer.assert_text("event: tick\nid: 1\ndata: two\ndata: lines\n\ndata: last\n\n");
    answer.assert_header("content-type", "text/event-stream");
    answer.assert_header("cache-control", "no-cache");
}

#[tokio::test]
async fn queued_cookies_leave_with_safe_attributes_whatever_the_status() {
    async fn deep_down() {
        cookies().queue(("taste", "sweet & sour"));
    }
    let client = visit(|route| {
        route.get("/", async || {
            cookies().queue(("taste", "first"));
            deep_down().await;
            "queued"
        });
        route.get("/fails", async || -> Result {
            cookies().queue(Cookie::build(("open", "1")).http_only(false).path("/fails"));
            abort(404)
        });
        route.get("/forget", async || cookies().forget("taste"));
        route.get("/own", async || no_content().cookie(Cookie::new("own", "1")));
        route.get("/read", async |req: HttpRequest| req.cookie("taste"));
    })
    .await;
    let answer = client.get("/").await;
    let taste = "taste=sweet%20&%20sour; HttpOnly; SameSite=Lax; Path=/";
    assert_eq!(answer.set_cookies(), [taste]);
    client.get("/read").await.assert_text("sweet & sour");
    let answer = client.get("/fails").await;
    answer.assert_not_found();
    assert_eq!(answer.set_cookies(), ["open=1; SameSite=Lax; Path=/fails"]);
    assert_eq!(client.get("/own").await.set_cookies(), ["own=1"]);
    client.get("/forget").await.assert_cookie("taste");
    assert_eq!(client.cookie("taste"), None);
    client.get("/read").await.assert_not_found();
}
