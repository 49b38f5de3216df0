//! What holds on every database. Included by the module of each, which has `Db`, `Server`, `config` and `empty`.

use std::time::Duration;

use lunox::auth::{TableDevices, TableResets, TableUsers};
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use sqlx::{FromRow, Row};

use super::{Db, Server, config, empty};
use crate::contract;

const COOKIE: &str = "lunox_remember";

#[derive(Clone, Debug, PartialEq)]
struct User {
    id: i64,
    email: String,
    password: String,
}

impl<'r> FromRow<'r, <Db as sqlx::Database>::Row> for User {
    fn from_row(row: &'r <Db as sqlx::Database>::Row) -> std::result::Result<Self, sqlx::Error> {
        let (email, password) = (row.try_get("email")?, row.try_get("password")?);
        Ok(Self { id: row.try_get("id")?, email, password })
    }
}

impl Authenticatable for User {
    fn auth_identifier(&self) -> String {
        self.id.to_string()
    }

    fn auth_password(&self) -> &str {
        &self.password
    }
}

/// All of it, one after another.
#[allow(dead_code, reason = "SQLite has a test for each")]
pub async fn all(server: &Server) {
    tables_keep_the_contract(server).await;
    users_are_found_in_their_table(server).await;
    of_parallel_changes_of_a_password_one_wins(server).await;
    processes_share_devices_links_and_passwords(server).await;
    a_stolen_token_is_noticed_by_another_process(server).await;
}

/// Processes with one database and one key, and the links that they have sent.
async fn processes<const N: usize>(server: &Server) -> ([TestClient; N], Sent) {
    let url = empty(server).await;
    let key = AppConfig { key: lunox::encryption::AppKey::generate().ok(), ..AppConfig::default() };
    let sent = Sent::default();
    let mut clients = Vec::new();
    for _ in 0..N {
        let (key, sent) = (key.key.clone(), Arc::clone(&sent));
        let app = TestApp::new().provider(AuthServiceProvider).database(config());
        let quick =
            |_: &Env| AuthConfig { hash_memory: 8, hash_iterations: 1, ..AuthConfig::default() };
        let app =
            app.app(|config| config.key = key).set("DATABASE_URL", &url).config("auth", quick);
        let app = app.register(|app| app.booted(async move |_| wire(sent)));
        clients.push(app.routes(routes).client().await);
    }
    let hash = clients[0].app().make::<lunox::auth::Auth>().expect("the guard");
    let hash = hash.hash_password("engine").await.expect("a hash");
    for email in ["ada@example.com", "bob@example.com"] {
        let sql =
            format!("insert into users (name, email, password) values ('x', '{email}', '{hash}')");
        let insert = sqlx::query(sqlx::AssertSqlSafe(sql));
        insert.execute(clients[0].app().pool::<Db>()).await.expect("stored");
    }
    (clients.try_into().unwrap_or_else(|_| unreachable!("as many")), sent)
}

type Sent = Arc<std::sync::Mutex<Vec<String>>>;

fn wire(sent: Sent) -> Result<()> {
    let auth = auth();
    auth.provider(TableUsers::<User, _>::new(lunox::pool::<Db>(), "users"));
    auth.remember_in(TableDevices::new(lunox::pool::<Db>(), "remembered_devices"));
    auth.reset_in(TableResets::new(lunox::pool::<Db>(), "password_resets"));
    auth.send_resets(move |_: Arc<User>, token| {
        sent.lock().expect("a lock").push(token);
        async { Ok(()) }
    })
}

fn routes(route: &mut Router) {
    route.get("/login", async || "log in").name("login");
    route.post("/login", async || {
        let ada = [("email", "ada@example.com"), ("password", "engine")];
        assert!(auth().attempt(ada).await?);
        auth().remember().await
    });
    route.get("/account", async |req: HttpRequest| {
        let user = req.user::<User>().await?;
        let stolen = if auth().was_stolen() { " stolen" } else { "" };
        let email = user.map_or("guest".to_owned(), |user| user.email.clone());
        Ok::<_, Error>(format!("{email}{stolen}"))
    });
    route.post("/change/{new}", async |_: HttpRequest, new: String| {
        Ok::<_, Error>(auth().change_password("engine", &new).await?.to_string())
    });
    route.post("/forgot", async || auth().send_reset_link([("email", "ada@example.com")]).await);
    route.post("/reset/{token}", async |_: HttpRequest, token: String| {
        Ok::<_, Error>(auth().reset_password(&token, "loom").await?.to_string())
    });
}

fn users(client: &TestClient) -> TableUsers<User, Db> {
    TableUsers::new(client.app().pool(), "users")
}

pub async fn tables_keep_the_contract(server: &Server) {
    let ([client], _) = processes(server).await;
    contract::devices(TableDevices::new(client.app().pool::<Db>(), "remembered_devices")).await;
    contract::resets(TableResets::new(client.app().pool::<Db>(), "password_resets")).await;
}

pub async fn users_are_found_in_their_table(server: &Server) {
    let ([client], _) = processes(server).await;
    let users = users(&client);
    let by = async |field: &'static str, value: &str| {
        let by = Credentials::from([(field, value), ("password", "x")]);
        users.retrieve_by_credentials(&by).await
    };
    let ada = by("email", "ada@example.com").await.expect("read").expect("Ada");
    let found = users.retrieve_by_id(&ada.id.to_string()).await.expect("read");
    assert_eq!(found.as_ref(), Some(&ada));
    for email in ["eve@example.com", "", "ada@example.com\0", "' or 1 = 1 --"] {
        assert_eq!(by("email", email).await.expect("read"), None, "{email}");
    }
    // Without a field nobody is meant, and a name is never taken for SQL.
    let nobody = Credentials::from([("password", "x")]);
    assert_eq!(users.retrieve_by_credentials(&nobody).await.expect("read"), None);
    assert!(by("1 = 1 or email", "x").await.is_err());
    let id = ada.id;
    for other in ["99".to_owned(), format!("0{id}"), format!(" {id}"), "ada".to_owned()] {
        assert_eq!(users.retrieve_by_id(&other).await.expect("read"), None, "{other}");
    }
    assert_eq!(users.retrieve_by_id("\0").await.expect("read"), None);
    keys_of_other_types(&client).await;
}

/// Keys that are texts, and UUIDs where the database has a type for them.
async fn keys_of_other_types(client: &TestClient) {
    #[derive(Debug)]
    struct Named(String, String);

    impl<'r> FromRow<'r, <Db as sqlx::Database>::Row> for Named {
        fn from_row(_: &'r <Db as sqlx::Database>::Row) -> std::result::Result<Self, sqlx::Error> {
            Err(sqlx::Error::RowNotFound)
        }
    }

    impl Authenticatable for Named {
        fn auth_identifier(&self) -> String {
            self.0.clone()
        }

        fn auth_password(&self) -> &str {
            &self.1
        }
    }

    let pool = client.app().pool::<Db>();
    let uuid = if <Db as sqlx::Database>::NAME == "PostgreSQL" { "uuid" } else { "varchar(36)" };
    for (column, key) in [(uuid, "01a21c62-b72b-77db-b7f8-fcf35f38691c"), ("varchar(99)", "ada")] {
        for sql in [
            format!("create table keyed (id {column} primary key, password varchar(99) not null)"),
            format!("insert into keyed values ('{key}', 'old')"),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(pool).await.expect("done");
        }
        let table = TableUsers::<Named, Db>::new(pool, "keyed");
        let user = Named(key.to_owned(), "old".to_owned());
        assert!(table.update_password(&user, "new").await.expect("written"), "{column}");
        assert!(!table.update_password(&user, "newer").await.expect("judged"), "{column}");
        sqlx::query("drop table keyed").execute(pool).await.expect("done");
    }
}

pub async fn of_parallel_changes_of_a_password_one_wins(server: &Server) {
    let ([client], _) = processes(server).await;
    let users = Arc::new(users(&client));
    let ada = users.retrieve_by_id("1").await.expect("read").expect("Ada");
    let changes = (0..8).map(|number| {
        let (users, ada) = (Arc::clone(&users), ada.clone());
        tokio::spawn(async move {
            users
                .update_password(&ada, &number.to_string())
                .await
                .expect("judged")
                .then_some(number)
        })
    });
    let mut winners = Vec::new();
    for change in changes.collect::<Vec<_>>() {
        winners.extend(change.await.expect("ended"));
    }
    let stored = users.retrieve_by_id("1").await.expect("read").expect("Ada").password;
    assert_eq!(winners, [stored.parse::<i32>().expect("a number")]);
    let bob = users.retrieve_by_id("2").await.expect("read").expect("Bob");
    assert_eq!(bob.password, ada.password, "the other row is as it was");
}

pub async fn processes_share_devices_links_and_passwords(server: &Server) {
    let ([here, there], sent) = processes(server).await;
    here.post("/login", ()).await.assert_ok();
    let first = here.cookie(COOKIE).expect("a remembered device");
    let holder = |process: &TestClient, token: &str| {
        let tab = process.another();
        tab.set_cookie(COOKIE, token);
        tab
    };
    // Five tabs that are restored at once, of which each process answers some.
    let tabs = [&here, &there, &here, &there, &here].map(|process| holder(process, &first));
    let visits = tabs.map(|tab| {
        tokio::spawn(async move {
            let name = tab.get("/account").await.text();
            (name, tab.cookie(COOKIE).expect("a token"))
        })
    });
    let mut kept = Vec::new();
    for visit in visits {
        let (name, token) = visit.await.expect("answered");
        assert_eq!(name, "ada@example.com");
        kept.push(token);
    }
    for token in &kept {
        holder(&there, token).get("/account").await.assert_text("ada@example.com");
    }
    let devices = TableDevices::new(here.app().pool::<Db>(), "remembered_devices");
    let rows = lunox::auth::RememberStore::of_user(&devices, "1").await.expect("read");
    assert_eq!(rows.len(), 1);
    let secret = |token: &str| token.split_once('.').expect("two parts").1.to_owned();
    assert!(!rows[0].state.contains(&secret(&first)), "{rows:?}");

    // A link is of use once, whichever process it comes to.
    here.post("/forgot", ()).await.assert_ok();
    let token = loop {
        let newest = sent.lock().expect("a lock").pop();
        match newest {
            Some(token) => break token,
            None => tokio::task::yield_now().await,
        }
    };
    let visitor = there.another();
    visitor.post("/login", ()).await.assert_ok();
    let uses = [&here, &there, &here, &there].map(|process| {
        let (client, link) = (process.another(), format!("/reset/{token}"));
        tokio::spawn(async move { client.post(&link, ()).await.text() })
    });
    let mut answers = Vec::new();
    for used in uses {
        answers.push(used.await.expect("answered"));
    }
    answers.sort();
    assert_eq!(answers, ["false", "false", "false", "true"]);
    visitor.get("/account").await.assert_text("guest");
    holder(&there, &kept[0]).get("/account").await.assert_text("guest");
}

pub async fn a_stolen_token_is_noticed_by_another_process(server: &Server) {
    let ([here, there], _) = processes(server).await;
    here.post("/login", ()).await.assert_ok();
    here.forget_cookie("lunox_session");
    let thief = there.another();
    thief.set_cookie(COOKIE, &here.cookie(COOKIE).expect("a remembered device"));
    for _ in 0..2 {
        here.get("/account").await.assert_text("ada@example.com");
        here.forget_cookie("lunox_session");
    }
    there.travel(Duration::from_secs(60));
    thief.get("/account").await.assert_text("guest");
    here.get("/account").await.assert_text("guest");
    here.post("/login", ()).await.assert_ok();
    here.get("/account").await.assert_text("ada@example.com stolen");

    // A password that one process changes ends the other's sessions.
    there.post("/login", ()).await.assert_ok();
    here.post("/change/loom", ()).await.assert_text("true");
    there.get("/account").await.assert_text("guest");
    here.get("/account").await.assert_text("ada@example.com");
}
