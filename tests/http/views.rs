//! Templates, seen from the outside: an application whose views lie in a temporary folder.

use lunox::foundation::{BoxProvider, provider};
use lunox::prelude::*;
use lunox::testing::TestClient;
use tempfile::TempDir;

/// Templates in a folder of their own, and the application that shows them.
pub struct Site {
    folder: TempDir,
    reload: bool,
    debug: bool,
    pub asset_url: Option<String>,
}

impl Site {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let site = Self { folder, reload: false, debug: false, asset_url: None };
        files.iter().for_each(|(name, text)| site.write(name, text));
        site
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join("resources/views").join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }

    fn builder(&self, routes: fn(&mut Router)) -> ApplicationBuilder {
        self.builder_with(vec![
            provider(CookieServiceProvider),
            provider(SessionServiceProvider),
            provider(Routes(routes)),
        ])
    }

    /// With views, and what these providers add.
    pub fn builder_with(&self, providers: Vec<BoxProvider>) -> ApplicationBuilder {
        let app = AppConfig {
            name: "Moonlight".into(),
            environment: if self.debug { Environment::Local } else { Environment::Testing },
            debug: self.debug,
            key: "base64:c2l4dGVlbiBieXRlcyB0d2ljZSBtYWtlIGEga2V5ISE=".parse().ok(),
            providers: [vec![provider(ViewServiceProvider)], providers].concat(),
            ..AppConfig::default()
        };
        let session =
            SessionConfig { driver: "memory".into(), secure: false, ..SessionConfig::default() };
        let view = ViewConfig {
            path: self.folder.path().join("resources/views"),
            reload: self.reload,
            asset_url: self.asset_url.clone(),
            ..ViewConfig::default()
        };
        let public = Some(self.folder.path().join("public"));
        let http = HttpConfig { public, ..HttpConfig::default() };
        Application::configure(".", move |_: &Env| {
            let config = Config::new().with("app", app.clone()).with("http", http.clone());
            config.with("session", session.clone()).with("view", view.clone())
        })
    }

    pub async fn visit(&self, routes: fn(&mut Router)) -> TestClient {
        TestClient::new(self.builder(routes)).await
    }
}

struct Routes(fn(&mut Router));

impl ServiceProvider for Routes {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.middleware(|registry| registry.group("web", ["cookies", "session", "csrf"]));
        app.router().middleware("web").group(self.0);
        Ok(())
    }
}

#[tokio::test]
async fn rule_14_what_a_template_reads_by_name_ends_with_any_answer() {
    let site = Site::new(&[("part.html", "{{ session('status') }}{{ old('city') }}")]);
    let client = site
        .visit(|route| {
            route.post("/", async || redirect("/").with_input().with("status", "ok").with("b", 1));
            route.get("/", async || view("part", ()));
        })
        .await;
    client.post("/", [("city", "London")]).await.assert_redirect("/");
    let part = client.with_header("sec-fetch-dest", "empty").get("/").await;
    part.assert_text("okLondon").assert_session_missing(["status", "_old_input"]);
    part.assert_session_has("b");
}

#[tokio::test]
async fn a_view_shows_data_session_routes_and_method_fields() {
    let site = Site::new(&[
        (
            "layouts/app.html",
            "<title>{{ config('app.name') }}</title>{% block body %}{% endblock %}",
        ),
        (
            "photos/show.html",
            "{% extends 'layouts.app' %}{% block body %}{{ title }}|{{ session('name') }}|\
             {{ session('none', 'nobody') }}|{{ route('show', id=5, page=2) }}|\
             {{ method_field('put') }}{% endblock %}",
        ),
    ]);
    let client = site
        .visit(|r| {
            r.get("/{id}", async |req: HttpRequest, id: u64| {
                req.session().put("name", "<Ada>");
                view("photos.show", context! { title => format!("photo {id}") })
            })
            .name("show");
        })
        .await;
    let answer = client.get("/3").await;
    answer.assert_ok().assert_header("content-type", "text/html; charset=utf-8");
    answer.assert_text(
        "<title>Moonlight</title>photo 3|&lt;Ada&gt;|nobody|/5?page=2|\
         <input type=\"hidden\" name=\"_method\" value=\"PUT\">",
    );
}

#[tokio::test]
async fn a_view_route_needs_no_action() {
    let site = Site::new(&[
        ("about.html", "about {{ route('about') }}"),
        ("urls.html", "{{ url('/a b?c') }} {{ route_url('about', page='&') }}"),
    ]);
    let client = site
        .visit(|route| {
            route.view("/about", "about").name("about");
            route.prefix("/more").view("/urls", "urls");
        })
        .await;
    client.get("/about").await.assert_text("about /about");
    let urls = "http://localhost/a%20b?c http://localhost/about?page=%26";
    client.get("/more/urls").await.assert_text(urls);
    client.post("/about", ()).await.assert_method_not_allowed("GET, HEAD, OPTIONS");
}

#[tokio::test]
async fn errors_are_shown_with_the_applications_own_pages() {
    let site = Site::new(&[
        ("errors/404.html", "<h1>lost: {{ status }} {{ title }} {{ message }}</h1>"),
        ("errors/5xx.html", "<h1>broken: {{ message }}</h1>"),
    ]);
    let client = site
        .visit(|route| {
            route.get("/post", async || -> Result { abort_with(404, "no such <post>") });
            route.get("/fails", async || -> Result { Err(std::io::Error::other("secret"))? });
            route.get("/gone", async || -> Result { abort(410) });
        })
        .await;
    client
        .get("/nowhere")
        .await
        .assert_not_found()
        .assert_text("<h1>lost: 404 Not Found Not Found</h1>");
    client.get("/post").await.assert_see("no such &lt;post&gt;");
    let fails = client.get("/fails").await;
    fails.assert_status(500).assert_text("<h1>broken: Server Error</h1>");
    client.get("/gone").await.assert_status(410).assert_text("410 Gone\n");
    let json = client.accept_json().get("/nowhere").await;
    json.assert_not_found().assert_exact_json(serde_json::json!({"message": "Not Found"}));
}

#[tokio::test]
async fn the_page_of_a_status_comes_before_that_of_its_class() {
    let site = Site::new(&[
        ("errors/4xx.html", "refused: {{ status }}"),
        ("errors/403.html", "forbidden: {{ message }}"),
    ]);
    let client = site
        .visit(|route| {
            route.get("/403", async || -> Result { abort(403) });
            route.get("/410", async || -> Result { abort(410) });
        })
        .await;
    client.get("/403").await.assert_forbidden().assert_text("forbidden: Forbidden");
    client.get("/410").await.assert_status(410).assert_text("refused: 410");
    client.get("/nowhere").await.assert_not_found().assert_text("refused: 404");
}

#[tokio::test]
async fn an_error_page_shows_the_cause_only_with_debug_on() {
    let mut site = Site::new(&[("errors/500.html", "{{ message }}")]);
    let routes: fn(&mut Router) = |route| {
        route.get("/", async || -> Result { Err(std::io::Error::other("<secret>"))? });
    };
    site.visit(routes).await.get("/").await.assert_status(500).assert_dont_see("secret");
    site.debug = true;
    site.visit(routes).await.get("/").await.assert_status(500).assert_see("<secret>");
    let browser = site.visit(routes).await.with_header("accept", "text/html");
    browser.get("/").await.assert_status(500).assert_see("&lt;secret&gt;");
}

#[tokio::test]
async fn an_error_page_that_is_broken_itself_falls_back_to_plain_text() {
    let site = Site::new(&[("errors/404.html", "{{ a.b.c }}")]);
    let client = site.visit(|_| {}).await;
    client.get("/").await.assert_not_found().assert_text("404 Not Found\n");
}

#[tokio::test]
async fn a_missing_view_is_a_500_that_names_its_file_with_debug_on() {
    let mut site = Site::new(&[]);
    let routes: fn(&mut Router) = |route| {
        route.get("/", async || view("photos.none", ()));
    };
    site.visit(routes).await.get("/").await.assert_status(500).assert_dont_see("photos");
    site.debug = true;
    let answer = site.visit(routes).await.get("/").await;
    answer
        .assert_status(500)
        .assert_see("resources/views/photos/none.html: there is no such template");
}

/// The error of a page, as the log and the debug page have it.
async fn failure(files: &[(&str, &str)], routes: fn(&mut Router)) -> (String, Vec<(u32, String)>) {
    let site = Site::new(files);
    let answer = site.visit(routes).await.get("/").await;
    answer.assert_status(500).assert_dont_see("resources");
    let error = answer.error().expect("an error");
    let excerpt = error.excerpt().unwrap_or_else(|| panic!("no excerpt: {error:?}"));
    let lines = excerpt.lines().map(|(number, line)| (number, line.to_owned())).collect();
    (format!("{error:?}"), lines)
}

#[tokio::test]
async fn a_broken_template_names_its_line_and_the_line_that_rendered_it() {
    let files = [
        (
            "page.html",
            "{% extends 'layout' %}\n{% block body %}\n{% include 'part' %}\n{% endblock %}",
        ),
        ("layout.html", "<main>\n{% block body %}{% endblock %}</main>"),
        ("part.html", "one\n{{ route('nowhere') }}\nthree"),
    ];
    let line = line!() + 2;
    let routes: fn(&mut Router) = |route| {
        route.get("/", async || view("page", ()));
    };
    let (error, lines) = failure(&files, routes).await;
    let cause = "resources/views/part.html:2: no route is named `nowhere`";
    assert!(error.starts_with(&format!("500 at tests/http/views.rs:{line}: {cause}")), "{error}");
    let expected = [(1, "one"), (2, "{{ route('nowhere') }}"), (3, "three")];
    assert_eq!(lines, expected.map(|(number, line)| (number, line.to_owned())));
}

#[tokio::test]
async fn every_kind_of_broken_template_names_its_own_line() {
    let routes: fn(&mut Router) = |route| {
        route.view("/", "page");
    };
    for (page, part, place) in [
        ("a\n{{ x.y.z }}", "", "page.html:2: undefined value"),
        ("a\n{{ nothing() }}", "", "page.html:2: unknown function: nothing is unknown"),
        (
            "a\n\n{{ errors.frist('a') }}",
            "",
            "page.html:3: unknown method: errors has no method `frist`",
        ),
        ("{% include 'none' %}", "", "page.html:1: template not found"),
        ("\n{% extends 'none' %}", "", "page.html:2: template not found"),
        ("{% include 'part' %}", "\n{% include 'none' %}", "part.html:2: template not found"),
        (
            "{% from 'part' import m %}\n{{ m() }}",
            "{% macro m() %}\n{{ x.y.z }}{% endmacro %}",
            "part.html:2",
        ),
        (
            "{% extends 'part' %}{% block b %}\n{{ x.y.z }}{% endblock %}",
            "{% block b %}{% endblock %}",
            "page.html:2",
        ),
    ] {
        let (error, lines) = failure(&[("page.html", page), ("part.html", part)], routes).await;
        assert!(error.contains(&format!(": resources/views/{place}")), "{error}");
        // `route.view` is the line that rendered it.
        assert!(error.starts_with("500 at tests/http/views.rs:"), "{error}");
        assert!(!lines.is_empty());
    }
}

#[tokio::test]
async fn a_template_that_does_not_parse_is_a_boot_error_with_file_and_line() {
    let site = Site::new(&[("fine.html", "fine"), ("deep/broken.html", "one\n{% if %}\n")]);
    let error = TestClient::try_new(site.builder(|_| {})).await.err().expect("no boot");
    let text = error.to_string();
    assert!(
        text.starts_with(
            "the application cannot start: 1 problem\n  \
             1. resources/views/deep/broken.html:2: syntax error"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_changed_template_shows_with_the_next_request_while_developing() {
    let mut site = Site::new(&[("page.html", "one")]);
    let routes: fn(&mut Router) = |route| {
        route.view("/", "page");
    };
    let kept = site.visit(routes).await;
    site.reload = true;
    let reloading = site.visit(routes).await;
    kept.get("/").await.assert_text("one");
    reloading.get("/").await.assert_text("one");
    site.write("page.html", "two");
    kept.get("/").await.assert_text("one");
    reloading.get("/").await.assert_text("two");
}
