//! poem with its sessions in memory.

use lunox_bench::{ADD, Args, HELLO, READ, keys};
use poem::listener::TcpAcceptor;
use poem::session::{CookieConfig, MemoryStorage, ServerSession, Session};
use poem::{EndpointExt, Route, Server, get, handler};

#[handler]
fn hello() -> &'static str {
    HELLO
}

#[handler]
fn read(session: &Session) -> String {
    session.get(READ).unwrap_or_default()
}

#[handler]
fn add(session: &Session) -> String {
    let sum = session.get::<i64>(ADD).unwrap_or_default() + 1;
    session.set(ADD, sum);
    sum.to_string()
}

#[handler]
fn make(session: &Session) -> &'static str {
    for (key, value) in keys() {
        session.set(key, value);
    }
    HELLO
}

fn main() {
    Args::read().serve(async |listener, _args| {
        let sessions =
            || ServerSession::new(CookieConfig::new().secure(false), MemoryStorage::new());
        let with_session = Route::new()
            .at("/read", get(read))
            .at("/add", get(add))
            .at("/make", get(make))
            .with(sessions());
        let app = Route::new().at("/hello", get(hello)).nest_no_strip("/", with_session);
        let acceptor = TcpAcceptor::from_tokio(listener).expect("an acceptor");
        Server::new_with_acceptor(acceptor).run(app).await.expect("serves");
    });
}
