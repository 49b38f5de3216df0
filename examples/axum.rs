//! axum with lunox's sessions: a login, a flash message and a counter. `cargo run --example axum --features axum`

use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Form, Router, http::StatusCode};
use lunox::session::{self, Session, SessionConfig};
use serde::Deserialize;

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn home(session: Session) -> Html<String> {
    let visits = session.increment("visits", 1);
    let status = session.get_or("status", String::new());
    let name = session.get_or("user", "stranger".to_owned());
    Html(format!("<p>{status}</p><p>Hello, {}! Visit {visits}.</p>", escaped(&name)))
}

async fn login(session: Session, Form(form): Form<Login>) -> impl IntoResponse {
    if form.password != "secret" {
        session.flash("status", "Wrong password.");
        return Redirect::to("/");
    }
    // A new token: one that somebody planted before the login must not be logged in.
    session.regenerate();
    session.put("user", form.name);
    session.flash("status", "Welcome back.");
    Redirect::to("/")
}

async fn logout(session: Session) -> StatusCode {
    session.invalidate();
    StatusCode::NO_CONTENT
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The routes, with sessions.
pub async fn app(config: SessionConfig) -> Result<Router, lunox::BootError> {
    let sessions = session::open(config).await?;
    let routes = Router::new()
        .route("/", get(home))
        .route("/login", post(login))
        .route("/logout", post(logout));
    Ok(routes.layer(session::layer(sessions)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // On a developer's machine. Behind TLS, leave `secure` as it is by default.
    let config = SessionConfig { secure: false, ..SessionConfig::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app(config).await?).await?)
}
