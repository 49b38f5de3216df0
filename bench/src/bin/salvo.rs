//! salvo with its sessions in memory. What was not changed is not saved, which is faster than its default.

use lunox_bench::{ADD, Args, HELLO, READ, keys};
use salvo::conn::tcp::TcpAcceptor;
use salvo::prelude::*;
use salvo::session::{MemoryStore, SessionDepotExt, SessionHandler};

#[handler]
async fn hello() -> &'static str {
    HELLO
}

#[handler]
async fn read(depot: &mut Depot) -> String {
    depot.session().and_then(|session| session.get(READ)).unwrap_or_default()
}

#[handler]
async fn add(depot: &mut Depot) -> String {
    let session = depot.session_mut().expect("a session");
    let sum = session.get::<i64>(ADD).unwrap_or_default() + 1;
    session.insert(ADD, sum).expect("JSON");
    sum.to_string()
}

#[handler]
async fn make(depot: &mut Depot) -> &'static str {
    let session = depot.session_mut().expect("a session");
    for (key, value) in keys() {
        session.insert(key, value).expect("JSON");
    }
    HELLO
}

fn main() {
    Args::read().serve(async |listener, _args| {
        let secret = [7; 64];
        let sessions = SessionHandler::builder(MemoryStore::new(), &secret)
            .save_unchanged(false)
            .build()
            .expect("a session handler");
        let with_session = Router::new()
            .hoop(sessions)
            .push(Router::with_path("read").get(read))
            .push(Router::with_path("add").get(add))
            .push(Router::with_path("make").get(make));
        let router = Router::new().push(Router::with_path("hello").get(hello)).push(with_session);
        let acceptor = TcpAcceptor::try_from(listener).expect("an acceptor");
        Server::new(acceptor).serve(router).await;
    });
}
