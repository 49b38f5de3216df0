//! What templates know of a form that was sent before, and what providers and middleware add to them.

use std::sync::atomic::{AtomicUsize, Ordering};

use lunox::foundation::provider;
use lunox::prelude::*;
use lunox::testing::TestClient;
use lunox::view::Value;

use crate::views::Site;

/// Shows `page.html` at `/`; a form posted to `/` comes back with errors, its input and a message.
fn form(route: &mut Router) {
    route.get("/", async || view("page", ()));
    route.post("/", async || {
        redirect("/")
            .with("status", "Not yet.")
            .with_input()
            .with_errors([
                ("title", "Too short."),
                ("title", "Too <dull>."),
                ("address.city", "Unknown."),
            ])
            .with_errors_in("login", [("email", "Wrong.")])
    });
}

async fn answer(template: &str) -> String {
    let client = Site::new(&[("page.html", template)]).visit(form).await;
    client.post("/", [("title", "\"<b>"), ("address[city]", "Rome")]).await.assert_redirect("/");
    client.get("/").await.assert_ok().text()
}

#[tokio::test]
async fn old_gives_the_input_by_dotted_names_or_a_default() {
    let page = answer(
        "{{ old('title') }}|{{ old('address.city', 'Paris') }}|{{ old('none', 'x') }}|{{ old('none') }}",
    );
    assert_eq!(page.await, "&quot;&lt;b&gt;|Rome|x|");
}

#[tokio::test]
async fn a_field_that_was_left_empty_is_empty_and_not_the_default() {
    let site = Site::new(&[("page.html", "[{{ old('title', 'default') }}{{ nothing }}]")]);
    let client = site
        .visit(|route| {
            route.get("/", async || view("page", context! { nothing => None::<u8> }));
            route.post("/", async || redirect("/").with_input());
        })
        .await;
    client.post("/", [("title", "")]).await.assert_redirect("/");
    client.get("/").await.assert_text("[]");
}

#[tokio::test]
async fn error_gives_the_first_message_about_a_field() {
    let page = answer(
        "{{ error('title') }}|{{ error('address.city') }}|{{ error('email') }}|{{ error('email', bag='login') }}|\
         {% if error('none') %}some{% else %}none{% endif %}",
    );
    assert_eq!(page.await, "Too short.|Unknown.||Wrong.|none");
}

#[tokio::test]
async fn errors_has_all_messages_by_field_and_by_bag() {
    let page = answer(
        "{{ errors.any() }} {{ errors.has('title') }} {{ errors.has('none') }}|{{ errors.first() }}|\
         {{ errors.first('title') }}|{% for message in errors.get('title') %}{{ message }};{% endfor %}|\
         {{ errors.all() | length }}|{{ errors.bag('login').first('email') }}|\
         {% if errors %}yes{% endif %}{% if not errors.bag('other') %}no{% endif %}",
    );
    let expected =
        "True True False|Unknown.|Too short.|Too short.;Too &lt;dull&gt;.;|3|Wrong.|yesno";
    assert_eq!(page.await, expected);
}

#[tokio::test]
async fn without_errors_or_without_a_session_there_are_none() {
    let text = "{{ errors.any() }}{{ errors.all() | length }}{{ error('a') }}{{ errors.first('a') }}{{ old('a', 1) }}";
    let site = Site::new(&[("page.html", text)]);
    site.visit(form).await.get("/").await.assert_text("False01");
    let client = TestClient::new(site.builder_with(vec![provider(Sessionless)])).await;
    client.get("/").await.assert_text("False01");
}

struct Sessionless;

impl ServiceProvider for Sessionless {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.router().get("/", async || view("page", ()));
        Ok(())
    }
}

#[tokio::test]
async fn rule_14_reading_errors_ends_them_and_sharing_them_does_not() {
    let part = ("sec-fetch-dest", "empty");
    let ends = [
        "{{ error('title') }}",
        "{{ errors.has('x') }}",
        "{{ errors.first() }}",
        "{{ errors.all() }}",
        "{{ errors.bag('x').any() }}",
        "{% if errors %}{% endif %}",
    ];
    for template in ends.into_iter().chain(["no errors here"]) {
        let client = Site::new(&[("page.html", template)]).visit(form).await;
        client.post("/", [("title", "x")]).await;
        let answer = client.with_header(part.0, part.1).get("/").await;
        if template.starts_with('{') {
            answer.assert_session_missing("errors");
        } else {
            answer.assert_session_has("errors");
        }
        answer.assert_session_has("status");
    }
}

#[tokio::test]
async fn the_token_field_holds_a_token_that_the_form_may_send() {
    let site = Site::new(&[("page.html", "{{ csrf_field() }}{{ csrf_token() }}")]);
    let client = site.visit(form).await;
    let answer = client.get("/").await;
    // A visitor who only reads a form costs nothing.
    assert!(answer.set_cookies().is_empty() && answer.session().is_empty());
    let page = answer.text();
    let start = r#"<input type="hidden" name="_token" value=""#;
    let end = r#"" autocomplete="off">"#;
    let (field, token) = page.split_once(end).expect("a field");
    let in_field = field.strip_prefix(start).expect("a field");
    assert!(in_field.len() > 20 && token.len() > 20, "{page}");
    assert!(!in_field.contains(['"', '<', '&']), "{page}");
}

#[tokio::test]
async fn asset_is_the_hashed_name_of_a_file_or_a_path_under_asset_url() {
    let mut site =
        Site::new(&[("page.html", "{{ asset('css/app.css') }} {{ asset('/a.js?v=1&b') }}")]);
    site.visit(form).await.get("/").await.assert_text("/css/app.css /a.js?v=1&amp;b");
    site.write("../../public/css/app.css", "body {}");
    site.write("../../public/a.js", "");
    let hashed = "/css/app.62368a1a29259b30.css /a.e3b0c44298fc1c14.js?v=1&amp;b";
    site.visit(form).await.get("/").await.assert_text(hashed);
    site.asset_url = Some("https://cdn.test/".into());
    let cdn = "https://cdn.test/css/app.css https://cdn.test/a.js?v=1&amp;b";
    site.visit(form).await.get("/").await.assert_text(cdn);
}

#[tokio::test]
async fn an_asset_url_that_is_none_keeps_the_application_from_starting() {
    for (url, starts) in [
        ("https://cdn.test", true),
        ("//cdn.test", true),
        ("/files", true),
        ("cdn.test", false),
        ("javascript:alert(1)", false),
    ] {
        let mut site = Site::new(&[("page.html", "")]);
        site.asset_url = Some(url.to_owned());
        let error = TestClient::try_new(site.builder_with(Vec::new())).await.err();
        let error = error.map(|error| error.to_string());
        assert_eq!(error.is_none(), starts, "{url}: {error:?}");
        assert!(error.is_none_or(|error| error.contains("config/view.rs: `asset_url` is")));
    }
}

/// Adds a function and data to all templates.
struct Greeting;

static CALLS: AtomicUsize = AtomicUsize::new(0);

impl ServiceProvider for Greeting {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.view(|views| {
            views.share("owner", "Ada");
            views.share("title", "shared");
            views.function("shout", |text: String| text.to_uppercase());
            views.function("bold", |text: String| {
                Value::from_safe_string(format!("<b>{}</b>", lunox::http::html_escape(&text)))
            });
        });
        app.middleware(|registry| {
            registry.alias("visitor", async |req: HttpRequest, next: Next| {
                req.share_with_views("visitor", req.query::<String>("name"));
                req.share_with_views("title", "of the request");
                let path = req.path().to_owned();
                req.share_function_with_views("is_here", move |other: String| {
                    CALLS.fetch_add(1, Ordering::Relaxed);
                    other == path
                });
                Ok(next.run(req).await)
            });
        });
        app.router().middleware("visitor").group(|route| {
            route.get("/", async || view("page", context! { title => "own" }));
            route.get("/uncalled", async || view("uncalled", ()));
            route.get("/lost", async || -> Result { abort(404) });
        });
        app.router().get("/plain", async || view("page", ()));
        Ok(())
    }
}

#[tokio::test]
async fn providers_and_middleware_add_functions_and_data() {
    let site = Site::new(&[
        ("page.html", "{{ owner }}|{{ title }}|{{ shout('a<') }}|{{ bold('b<') }}|{{ visitor }}"),
        ("uncalled.html", "{{ owner }} {{ title }}"),
        ("errors/404.html", "lost, {{ visitor }} of {{ owner }}: {{ is_here('/lost') }}"),
    ]);
    let client = TestClient::new(site.builder_with(vec![provider(Greeting)])).await;
    client.get("/?name=%3CBob%3E").await.assert_text("Ada|own|A&lt;|<b>b&lt;</b>|&lt;Bob&gt;");
    client.get("/plain?name=Bob").await.assert_text("Ada|shared|A&lt;|<b>b&lt;</b>|");
    client.get("/uncalled").await.assert_text("Ada of the request");
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
    client.get("/lost?name=Bob").await.assert_text("lost, Bob of Ada: True");
}

struct TooEarly;

impl ServiceProvider for TooEarly {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.view(|views| views.share("a", 1));
        Ok(())
    }
}

#[tokio::test]
async fn adding_to_views_without_views_is_a_boot_error_that_names_the_line() {
    let builder = Application::configure(".", |_: &Env| {
        let environment = Environment::Testing;
        let app =
            AppConfig { providers: vec![provider(TooEarly)], environment, ..AppConfig::default() };
        Config::new().with("app", app)
    });
    let error = TestClient::try_new(builder).await.err().expect("no boot").to_string();
    assert!(error.contains("tests/http/forms_in_views.rs:"), "{error}");
    assert!(error.contains("add ViewServiceProvider to the providers in config/app.rs"), "{error}");
}

#[tokio::test]
async fn a_page_starts_with_its_first_character() {
    let site = Site::new(&[
        ("layout.html", "{# the frame #}\n\n<!doctype html>\n{% block body %}{% endblock %}"),
        (
            "page.html",
            "{# a page #}\n{% extends 'layout' %}\n{% block body %} x \n{% endblock %}\n",
        ),
    ]);
    site.visit(form).await.get("/").await.assert_text("<!doctype html>\n x \n");
}

/// The first template of a page of the documentation.
fn template_of(page: &str) -> &str {
    let (_, rest) = page.split_once("```html\n").expect("a template");
    rest.split_once("```").expect("its end").0
}

#[tokio::test]
async fn the_form_of_the_documentation_works_as_it_says() {
    let site = Site::new(&[
        ("posts/create.html", template_of(include_str!("../../docs/forms.md"))),
        ("layouts/app.html", "{% block content %}{% endblock %}"),
    ]);
    let client = site
        .visit(|route| {
            route.get("/posts/create", async || view("posts.create", ())).name("posts.create");
            let store = async |req: HttpRequest| {
                if req.string("title") != "Moon" {
                    return back().with_input().with_errors([("title", "Write a title.")]);
                }
                to_route("posts.create", ()).with("status", "Published.")
            };
            route.post("/posts", store).name("posts.store");
        })
        .await;
    let client = client.with_header("referer", "http://localhost/posts/create");
    client.get("/posts/create").await.assert_see("action=\"/posts\"").assert_dont_see("error\"");
    client.post("/posts", [("title", "\"Sun")]).await.assert_redirect("/posts/create");
    let page = client.get("/posts/create").await;
    page.assert_see("value=\"&quot;Sun\"").assert_see("aria-invalid=\"true\"");
    page.assert_see("id=\"title-error\">Write a title.</span>").assert_dont_see("Published.");
    let page = client.get("/posts/create").await;
    page.assert_see("value=\"\"").assert_dont_see("aria-invalid");

    client.post("/posts", [("title", "Moon")]).await.assert_redirect("/posts/create");
    client.get("/posts/create").await.assert_see("<p role=\"status\">Published.</p>");

    let page = client.get("/posts/create").await.text();
    let (_, rest) = page.split_once("name=\"_token\" value=\"").expect("a token");
    let token = rest.split('"').next().expect("its end");
    let nowhere = client.without_origin();
    nowhere.post("/posts", [("title", "Moon")]).await.assert_status(419);
    nowhere.post("/posts", [("title", "Moon"), ("_token", token)]).await.assert_status(302);
}
