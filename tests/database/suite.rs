//! What holds on every database. Included by the module of each, which has `Db`, `app` and `INSERT`.

use lunox::database::{DatabaseConfig, Ping};
use lunox::prelude::*;
use lunox::testing::TestClient;

use super::{Db, INSERT, Server, app};

#[track_caller]
fn db() -> &'static sqlx::Pool<Db> {
    lunox::pool()
}

/// The options of the tests.
pub fn config() -> DatabaseConfig {
    DatabaseConfig {
        migrations: Some(migrations!("$CARGO_MANIFEST_DIR/tests/database/migrations")),
        ..DatabaseConfig::of::<Db>()
    }
}

async fn insert(id: i32, title: &str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(INSERT).bind(id).bind(title).execute(db()).await.map(drop)
}

fn routes(route: &mut Router) {
    route.get("/posts", async || -> Result {
        let posts: Vec<(i32, String)> =
            sqlx::query_as("select id, title from posts order by id").fetch_all(db()).await?;
        Ok(json(posts))
    });
    route.get(
        "/insert/{id}/{title}",
        async |_req: HttpRequest, id: i32, title: String| -> Result {
            insert(id, &title).await?;
            Ok("stored".into_response())
        },
    );
    route.get("/missing", async || -> Result {
        let (title,): (String,) =
            sqlx::query_as("select title from posts where id = 77").fetch_one(db()).await?;
        Ok(title.into_response())
    });
    route.get("/both/{id}", async |_req: HttpRequest, id: i32| -> Result {
        let mut transaction = db().begin().await?;
        for title in ["one", "two"] {
            sqlx::query(INSERT).bind(id).bind(title).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok("stored".into_response())
    });
    route.get("/ping", async |req: HttpRequest| -> Result {
        let database = req.container().make::<dyn Ping>()?;
        database.ping().await?;
        Ok(database.name().into_response())
    });
}

async fn visit(server: &Server) -> TestClient {
    app(server).routes(routes).client().await
}

/// All of it, one after another.
#[allow(dead_code, reason = "SQLite has a test for each")]
pub async fn all(server: &Server) {
    sqlx_is_used_directly(server).await;
    tests_at_once_have_a_database_each(server).await;
    an_error_in_an_action_rolls_its_transaction_back(server).await;
    no_row_is_a_500_unless_the_action_says_otherwise(server).await;
    no_connection_in_time_is_a_503(server).await;
}

pub async fn sqlx_is_used_directly(server: &Server) {
    let client = visit(server).await;
    client.get("/insert/1/Moon").await.assert_ok();
    client.get("/posts").await.assert_exact_json(serde_json::json!([[1, "Moon"]]));
    client.get("/ping").await.assert_text(<Db as sqlx::Database>::NAME);
    // Outside of a request.
    let pool = client.app().pool::<Db>();
    let (likes,): (i32,) = sqlx::query_as("select likes from posts").fetch_one(pool).await.unwrap();
    assert_eq!(likes, 0);
    client.run(insert(2, "Sun")).await.expect("stored");
    client.get("/posts").await.assert_exact_json(serde_json::json!([[1, "Moon"], [2, "Sun"]]));
}

pub async fn tests_at_once_have_a_database_each(server: &Server) {
    let (one, other) = (visit(server).await, visit(server).await);
    one.get("/insert/1/Moon").await.assert_ok();
    other.get("/posts").await.assert_exact_json(serde_json::json!([]));
    other.get("/insert/1/Sun").await.assert_ok();
    one.get("/posts").await.assert_exact_json(serde_json::json!([[1, "Moon"]]));
}

pub async fn an_error_in_an_action_rolls_its_transaction_back(server: &Server) {
    let client = visit(server).await;
    // The same id twice.
    client.get("/both/1").await.assert_status(500);
    client.get("/posts").await.assert_exact_json(serde_json::json!([]));
}

pub async fn no_row_is_a_500_unless_the_action_says_otherwise(server: &Server) {
    visit(server).await.get("/missing").await.assert_status(500);
    let found = async || -> Result {
        let row: Option<(String,)> =
            sqlx::query_as("select title from posts where id = 77").fetch_optional(db()).await?;
        let Some((title,)) = row else { return abort(404) };
        Ok(title.into_response())
    };
    let client = app(server).routes(move |route| drop(route.get("/post", found))).client().await;
    client.get("/post").await.assert_not_found();
}

pub async fn no_connection_in_time_is_a_503(server: &Server) {
    let client = visit(server).await;
    let pool = client.app().pool::<Db>();
    let mut taken = Vec::new();
    while taken.len() < 2 {
        taken.push(pool.acquire().await.expect("a connection"));
    }
    client.get("/posts").await.assert_status(503).assert_dont_see("pool");
    drop(taken);
    client.get("/posts").await.assert_ok();
}
