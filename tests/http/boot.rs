//! What keeps an application from starting is told at once, in words that name the cure; and what runs when.

use std::sync::Mutex;

use lunox::error::BootProblem;
use lunox::foundation::{BoxProvider, provider};
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

/// Why the application does not boot.
async fn refusal(app: TestApp) -> String {
    app.try_client().await.err().expect("the application does not boot").to_string()
}

/// An application of these providers alone.
fn bare(providers: Vec<BoxProvider>) -> ApplicationBuilder {
    let app = AppConfig { environment: Environment::Testing, providers, ..AppConfig::default() };
    Application::configure(".", move |_: &Env| Config::new().with("app", app.clone()))
}

/// The first problem's text, after its place in this file.
fn here(line: u32, rest: &str) -> String {
    format!("the application cannot start: 1 problem\n  1. tests/http/boot.rs:{line}: {rest}")
}

struct Web;

impl ServiceProvider for Web {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.middleware(|registry| registry.group("web", ["cookies", "session"]));
        app.router().middleware("web").get("/", async || "home");
        app.router().middleware("web").get("/about", async || "about");
        Ok(())
    }
}

#[tokio::test]
async fn a_group_that_starts_sessions_needs_the_session_provider() {
    let error =
        TestClient::try_new(bare(vec![provider(CookieServiceProvider), provider(Web)])).await;
    assert_eq!(
        error.err().expect("no boot").to_string(),
        "the application cannot start: 1 problem\n  \
         1. the middleware group `web`: unknown middleware `session`\n     \
         cure: add SessionServiceProvider to the providers in config/app.rs"
    );
}

#[tokio::test]
async fn an_unknown_driver_is_named_with_those_that_are_known() {
    let error = refusal(TestApp::new().driver("mongo")).await;
    assert!(
        error.starts_with("the application cannot start: 1 problem\n  1. config/session.rs: "),
        "{error}"
    );
    assert!(error.contains("unknown session driver `mongo` (SESSION_DRIVER); known: "), "{error}");
    assert!(error.contains("file") && error.contains("memory"), "{error}");
}

#[tokio::test]
async fn an_unknown_middleware_is_named_at_the_routes_line_with_its_cure() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/", async || "home").middleware("moonlit");
    }));
    assert_eq!(
        error.await,
        here(
            line,
            "unknown middleware `moonlit`\n     cure: known: web, convert_empty_strings_to_null, cookies, csrf, encrypt_cookies, maintenance, password.confirm, session, signed, trim_strings; \
             name it with middleware.alias(...) in app/http/kernel.rs"
        )
    );
}

#[tokio::test]
async fn parameters_that_a_middleware_does_not_take_are_told() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/", async || "home").middleware("csrf:strict");
    }));
    assert_eq!(
        error.await,
        here(
            line,
            "the middleware `csrf:strict` cannot be made: it takes no parameters\n     \
             cure: correct the parameters after `csrf:`"
        )
    );
}

#[tokio::test]
async fn two_routes_of_one_place_are_told_at_the_line_of_the_second() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/photos/{id}", async |_: HttpRequest, id: u64| id.to_string());
        route.get("/photos/{name}", async |_: HttpRequest, name: String| name);
    }));
    assert_eq!(
        error.await,
        here(
            line + 1,
            &format!(
                "GET, HEAD /photos/{{name}} is already the route at tests/http/boot.rs:{line}\n     \
                 cure: remove one of the two, or give them different constraints"
            )
        )
    );
}

#[tokio::test]
async fn an_action_takes_as_many_arguments_as_its_path_has_parameters() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/photos/{id}/{size}", async |_: HttpRequest, id: u64| id.to_string());
    }));
    assert_eq!(
        error.await,
        here(
            line,
            "`/photos/{id}/{size}` has 2 parameters (id, size), but Closure takes 1 path argument\n     \
             cure: give the action one argument for each parameter, or none and use req.param(\"name\")"
        )
    );
}

#[tokio::test]
async fn an_optional_parameter_needs_an_option() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/posts/{year?}", async |_: HttpRequest, year: u16| year.to_string());
    }));
    assert_eq!(
        error.await,
        here(
            line,
            "`/posts/{year?}`: `year` may be absent, but its argument is not an Option\n     \
             cure: make the argument's type Option<...>"
        )
    );
}

#[tokio::test]
async fn a_redirect_fixes_its_host_and_has_the_parameters_of_its_path() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.prefix("/{lang}").group(|route| {
            route.redirect("/fine/{*path}", "/{path}/{lang}?from={path}");
            route.redirect("/a", "/{language}/a");
        });
        route.redirect("/fine/{*path}", "https://docs.test/{path}");
        route.redirect("/b/{*path}", "{path}");
        route.redirect("/c/{*path}", "https://docs.test{path}");
        route.redirect("/d/{*path}", "//{path}");
        route.redirect("/e/{id}", "/e/{id");
    }))
    .await;
    let host = "a parameter must not choose the host; begin with `/`, or with a host and `/`";
    for (place, what) in [
        (2, "the redirect to `/{language}/a`: `/{lang}/a` has no parameter `language`"),
        (5, &format!("the redirect to `{{path}}`: {host}")),
        (6, &format!("the redirect to `https://docs.test{{path}}`: {host}")),
        (7, &format!("the redirect to `//{{path}}`: {host}")),
        (8, "the redirect to `/e/{id`: `/e/{id` has a `{` without a `}`"),
    ] {
        let problem = format!("tests/http/boot.rs:{}: {what}", line + place);
        assert!(error.contains(&problem), "{problem} is not in {error}");
    }
    assert!(error.contains("5 problems"), "{error}");
}

#[tokio::test]
async fn a_name_belongs_to_one_route() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/a", async || "a").name("home");
        route.get("/b", async || "b").name("home");
    }));
    assert_eq!(
        error.await,
        here(
            line + 1,
            &format!(
                "the name `home` is taken by the route at tests/http/boot.rs:{line}\n     \
                 cure: give one of them another name"
            )
        )
    );
}

struct Unbound;

impl Controller for Unbound {}

impl Unbound {
    async fn show(self: Arc<Self>, _req: HttpRequest) -> &'static str {
        "never"
    }
}

#[tokio::test]
async fn a_controller_that_takes_self_has_to_be_bound() {
    let line = line!() + 2;
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/", Unbound::show);
    }));
    assert_eq!(
        error.await,
        here(
            line,
            "`Unbound` takes `self`, but the container has no binding for it\n     \
             cure: bind it in a provider's register(): app.singleton::<Unbound>(|_| Ok(...))"
        )
    );
}

#[tokio::test]
async fn paths_and_constraints_that_make_no_sense_are_told() {
    let error = refusal(TestApp::new().routes(|route| {
        route.get("/a/{id", async || "a");
        route.get("/{a}/{a}", async || "b");
        route.get("/{a?}/b", async || "c");
        route.get("/d", async || "d").where_number("id");
        route.prefix("/e").where_number("id").get("/{other}", async || "fine");
    }))
    .await;
    for text in [
        "the application cannot start: 4 problems",
        "`/a/{id` has a `{` without a `}`",
        "`/{a}/{a}` has two parameters named `a`",
        "`/{a?}/b`: `a` cannot be optional, since `/b` follows it",
        "`/d` has no parameter `id` to constrain",
    ] {
        assert!(error.contains(text), "{text}\n{error}");
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let app = TestApp::new().driver("mongo").routes(|route| {
        route.get("/a", async || "a").middleware("nobody");
        route.get("/b", async |_: HttpRequest, id: u64| id.to_string());
        route.get("/a", async || "again");
    });
    let error = app.try_client().await.err().expect("no boot");
    assert_eq!(error.problems().len(), 4, "{error}");
    let text = error.to_string();
    assert!(text.starts_with("the application cannot start: 4 problems\n  1. "), "{text}");
    for part in ["`mongo`", "`nobody`", "takes 1 path argument", "GET, HEAD /a is already"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

struct FailingProvider;

impl ServiceProvider for FailingProvider {
    async fn register(&self, _app: &Application) -> Result<()> {
        Err(std::io::Error::other("no disk"))?
    }
}

struct PanickingProvider;

impl ServiceProvider for PanickingProvider {
    async fn boot(&self, _app: &Application) -> Result<()> {
        panic!("half way")
    }
}

#[tokio::test]
async fn a_provider_that_fails_or_panics_is_named() {
    let error = refusal(TestApp::new().provider(FailingProvider)).await;
    let start = "the application cannot start: 1 problem\n  1. FailingProvider::register: 500 at tests/http/boot.rs:";
    assert!(error.starts_with(start) && error.ends_with(": no disk"), "{error}");
    let error = refusal(TestApp::new().provider(PanickingProvider)).await;
    let start = "the application cannot start: 1 problem\n  1. PanickingProvider::boot: panicked at tests/http/boot.rs:";
    assert!(error.starts_with(start) && error.ends_with(": half way"), "{error}");
}

#[tokio::test]
async fn the_providers_that_fail_are_told_together() {
    struct OtherProvider;
    impl ServiceProvider for OtherProvider {
        async fn register(&self, _app: &Application) -> Result<()> {
            panic!("as well")
        }
    }
    let error = refusal(TestApp::new().provider(FailingProvider).provider(OtherProvider)).await;
    assert!(
        error.contains("2 problems")
            && error.contains("2. OtherProvider::register: panicked at tests/http/boot.rs:")
            && error.ends_with(": as well"),
        "{error}"
    );
}

/// What happened, in its order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<&'static str>>>);

impl Diary {
    fn note(&self, what: &'static str) {
        self.0.lock().expect("not poisoned").push(what);
    }

    fn read(&self) -> String {
        self.0.lock().expect("not poisoned").join(", ")
    }
}

struct First(Diary);
struct Second(Diary);
struct Needed(Diary);

impl ServiceProvider for First {
    async fn register(&self, app: &Application) -> Result<()> {
        app.register(Needed(self.0.clone())).await?;
        app.register(Needed(self.0.clone())).await?;
        self.0.note("register first");
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        self.0.note("boot first");
        let (booted, ending) = (self.0.clone(), self.0.clone());
        app.booted(async move |_app: Application| {
            booted.note("booted");
            Ok(())
        });
        app.terminating(async move |_app: Application| {
            ending.note("terminating");
            Ok(())
        });
        Ok(())
    }

    async fn shutdown(&self, _app: &Application) -> Result<()> {
        self.0.note("shutdown first");
        Ok(())
    }
}

impl ServiceProvider for Second {
    async fn register(&self, _app: &Application) -> Result<()> {
        tokio::task::yield_now().await;
        self.0.note("register second");
        Ok(())
    }

    async fn boot(&self, _app: &Application) -> Result<()> {
        self.0.note("boot second");
        Ok(())
    }

    async fn shutdown(&self, _app: &Application) -> Result<()> {
        self.0.note("shutdown second");
        panic!("a shutdown that fails does not keep the others from theirs")
    }
}

impl ServiceProvider for Needed {
    async fn register(&self, _app: &Application) -> Result<()> {
        self.0.note("register needed");
        Ok(())
    }

    async fn boot(&self, _app: &Application) -> Result<()> {
        self.0.note("boot needed");
        Ok(())
    }

    async fn shutdown(&self, _app: &Application) -> Result<()> {
        self.0.note("shutdown needed");
        Ok(())
    }
}

#[tokio::test]
async fn all_providers_are_registered_before_any_boots_and_shut_down_backwards() {
    let diary = Diary::default();
    let providers = vec![provider(First(diary.clone())), provider(Second(diary.clone()))];
    let client = TestClient::new(bare(providers)).await;
    assert_eq!(
        diary.read(),
        "register needed, register first, register second, \
         boot needed, boot first, boot second, booted"
    );
    diary.0.lock().expect("not poisoned").clear();
    client.app().shutdown().await;
    assert_eq!(diary.read(), "terminating, shutdown second, shutdown first, shutdown needed");
}

#[tokio::test]
async fn limits_that_make_no_sense_are_told_with_their_route_and_the_cure() {
    let error = refusal(TestApp::new().routes(|route| {
        route.post("/a", async || "a").limits(|limits| limits.body = 0);
        route.prefix("/b").limits(|limits| limits.file = 30 << 20).group(|route| {
            route.post("/b", async || "b");
            route.post("/fits", async || "b").limits(|limits| limits.upload = 31 << 20);
        });
        route.post("/small", async || "s").limits(|limits| limits.upload = 1 << 10);
    }))
    .await;
    assert!(error.starts_with("the application cannot start: 2 problems\n"), "{error}");
    assert!(error.contains("tests/http/boot.rs:"), "{error}");
    assert!(error.contains("`limits.body` is 0, which accepts nothing"), "{error}");
    assert!(error.contains("cure: set it to the most that the route has to accept"), "{error}");
    assert!(error.contains("`limits.file` is 31457280, but the form around a file"), "{error}");
    assert!(error.contains("cure: set `limits.upload` to more than `limits.file`"), "{error}");
}

#[tokio::test]
async fn a_provider_without_its_section_and_a_section_without_its_provider_are_told() {
    let app = || AppConfig {
        environment: Environment::Testing,
        providers: lunox::providers![SessionServiceProvider],
        ..AppConfig::default()
    };
    let booted = |config: fn(AppConfig) -> Config| {
        Application::configure(".", move |_: &Env| config(app())).env(Env::empty()).boot()
    };
    let told = |config| async move {
        booted(config).await.err().map(|error| error.to_string()).unwrap_or_default()
    };

    assert_eq!(
        told(|app| Config::new().with("app", app)).await,
        "the application cannot start: 1 problem\n  \
         1. config/mod.rs: there is no section `session`, so SessionServiceProvider would use the defaults\n     \
         cure: add `mod session;` and .with(\"session\", session::config(env))"
    );
    assert_eq!(
        told(|_| Config::new()).await,
        "the application cannot start: 1 problem\n  \
         1. config/mod.rs: there is no section `app`, so no provider is registered\n     \
         cure: add `mod app;` and .with(\"app\", app::config(env))"
    );
    let unread = told(|app| {
        let session = SessionConfig { driver: "memory".into(), ..SessionConfig::default() };
        Config::new().with("app", app).with("session", session).with("view", ViewConfig::default())
    });
    assert_eq!(
        unread.await,
        "the application cannot start: 1 problem\n  \
         1. config/mod.rs: nobody reads the section `view`: ViewServiceProvider is not registered\n     \
         cure: add ViewServiceProvider to the providers in config/app.rs, or remove the section from config/mod.rs"
    );
}

#[tokio::test]
async fn what_other_frameworks_take_for_a_parameter_is_told_and_a_slash_may_be_missing() {
    let told = refusal(TestApp::new().routes(|route| {
        route.get("/a/:id", async || "a");
        route.get("/b/<name>/c", async || "b");
    }));
    let told = told.await;
    assert!(told.contains("`/a/:id`: `:id` is not a parameter here; write {id}"), "{told}");
    assert!(
        told.contains("`/b/<name>/c`: `<name>` is not a parameter here; write {name}"),
        "{told}"
    );

    let client = TestApp::new().routes(|route| {
        route.get("photos", async || "photos");
        route.get("/v1:batch", async || "batch");
    });
    let client = client.client().await;
    client.get("/photos").await.assert_text("photos");
    client.get("/v1:batch").await.assert_text("batch");
}

#[tokio::test]
async fn a_mistyped_middleware_is_told_with_the_one_that_was_meant() {
    let told = refusal(TestApp::new().routes(|route| {
        route.get("/", async || "").middleware("sesion");
    }));
    let told = told.await;
    assert!(
        told.contains("unknown middleware `sesion`\n     cure: did you mean `session`?"),
        "{told}"
    );
}

#[tokio::test]
async fn a_provider_that_is_missing_is_one_problem_however_many_names_it_would_give() {
    let told = refusal(
        TestApp::bare()
            .middleware(|middleware| {
                middleware.group("web", ["encrypt_cookies", "cookies"]);
            })
            .plain_routes(|route| {
                route.get("/", async || "").middleware("web");
            }),
    );
    let told = told.await;
    assert!(told.starts_with("the application cannot start: 1 problem"), "{told}");
    assert!(told.contains("unknown middleware `encrypt_cookies` and `cookies`"), "{told}");
}

struct Failing;

impl ServiceProvider for Failing {
    async fn boot(&self, _: &Application) -> Result<()> {
        Err(Error::with_source(500, "the payment service does not answer"))
    }
}

struct Reporting;

impl ServiceProvider for Reporting {
    async fn register(&self, app: &Application) -> Result<()> {
        app.report_problem(BootProblem::new("config/mail.rs", "`host` is empty"));
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        app.report_problem(BootProblem::new("config/mail.rs", "`port` is 0"));
        Ok(())
    }
}

struct Refusing;

impl ServiceProvider for Refusing {
    async fn register(&self, _: &Application) -> Result<()> {
        Err(Error::with_source(500, "no key"))
    }
}

#[tokio::test]
async fn problems_that_were_reported_are_told_beside_a_provider_that_fails() {
    let failing = vec![provider(Reporting), provider(Failing)];
    let refusing = vec![provider(Reporting), provider(Refusing)];
    for (providers, expected) in [
        (
            failing,
            [
                "Failing::boot: 500",
                "the payment service does not answer",
                "`host` is empty",
                "`port` is 0",
            ],
        ),
        (refusing, ["Refusing::register: 500", "no key", "`host` is empty", "2 problems"]),
    ] {
        let error = TestClient::try_new(bare(providers)).await.err().expect("no boot").to_string();
        for part in expected {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}
