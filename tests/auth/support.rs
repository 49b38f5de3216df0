//! An application with two accounts.

use lunox::auth::MemoryUsers;
use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

/// The user of the manual.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: u64,
    pub email: String,
    pub password: String,
}

impl Authenticatable for User {
    fn auth_identifier(&self) -> String {
        self.id.to_string()
    }

    fn auth_password(&self) -> &str {
        &self.password
    }
}

pub fn users() -> MemoryUsers<User> {
    MemoryUsers::new("email", |user: &User| user.email.clone(), |user, hash| user.password = hash)
}

/// Fast enough for tests.
pub fn quick_config() -> AuthConfig {
    AuthConfig { hash_memory: 8, hash_iterations: 1, ..AuthConfig::default() }
}

/// An application whose users are in `users`.
pub fn bare(users: &MemoryUsers<User>) -> TestApp {
    bare_with(users, |_| quick_config())
}

pub fn bare_with(
    users: &MemoryUsers<User>,
    config: impl Fn(&Env) -> AuthConfig + Send + Sync + 'static,
) -> TestApp {
    let users = users.clone();
    crate::stores::app().provider(AuthServiceProvider).config("auth", config).register(|app| {
        app.instance::<MemoryUsers<User>>(Arc::new(users.clone()));
        app.booted(async move |_| {
            auth().provider(users);
            Ok(())
        });
    })
}

/// The same with the routes of a login.
pub fn site(users: &MemoryUsers<User>) -> TestApp {
    site_with(users, |_| quick_config())
}

pub fn site_with(
    users: &MemoryUsers<User>,
    config: impl Fn(&Env) -> AuthConfig + Send + Sync + 'static,
) -> TestApp {
    bare_with(users, config).routes(|route| {
        route.get("/", home);
        route.get("/login", async || html("log in")).name("login").middleware("guest");
        route.post("/login", log_in);
        route.post("/login/{id}", async |_: HttpRequest, id: u64| {
            Ok::<_, Error>(if auth().login_using_id(id).await? { "in" } else { "nobody" })
        });
        route.post("/login-as/{id}", async |req: HttpRequest, id: String| {
            auth().login(&stored(&req).find(&id).expect("a user")).await
        });
        route.post("/change/{new}", async |_: HttpRequest, new: String| {
            Ok::<_, Error>(auth().change_password("engine", &new).await?.to_string())
        });
        route.post("/logout", async || {
            auth().logout().await?;
            Ok::<_, Error>(redirect("/").into_response())
        });
        route.get("/account", account).middleware("auth");
        route.post("/account", account).middleware("auth");
        route.post("/confirm", async |req: HttpRequest| {
            Ok::<_, Error>(auth().confirm_password(&req.string("password")).await?.to_string())
        });
        route.get("/confirm", async || html("your password")).name("password.confirm");
        route.get("/danger", async || "gone").middleware("password.confirm");
        route.post("/password", async |req: HttpRequest| {
            let Some(user) = req.user::<User>().await? else { return abort(401) };
            let mut user = User::clone(&user);
            user.password = hash_password(&req.string("password")).await?;
            stored(&req).insert(user.clone());
            auth().password_changed(&user).await?;
            Ok("changed".into_response())
        });
        route.post("/others", async |req: HttpRequest| {
            Ok::<_, Error>(auth().logout_other_devices(&req.string("password")).await?.to_string())
        });
        route.post("/put", async |req: HttpRequest| {
            req.session().put("cart", req.string("cart"));
        });
    })
}

/// The site with its sessions in this driver. The driver `cookie` does not find the sessions of a user.
pub fn site_on(users: &MemoryUsers<User>, driver: &'static str) -> TestApp {
    let devices = driver != "cookie";
    site_with(users, move |_| AuthConfig { devices, ..quick_config() }).driver(driver)
}

/// The users of the application that answers.
pub fn stored(req: &HttpRequest) -> Arc<MemoryUsers<User>> {
    req.container().make().expect("the users")
}

async fn home() -> String {
    let auth = auth();
    assert_eq!(auth.check(), !auth.guest());
    auth.id().unwrap_or_else(|| "guest".to_owned())
}

async fn log_in(req: HttpRequest) -> Result {
    let credentials = [("email", req.string("email")), ("password", req.string("password"))];
    if auth().attempt(credentials).await? {
        return Ok(Redirect::intended("/account").into_response());
    }
    let wrong = [("email", "These credentials do not match our records.")];
    Ok(redirect("/login").with_errors(wrong).with_input().into_response())
}

async fn account(req: HttpRequest) -> Result {
    let Some(user) = req.user::<User>().await? else { return abort(401) };
    assert_eq!(auth().id(), Some(user.id.to_string()));
    Ok(user.email.clone().into_response())
}

/// Ada has the password `engine`, Bob has `bridge`.
pub async fn populate(client: &TestClient, users: &MemoryUsers<User>) {
    let auth = client.app().make::<lunox::auth::Auth>().expect("the guard");
    for (id, name, password) in [(7, "ada", "engine"), (8, "bob", "bridge")] {
        let password = auth.hash_password(password).await.expect("a hash");
        users.insert(User { id, email: format!("{name}@example.com"), password });
    }
}

/// A visitor of the site with its users.
pub async fn visit() -> (TestClient, MemoryUsers<User>) {
    visit_with(|app| app).await
}

/// A visitor of the site whose sessions are in this driver.
pub async fn visit_on(driver: &'static str) -> (TestClient, MemoryUsers<User>) {
    let users = users();
    let client = site_on(&users, driver).client().await;
    populate(&client, &users).await;
    (client, users)
}

pub async fn visit_with(
    change: impl FnOnce(TestApp) -> TestApp,
) -> (TestClient, MemoryUsers<User>) {
    let users = users();
    let client = change(site(&users)).client().await;
    populate(&client, &users).await;
    (client, users)
}

pub fn ada() -> [(&'static str, &'static str); 2] {
    [("email", "ada@example.com"), ("password", "engine")]
}

pub fn bob() -> [(&'static str, &'static str); 2] {
    [("email", "bob@example.com"), ("password", "bridge")]
}
