//! The files of accounts, for `lunox new --auth` and for `make:auth`.

/// A file: its path in the project and its content.
type File = (&'static str, &'static str);

macro_rules! stub {
    ($($path:literal),+) => {
        include_str!(concat!("stubs/auth/", $($path),+))
    };
}

/// The files that do not depend on the database, except that PostgreSQL numbers the places of a statement.
const FILES: &[File] = &[
    (
        "app/http/controllers/auth/account_controller.rs",
        stub!("controllers/account_controller.rs.stub"),
    ),
    (
        "app/http/controllers/auth/confirm_controller.rs",
        stub!("controllers/confirm_controller.rs.stub"),
    ),
    (
        "app/http/controllers/auth/device_controller.rs",
        stub!("controllers/device_controller.rs.stub"),
    ),
    (
        "app/http/controllers/auth/forgotten_controller.rs",
        stub!("controllers/forgotten_controller.rs.stub"),
    ),
    (
        "app/http/controllers/auth/login_controller.rs",
        stub!("controllers/login_controller.rs.stub"),
    ),
    ("app/http/controllers/auth/mod.rs", stub!("controllers/mod.rs.stub")),
    (
        "app/http/controllers/auth/register_controller.rs",
        stub!("controllers/register_controller.rs.stub"),
    ),
    ("app/models/user.rs", stub!("user.rs.stub")),
    ("app/providers/account_service_provider.rs", stub!("provider.rs.stub")),
    ("config/auth.rs", stub!("config.rs.stub")),
    ("resources/views/auth/account.html", stub!("views/account.html")),
    ("resources/views/auth/confirm.html", stub!("views/confirm.html")),
    ("resources/views/auth/delete.html", stub!("views/delete.html")),
    ("resources/views/auth/devices.html", stub!("views/devices.html")),
    ("resources/views/auth/fields.html", stub!("views/fields.html")),
    ("resources/views/auth/forgot.html", stub!("views/forgot.html")),
    ("resources/views/auth/layout.html", stub!("views/layout.html")),
    ("resources/views/auth/login.html", stub!("views/login.html")),
    ("resources/views/auth/register.html", stub!("views/register.html")),
    ("resources/views/auth/reset.html", stub!("views/reset.html")),
    ("routes/auth.rs", stub!("routes.rs.stub")),
    ("tests/feature/auth.rs", stub!("test.rs.stub")),
];

/// The features of lunox that they need besides that of a database.
#[cfg(feature = "installer")]
pub(crate) const FEATURES: [&str; 2] = ["auth", "throttle"];

/// The documentation of `app/models/mod.rs`, where there is none yet.
pub(crate) const MODELS: &str = stub!("models.rs.stub");

/// What `Cargo.toml` gets: a hash of a password is slow, and without these lines much slower.
pub(crate) const PROFILES: &str = "
# Hashing a password takes much longer without these.
[profile.dev.package.argon2]
opt-level = 3

[profile.dev.package.blake2]
opt-level = 3
";

/// The line behind which `config/mod.rs` gets its section, and that line.
pub(crate) const SECTION: [&str; 2] =
    [".with(\"app\", app::config(env))\n", "        .with(\"auth\", auth::config(env))\n"];

/// What links of the layout are replaced by others, which lead to the account or to the login.
pub(crate) const LINKS: [&str; 2] = [
    r#"("profile", "Profile")]"#,
    r#"("profile", "Profile"), ("account", "Account") if session('auth.login') else ("login", "Log in")]"#,
];

/// The files for a database, by the name of its feature.
pub(crate) fn files(database: &str) -> Vec<(&'static str, String)> {
    let place = |number: u8| if database == "postgres" { format!("${number}") } else { "?".into() };
    let places = (1..=3).map(|number| (format!("{{{{ {number} }}}}"), place(number)));
    let places: Vec<_> = places.collect();
    let fill = |text: &str| {
        places.iter().fold(text.to_owned(), |text, (name, place)| text.replace(name, place))
    };
    FILES.iter().map(|(path, text)| (*path, fill(text))).collect()
}

/// The scripts of the migration `create_users_tables`, there and back.
pub(crate) fn migration(database: &str) -> [&'static str; 2] {
    macro_rules! scripts {
        ($folder:literal) => {
            [
                stub!("migrations/", $folder, "/00010101000000_create_users_tables.up.sql"),
                stub!("migrations/", $folder, "/00010101000000_create_users_tables.down.sql"),
            ]
        };
    }
    match database {
        "postgres" => scripts!("postgres"),
        "mysql" => scripts!("mysql"),
        _ => scripts!("sqlite"),
    }
}
