//! axum with lunox's layer, in memory and on the store at BENCH_URL.

use axum::Router;
use axum::routing::get;
use lunox::session::{self, Session, SessionConfig};
use lunox_bench::{ADD, Args, HELLO, READ, keys};

async fn read(session: Session) -> String {
    session.get_or(READ, String::new())
}

async fn add(session: Session) -> String {
    session.increment(ADD, 1).to_string()
}

async fn make(session: Session) -> &'static str {
    for (key, value) in keys() {
        session.put(key, value);
    }
    HELLO
}

fn main() {
    Args::read().serve(async |listener, args| {
        let url = std::env::var("BENCH_URL").unwrap_or_default();
        let config = SessionConfig {
            driver: args.store,
            redis_url: url.as_str().into(),
            database_url: Some(url.into()),
            secure: false,
            ..SessionConfig::default()
        };
        let manager = match session::open(config).await {
            Ok(manager) => manager,
            Err(problems) => panic!("{problems}"),
        };
        let router = Router::new()
            .route("/read", get(read))
            .route("/add", get(add))
            .route("/make", get(make))
            .layer(session::layer(manager))
            .route("/hello", get(async || HELLO));
        use axum::serve::ListenerExt;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.expect("serves");
    });
}
