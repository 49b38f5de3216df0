//! lunox, with its drivers. `web` is the memory driver behind the whole group that pages have: queued cookies and the
//! check for forged requests besides the session.

use lunox::config::{Config, Env};
use lunox::foundation::providers::{CookieServiceProvider, SessionServiceProvider};
use lunox::foundation::{AppConfig, AppKey, HttpConfig};
use lunox::prelude::*;
use lunox::server::{self, ServerConfig};
use lunox::session::SessionConfig;
use lunox_bench::{ADD, Args, HELLO, READ, keys};

struct Routes {
    group: &'static str,
}

impl ServiceProvider for Routes {
    async fn boot(&self, app: &Application) -> Result<()> {
        app.middleware(|middleware| {
            middleware.group("web", ["cookies", "session", "csrf"]);
        });
        app.router().get("/hello", async || HELLO);
        app.router().middleware(self.group).group(|route| {
            route.get("/read", async |req: HttpRequest| req.session().get::<String>(READ));
            route.get("/add", async |req: HttpRequest| req.session().increment(ADD, 1).to_string());
            route.get("/make", async |req: HttpRequest| {
                req.session().put_many(keys());
                HELLO
            });
        });
        Ok(())
    }
}

fn main() {
    Args::read().serve(async |listener, args| {
        let (group, driver) = match args.store.as_str() {
            "web" => ("web", "memory".to_owned()),
            driver => ("session", driver.to_owned()),
        };
        let files = args.folder.clone();
        let configure = move |_: &Env| {
            let providers =
                providers![CookieServiceProvider, SessionServiceProvider, Routes { group }];
            Config::new()
                .with(
                    "app",
                    AppConfig { key: AppKey::generate().ok(), providers, ..AppConfig::default() },
                )
                .with("http", HttpConfig::default())
                .with(
                    "session",
                    SessionConfig {
                        driver: driver.clone(),
                        files: files.clone(),
                        // A million of them, for those who measure memory.
                        memory_records: 4_000_000,
                        memory_bytes: 4 << 30,
                        secure: false,
                        ..SessionConfig::default()
                    },
                )
        };
        let app = Application::configure(args.folder.clone(), configure)
            .env(Env::empty())
            .boot()
            .await
            .expect("boots");
        server::serve(app, listener, &ServerConfig::default(), std::future::pending()).await;
    });
}
