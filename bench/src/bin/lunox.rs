//! lunox, with its drivers. `web` is the memory driver behind the whole group that pages have: queued cookies and the
//! check for forged requests besides the session. `unswept:1000` and `swept:1000` are the file driver beside a thousand
//! expired files, without the sweeper and with it.

use std::path::Path;
use std::time::Duration;

use lunox::config::{Config, Env};
use lunox::foundation::providers::{CookieServiceProvider, SessionServiceProvider};
use lunox::foundation::{AppConfig, AppKey, HttpConfig};
use lunox::prelude::*;
use lunox::server::{self, ServerConfig};
use lunox::session::{FileDriver, Key, SessionConfig, SessionDriver};
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

/// Makes expired sessions.
async fn expire(folder: &Path, count: u64) {
    let driver = FileDriver::new(folder);
    for number in 1..=count {
        // Spread over the folders as hashes are.
        let word = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
        let key = [word; 4].concat().try_into().expect("32 bytes");
        let made = driver.create(&Key::from_bytes(key), vec![b'x'; 400].into(), 1).await;
        made.expect("the folder was empty");
    }
}

fn main() {
    Args::read().serve(async |listener, args| {
        let (store, expired) = args.store.split_once(':').unwrap_or((&args.store, "0"));
        expire(&args.folder, expired.parse().expect("a number of expired files")).await;
        let (group, driver, sweep_every) = match store {
            "web" => ("web", "memory", 60),
            "unswept" => ("session", "file", 0),
            "swept" => ("session", "file", 1),
            driver => ("session", driver, 60),
        };
        let driver = driver.to_owned();
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
                        sweep_every: Duration::from_secs(sweep_every),
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
