//! axum with tower-sessions on the store at BENCH_URL.

use axum::Router;
use axum::routing::get;
use lunox_bench::{ADD, Args, HELLO, READ, keys};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use tower_sessions::{Session, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config, Pool};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

async fn read(session: Session) -> String {
    session.get(READ).await.expect("loads").unwrap_or_default()
}

async fn add(session: Session) -> String {
    let sum = session.get::<i64>(ADD).await.expect("loads").unwrap_or_default() + 1;
    session.insert(ADD, sum).await.expect("JSON");
    sum.to_string()
}

async fn make(session: Session) -> &'static str {
    for (key, value) in keys() {
        session.insert_value(key, value).await.expect("JSON");
    }
    HELLO
}

fn router<S: SessionStore + Clone>(store: S) -> Router {
    let layer = SessionManagerLayer::new(store).with_secure(false);
    Router::new()
        .route("/read", get(read))
        .route("/add", get(add))
        .route("/make", get(make))
        .layer(layer)
        .route("/hello", get(async || HELLO))
}

async fn redis(url: &str) -> Router {
    let config = Config::from_url(url).expect("a URL");
    let pool = Pool::new(config, None, None, None, 4).expect("a pool");
    pool.init().await.expect("connects");
    router(RedisStore::new(pool))
}

async fn postgres(url: &str) -> Router {
    let pool = PgPoolOptions::new().max_connections(4).connect(url).await.expect("connects");
    let store = PostgresStore::new(pool);
    store.migrate().await.expect("a table");
    router(store)
}

async fn sqlite(url: &str) -> Router {
    let options: SqliteConnectOptions = url.parse().expect("a URL");
    let options = options.journal_mode(SqliteJournalMode::Wal).create_if_missing(true);
    let options = options.synchronous(SqliteSynchronous::Normal);
    let pool = SqlitePoolOptions::new().max_connections(4);
    let store = SqliteStore::new(pool.connect_with(options).await.expect("opens"));
    store.migrate().await.expect("a table");
    router(store)
}

fn main() {
    Args::read().serve(async |listener, args| {
        let url = std::env::var("BENCH_URL").expect("BENCH_URL is set");
        let router = match args.store.as_str() {
            "redis" => redis(&url).await,
            "postgres" => postgres(&url).await,
            "sqlite" => sqlite(&url).await,
            other => panic!("no store `{other}`; redis, postgres or sqlite"),
        };
        use axum::serve::ListenerExt;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.expect("serves");
    });
}
