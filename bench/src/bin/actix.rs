//! actix-web with actix-session's cookie store: the session is in the visitor's browser, encrypted.

use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::{App, HttpServer, web};
use lunox_bench::{ADD, Args, HELLO, READ, keys};

async fn hello() -> &'static str {
    HELLO
}

async fn read(session: Session) -> String {
    session.get(READ).expect("a text").unwrap_or_default()
}

async fn add(session: Session) -> String {
    let sum = session.get::<i64>(ADD).expect("a number").unwrap_or_default() + 1;
    session.insert(ADD, sum).expect("JSON");
    sum.to_string()
}

async fn make(session: Session) -> &'static str {
    for (key, value) in keys() {
        session.insert(key, value).expect("JSON");
    }
    HELLO
}

fn main() -> std::io::Result<()> {
    let args = Args::read();
    let server = || {
        let sessions =
            SessionMiddleware::builder(CookieSessionStore::default(), Key::from(&[7; 64]))
                .cookie_secure(false)
                .cookie_content_security(CookieContentSecurity::Private)
                .build();
        let with_session = web::scope("")
            .wrap(sessions)
            .route("/read", web::get().to(read))
            .route("/add", web::get().to(add))
            .route("/make", web::get().to(make));
        App::new().route("/hello", web::get().to(hello)).service(with_session)
    };
    actix_web::rt::System::new().block_on(async {
        HttpServer::new(server).workers(args.threads.max(1)).bind(args.address)?.run().await
    })
}
