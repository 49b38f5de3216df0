//! The container as applications use it: bound in a provider, made in a request.

use std::sync::atomic::{AtomicUsize, Ordering};

use lunox::container::Scope;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

/// Numbers what it makes.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Counter {
    fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// One for the application.
struct Station {
    number: usize,
}

/// One for each request.
struct Visit {
    number: usize,
    station: Arc<Station>,
}

trait Greeter: Send + Sync {
    fn greet(&self) -> String;
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self) -> String {
        "hello".into()
    }
}

struct Louder(Arc<dyn Greeter>);

impl Greeter for Louder {
    fn greet(&self) -> String {
        self.0.greet().to_uppercase()
    }
}

struct Bindings;

impl ServiceProvider for Bindings {
    async fn register(&self, app: &Application) -> Result<()> {
        app.singleton::<Counter>(|_| Ok(Counter::default()));
        app.singleton::<Station>(|app| Ok(Station { number: app.make::<Counter>()?.next() * 100 }));
        app.scoped::<Visit>(|app| {
            Ok(Visit { number: app.make::<Counter>()?.next(), station: app.make()? })
        });
        app.bind::<dyn Greeter>(|_| Ok(Arc::new(Hello) as Arc<dyn Greeter>));
        app.singleton_named::<Station>("spare", |_| Ok(Station { number: 9 }));
        app.singleton::<Desk>(|app| Ok(Desk { greeter: app.make()? }));
        Ok(())
    }
}

/// Decorates what another provider bound, whichever comes first.
struct Decoration;

impl ServiceProvider for Decoration {
    async fn register(&self, app: &Application) -> Result<()> {
        app.extend::<dyn Greeter>(|greeter, _| Ok(Arc::new(Louder(greeter)) as Arc<dyn Greeter>));
        Ok(())
    }
}

struct Desk {
    greeter: Arc<dyn Greeter>,
}

impl Controller for Desk {}

impl Desk {
    async fn greet(self: Arc<Self>, _req: HttpRequest) -> String {
        self.greeter.greet()
    }
}

async fn visit(routes: impl FnOnce(&mut Router) + Send + 'static) -> TestClient {
    TestApp::new().provider(Decoration).provider(Bindings).routes(routes).client().await
}

/// Made far from the action, through the request that the task answers.
fn visit_number() -> Result<usize> {
    let req = request();
    Ok(req.container().make_in::<Visit>(req.scope())?.number)
}

#[tokio::test]
async fn a_singleton_is_one_object_for_all_requests() {
    let client = visit(|route| {
        route.get("/", async |req: HttpRequest| -> Result {
            let one = req.container().make::<Station>()?;
            let other = app().make::<Station>()?;
            Ok(format!("{} {}", one.number, Arc::ptr_eq(&one, &other)).into_response())
        });
    })
    .await;
    for client in [client.clone(), client.another(), client] {
        client.get("/").await.assert_text("100 true");
    }
}

#[tokio::test]
async fn a_scoped_object_is_one_within_a_request_and_another_in_the_next() {
    let client = visit(|route| {
        route.get("/", async |req: HttpRequest| -> Result {
            let here = req.container().make_in::<Visit>(req.scope())?;
            let there = lunox::spawn(async { visit_number().ok() }).await?;
            let same = Some(here.number) == there && here.number == visit_number()?;
            Ok(json(serde_json::json!([here.number, here.station.number, same])))
        });
    })
    .await;
    let first: (usize, usize, bool) = client.get("/").await.json();
    let second: (usize, usize, bool) = client.get("/").await.json();
    assert!(first.2 && second.2);
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1);
}

#[tokio::test]
async fn a_scoped_object_without_a_request_is_an_error() {
    let client = visit(|_| {}).await;
    let app = client.app();
    assert!(app.make::<Visit>().is_err());
    assert!(app.make_in::<Visit>(&Scope::new()).is_ok());
}

#[tokio::test]
async fn a_trait_is_bound_and_extended_by_another_provider() {
    let client = visit(|route| {
        route.get("/", async || -> Result {
            Ok(app().make::<dyn Greeter>()?.greet().into_response())
        });
        route.get("/desk", Desk::greet);
    })
    .await;
    client.get("/").await.assert_text("HELLO");
    client.get("/desk").await.assert_text("HELLO");
}

#[tokio::test]
async fn names_tell_several_objects_of_a_type_apart() {
    let client = visit(|_| {}).await;
    let app = client.app();
    assert_eq!(app.make_named::<Station>("spare").expect("bound").number, 9);
    assert_ne!(app.make::<Station>().expect("bound").number, 9);
    let error = app.make_named::<Station>("spar").err().expect("unbound").to_string();
    assert!(error.contains("spare"), "{error}");
}

#[tokio::test]
async fn what_nobody_bound_is_a_500_that_names_it_in_the_log_alone() {
    struct Nobody;
    let routes = |route: &mut Router| {
        route.get("/", async || -> Result {
            app().make::<Nobody>()?;
            Ok(no_content())
        });
    };
    visit(routes).await.get("/").await.assert_status(500).assert_dont_see("Nobody");
    let debugging = TestApp::new().debug().routes(routes).client().await;
    debugging.get("/").await.assert_status(500).assert_see("Nobody");
}

#[tokio::test]
async fn a_factory_may_fail_with_an_error_of_lunox_and_the_log_names_its_line() {
    struct Mailer;
    let mailer = |port: &'static str| {
        TestApp::new()
            .register(move |app| {
                app.singleton::<Mailer>(move |_| {
                    abort_if(port.is_empty(), 503)?;
                    port.parse::<u16>().map_err(|error| Error::with_source(500, error))?;
                    Ok(Mailer)
                });
            })
            .routes(|route| {
                route.get("/", async || -> Result {
                    app().make::<Mailer>()?;
                    Ok(no_content())
                });
            })
            .client()
    };
    mailer("25").await.get("/").await.assert_status(204);
    let log = |port| async move {
        let answer = mailer(port).await.get("/").await;
        answer.assert_status(500).assert_dont_see("digit");
        format!("{:?}", answer.error().expect("an error"))
    };
    let text = log("x").await;
    assert!(text.contains("Mailer` could not be made: 500 at tests/http/container.rs:"), "{text}");
    assert!(text.ends_with(": invalid digit found in string"), "{text}");
    let text = log("").await;
    assert!(text.contains("could not be made: 503 at tests/http/container.rs:"), "{text}");
}

#[tokio::test]
async fn the_application_is_reached_from_a_request_and_is_its_own() {
    async fn named(name: &'static str) -> TestClient {
        struct Named(&'static str);
        impl ServiceProvider for Named {
            async fn register(&self, app: &Application) -> Result<()> {
                app.instance::<&'static str>(Arc::new(self.0));
                Ok(())
            }
        }
        let routes = |route: &mut Router| {
            route.get("/", async || -> Result {
                Ok(app().make::<&'static str>()?.to_string().into_response())
            });
            route.get("/config", async || config("session.driver").to_string());
            route.get("/typed", async || app().config::<SessionConfig>().driver.clone());
        };
        TestApp::new().provider(Named(name)).routes(routes).client().await
    }
    let (one, two) = (named("one").await, named("two").await);
    one.get("/").await.assert_text("one");
    two.get("/").await.assert_text("two");
    one.get("/config").await.assert_text("\"memory\"");
    one.get("/typed").await.assert_text("memory");
}
