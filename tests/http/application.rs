//! The application as a whole: its configuration, its hosts, its folders, and what stands around every answer.

use std::time::Duration;

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use serde::Serialize;

use super::visit;

#[derive(Serialize)]
struct Mail {
    port: u16,
    #[serde(serialize_with = "lunox::config::duration::serialize")]
    timeout: Duration,
    password: Option<lunox::config::Secret>,
}

fn mail(env: &Env) -> Mail {
    Mail {
        port: env.integer("MAIL_PORT", 25),
        timeout: env.seconds("MAIL_TIMEOUT", 30),
        password: env.secret("MAIL_PASSWORD"),
    }
}

#[tokio::test]
async fn an_option_is_read_by_its_type_and_by_its_name() {
    let app = TestApp::new().config("mail", mail).set("MAIL_PORT", "2525").routes(|route| {
        route.get("/", async || {
            let mail = app().config::<Mail>();
            format!("{} {:?} {} {}", mail.port, mail.timeout, config("mail.port"), config("mail.x"))
        });
    });
    app.client().await.get("/").await.assert_text("2525 30s 2525 null");
}

#[tokio::test]
async fn values_that_do_not_parse_are_told_together_and_secrets_never() {
    let app = TestApp::new()
        .config("mail", mail)
        .set("MAIL_PORT", "70000")
        .set("MAIL_TIMEOUT", "soon")
        .set("MAIL_PASSWORD", "hunter2");
    let error = app.try_client().await.err().expect("no boot").to_string();
    let at = |offset| format!("tests/http/application.rs:{}", PORT + offset);
    assert_eq!(
        error,
        format!(
            "the application cannot start: 2 problems\n  \
             1. {}: MAIL_PORT=`70000` (the environment) is not a number of type `u16`\n     \
             cure: correct MAIL_PORT in the environment, or unset it to use the default\n  \
             2. {}: MAIL_TIMEOUT=`soon` (the environment) is not a whole number of seconds\n     \
             cure: correct MAIL_TIMEOUT in the environment, or unset it to use the default",
            at(0),
            at(1)
        )
    );
}

/// The line of `mail` that reads the port.
const PORT: u32 = 21;

struct LateDriver;

impl ServiceProvider for LateDriver {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.booted(async |app: Application| {
            app.booted(async |app: Application| {
                app.instance::<u32>(7);
                Ok(())
            });
            Ok(())
        });
        Ok(())
    }
}

#[tokio::test]
async fn a_callback_that_a_booted_callback_adds_runs_too() {
    let client = TestApp::new().provider(LateDriver).client().await;
    assert_eq!(*client.app().make::<u32>().expect("bound"), 7);
}

#[tokio::test]
async fn a_booted_callback_that_comes_after_the_boot_runs_at_once() {
    let app = TestApp::new().client().await.app().clone();
    app.booted(async |app: Application| {
        app.booted(async |app: Application| {
            app.instance::<u8>(1);
            Ok(())
        });
        Ok(())
    });
    assert_eq!(*app.make::<u8>().expect("bound at once"), 1);
    // One that waits goes on by itself, and one that fails does no harm.
    let (send, receive) = tokio::sync::oneshot::channel();
    let (done, is_done) = tokio::sync::oneshot::channel();
    app.booted(|app: Application| async move {
        app.instance::<u16>(receive.await.expect("sent"));
        done.send(()).expect("awaited");
        Ok(())
    });
    app.booted(async |_| abort(500));
    app.booted(async |_| panic!("a late callback"));
    assert!(!app.bound::<u16>());
    send.send(2).expect("received");
    is_done.await.expect("done");
    assert_eq!(*app.make::<u16>().expect("bound"), 2);
}

/// Registers and boots in two steps, which it counts; fails to boot if it is told to.
struct Late {
    fails: bool,
}

impl ServiceProvider for Late {
    async fn register(&self, app: &Application) -> Result<()> {
        app.instance::<String>("registered".to_owned());
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        if self.fails {
            return abort_with(500, "the late provider is broken");
        }
        app.instance::<String>(format!("{}, booted", app.make::<String>()?));
        Ok(())
    }
}

#[tokio::test]
async fn a_provider_that_is_registered_after_the_boot_boots_at_once() {
    let app = TestApp::new().client().await.app().clone();
    app.register(Late { fails: false }).await.expect("boots");
    assert_eq!(*app.make::<String>().expect("bound"), "registered, booted");
    app.register(Late { fails: false }).await.expect("is there already");
    assert_eq!(*app.make::<String>().expect("bound"), "registered, booted");

    let app = TestApp::new().client().await.app().clone();
    let error = app.register(Late { fails: true }).await.expect_err("fails");
    let told = format!("{error:?}");
    assert!(told.contains("Late::boot") && told.contains("the late provider is broken"), "{told}");
}

struct Egg;
struct Hen;

impl ServiceProvider for Egg {
    async fn register(&self, app: &Application) -> Result<()> {
        app.register(Hen).await
    }
}

impl ServiceProvider for Hen {
    async fn register(&self, app: &Application) -> Result<()> {
        app.register(Egg).await?;
        app.instance::<String>("hatched".to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn providers_that_register_each_other_are_registered_once() {
    let during = TestApp::new().provider(Egg).client().await.app().clone();
    assert_eq!(*during.make::<String>().expect("bound"), "hatched");
    let after = TestApp::new().client().await.app().clone();
    after.register(Egg).await.expect("registers");
    assert_eq!(*after.make::<String>().expect("bound"), "hatched");
}

struct FailsOnce(std::sync::atomic::AtomicBool);

impl ServiceProvider for FailsOnce {
    async fn register(&self, app: &Application) -> Result<()> {
        if self.0.load(std::sync::atomic::Ordering::Relaxed) {
            return abort_with(500, "not yet");
        }
        app.instance::<String>("registered".to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn a_provider_that_failed_to_register_may_be_registered_again() {
    let app = TestApp::new().client().await.app().clone();
    app.register(FailsOnce(true.into())).await.expect_err("fails");
    app.register(FailsOnce(false.into())).await.expect("registers");
    assert_eq!(*app.make::<String>().expect("bound"), "registered");
}

struct RegistersWhenBooted;

impl ServiceProvider for RegistersWhenBooted {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.booted(async |app: Application| app.register(Late { fails: false }).await);
        Ok(())
    }
}

#[tokio::test]
async fn a_provider_that_a_booted_callback_registers_boots_too() {
    let client = TestApp::new().provider(RegistersWhenBooted).client().await;
    assert_eq!(*client.app().make::<String>().expect("bound"), "registered, booted");
}

#[tokio::test]
async fn only_trusted_hosts_are_served() {
    let app =
        TestApp::new().http(|http| http.trusted_hosts = vec!["a.test".into()]).routes(|route| {
            route.get("/", async |req: HttpRequest| req.url());
        });
    let client = app.client().await;
    client.host("a.test").get("/").await.assert_text("http://a.test");
    client.host("b.test").get("/").await.assert_status(421);
}

#[tokio::test]
async fn a_developers_machine_serves_its_own_names_until_others_are_named() {
    let app = |hosts: &[&str]| {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        let app = TestApp::new().debug().http(|http| http.trusted_hosts = hosts);
        let app = app.app(|app| app.url = "http://blog.test:8000".to_owned());
        app.routes(|route| _ = route.get("/", async || "here")).client()
    };
    let client = app(&[]).await;
    for own in ["localhost", "127.0.0.1:8000", "[::1]:8000", "blog.test:8000"] {
        client.host(own).get("/").await.assert_status(200);
    }
    let refused = client.host("evil.test").get("/").await;
    assert!(refused.assert_status(421).text().contains("TRUSTED_HOSTS"), "{}", refused.text());
    app(&["a.test"]).await.host("localhost").get("/").await.assert_status(421);
    app(&["*"]).await.host("evil.test").get("/").await.assert_status(200);
}

#[tokio::test]
async fn storage_is_reached_from_configuration_and_requests() {
    #[derive(Serialize)]
    struct Disk {
        root: std::path::PathBuf,
    }
    let built = TestApp::new().config("disk", |_| Disk { root: storage_path("app") });
    let built = built.routes(|route| {
        route.get("/", async || (app().config::<Disk>().root == storage_path("app")).to_string());
    });
    let client = built.client().await;
    client.get("/").await.assert_text("true");
    assert_eq!(client.app().config::<Disk>().root, client.app().storage_path("app"));
}

#[tokio::test]
async fn the_file_driver_of_a_restarted_application_finds_its_sessions() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = || {
        let app = TestApp::new().driver("file");
        let app = app.routes(|route| {
            route.get("/", async |req: HttpRequest| req.session().increment("n", 1).to_string());
        });
        app.builder().storage_path(folder.path())
    };
    let before = TestClient::new(app()).await;
    before.get("/").await.assert_text("1");
    let token = before.cookie("lunox_session").expect("a session");
    drop(before);
    let after = TestClient::new(app()).await;
    after.set_cookie("lunox_session", &token);
    after.get("/").await.assert_text("2");
}

/// The file that a new project gets.
#[path = "../../config/session.rs"]
mod session_config;

#[tokio::test]
async fn two_applications_on_one_host_have_cookies_of_their_own() {
    let app = |name: &'static str| {
        let env = Env::from_pairs([("APP_NAME", name), ("APP_ENV", "local")]);
        let app = TestApp::new().session(|session| {
            session.cookie = session_config::config(&env).cookie;
        });
        app.routes(|route| {
            route.get("/", async |req: HttpRequest| req.session().increment("n", 1).to_string());
        })
    };
    let (blog, shop) = (app("blog").client().await, app("My Shop").client().await);
    blog.get("/").await.assert_text("1").assert_cookie("blog_session");
    shop.get("/").await.assert_text("1").assert_cookie("my_shop_session");
    // The browser sends both to both.
    let token = shop.cookie("my_shop_session").expect("a session");
    blog.set_cookie("my_shop_session", &token);
    blog.get("/").await.assert_text("2");
    let named = [("APP_NAME", "blog"), ("SESSION_COOKIE", "sid")];
    assert_eq!(session_config::config(&Env::from_pairs(named)).cookie, "sid");
}

async fn mark(req: HttpRequest, next: Next) -> Result {
    Ok(next.run(req).await.header("x-mark", "1"))
}

#[tokio::test]
async fn global_middleware_sees_the_answers_to_bodies_that_make_no_sense() {
    let app = TestApp::new()
        .http(|http| http.limits.body = 12)
        .middleware(|middleware| middleware.global(mark))
        .routes(|route| {
            route.post("/", async || "fine");
            route.put("/form", async || "fine");
        });
    let client = app.client().await;
    let form = |text: &'static str| client.post("/", ()).body("application/json", text);
    form("{}").await.assert_ok().assert_header("x-mark", "1");
    form("{").await.assert_status(400).assert_header("x-mark", "1");
    form("[1,2,3,4,5,6]")
        .await
        .assert_status(413)
        .assert_header("x-mark", "1")
        .assert_header("connection", "close");
    let spoofed = client.post("/form", [("_method", "GET")]).await;
    spoofed.assert_status(400).assert_header("x-mark", "1");
    client.post("/none", ()).await.assert_not_found().assert_header("x-mark", "1");
}

#[tokio::test]
async fn an_error_page_can_name_routes_whatever_went_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("errors")).expect("made");
    std::fs::write(folder.path().join("errors/4xx.html"), "{{ status }} {{ route('home')|safe }}")
        .expect("written");
    let app = TestApp::new().views(folder.path()).routes(|route| {
        route.post("/home", async || "home").name("home");
    });
    let client = app.client().await;
    client.get("/none").await.assert_not_found().assert_text("404 /home");
    let broken = client.post("/home", ()).body("application/json", "{");
    broken.await.assert_status(400).assert_text("400 /home");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_404_that_does_not_say_where_it_was_sought() {
    let client = visit(|route| {
        route.get("/", async || download("/secret-folder/none.pdf", "x.pdf").await);
    });
    client.await.get("/").await.assert_not_found().assert_dont_see("secret-folder");
}

#[tokio::test]
async fn a_body_that_fails_half_way_is_cut_and_no_whole_one() {
    struct Half(u8);
    impl futures_core::Stream for Half {
        type Item = std::result::Result<&'static str, std::io::Error>;

        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            self.0 += 1;
            std::task::Poll::Ready(match self.0 {
                1 => Some(Ok("half")),
                _ => Some(Err(std::io::Error::other("the disk is gone"))),
            })
        }
    }
    let client = visit(|route| {
        route.get("/", async || stream(Half(0)));
    })
    .await;
    let response = client.get("/").await;
    response.assert_ok().assert_text("half");
    assert_eq!(response.cut(), Some("the disk is gone"));
}

#[tokio::test]
async fn what_comes_too_late_to_count_is_logged_with_its_line() {
    let app = TestApp::new().client().await.app().clone();
    let (log, _guard) = crate::log::Log::take();
    app.router().get("/late", async || "late");
    app.middleware(|_| {});
    app.report_problem(lunox::error::BootProblem::new("late", "a problem"));
    for call in ["router", "middleware", "report_problem"] {
        let line = log.text();
        let line = line.lines().find(|line| line.contains(&format!("app.{call}() came too late")));
        let line = line.unwrap_or_else(|| panic!("{call}: {}", log.text()));
        assert!(line.contains("tests/http/application.rs:"), "{line}");
    }
}
