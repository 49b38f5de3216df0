//! axum with tower-sessions, in memory and with its file store.

use std::borrow::Cow;

use axum::Router;
use axum::routing::get;
use lunox_bench::{ADD, Args, HELLO, READ, keys};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, SessionStore};
use tower_sessions_file_store::FileSessionStorage;

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

fn main() {
    Args::read().serve(async |listener, args| {
        let router = match args.store.as_str() {
            "memory" => router(MemoryStore::default()),
            "file" => router(FileSessionStorage::new_in_folder(Cow::Owned(args.folder))),
            other => panic!("no store `{other}`; memory or file"),
        };
        use axum::serve::ListenerExt;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.expect("serves");
    });
}
