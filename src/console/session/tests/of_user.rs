//! The sessions of one user: `--user`.

use super::*;

#[test]
fn the_sessions_of_a_user_are_listed_and_ended() {
    let site = Site::new();
    let (first, first_id) = site.of_user("7");
    site.travel(1);
    let (second, second_id) = site.of_user("7");
    let (other, other_id) = site.of_user("8");
    let (guest, _) = site.named("Eve");
    let said = site.says("session:list --user 7", &["Showing [2] of 2 sessions"]);
    let place = |id: Uuid| said.find(&id.to_string());
    assert!(place(second_id) < place(first_id) && place(other_id).is_none(), "{said}");
    site.says("session:list --user 7 --limit 1", &[&second_id.to_string(), "[1] of 2 sessions"]);
    site.says("session:list --user 9", &["[0] of 0 sessions"]);
    let json: serde_json::Value =
        serde_json::from_str(&site.says("session:list --user 7 --json", &[])).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    site.refuses("session:list --user 7 --all", &[]);

    site.refuses("session:destroy --user 7", &["Nothing was ended", "--force"]);
    site.refuses("session:destroy --user 7 --all --force", &[]);
    site.says("session:destroy --user 7 --force", &["2 sessions of the user 7 ended"]);
    let lives = [&first, &second, &other, &guest].map(|cookie| site.lives(cookie));
    assert_eq!(lives, [false, false, true, true]);
    site.says("session:destroy --user 7 --force", &["0 sessions of the user 7 ended"]);
    for line in ["session:list --user 7", "session:destroy --user 7 --force"] {
        let (ok, said) = site.artisan_on("opaque", line);
        assert!(!ok && said.contains("`opaque` keeps no index"), "{said}");
    }
}

#[cfg(feature = "auth")]
#[test]
fn ending_the_sessions_of_a_user_forgets_the_remembered_devices() {
    use crate::auth::{
        Auth, AuthConfig, MemoryDevices, MemoryUsers, RememberStore, RememberedDevice,
    };
    use crate::config::Environment;
    use crate::foundation::ServiceProvider;
    use crate::foundation::providers::AuthServiceProvider;

    #[derive(Clone)]
    struct Nobody;

    impl crate::auth::Authenticatable for Nobody {
        fn auth_identifier(&self) -> String {
            "7".to_owned()
        }

        fn auth_password(&self) -> &str {
            ""
        }
    }

    struct Devices(MemoryDevices);

    impl ServiceProvider for Devices {
        async fn boot(&self, app: &Application) -> crate::http::Result<()> {
            let auth = app.make::<Auth>()?;
            auth.provider(MemoryUsers::new("name", |_: &Nobody| String::new(), |_, _| {}));
            auth.remember_in(self.0.clone());
            Ok(())
        }
    }

    let (site, devices) = (Site::new(), MemoryDevices::default());
    let state = r#"{"login":{"id":"7","fingerprint":""},"current":"","issued":[],"previous":[],"previous_until":0,"stolen":false}"#;
    for (id, user) in [("a", "7"), ("b", "8")] {
        let [id, user, state] = [id, user, state].map(str::to_owned);
        let expires = 2_000_000_000;
        wait(devices.insert(RememberedDevice { id, user, version: 0, expires, state })).unwrap();
    }
    let (key, given) = (site.key.clone(), devices.clone());
    let config = move |_: &Env| {
        let providers =
            providers![SessionServiceProvider, AuthServiceProvider, Devices(given.clone())];
        let environment = Environment::Testing;
        Config::new()
            .with(
                "app",
                AppConfig {
                    environment,
                    providers,
                    key: Some(key.clone()),
                    ..AppConfig::default()
                },
            )
            .with(
                "auth",
                AuthConfig { hash_memory: 8, hash_iterations: 1, ..AuthConfig::default() },
            )
            .with("logging", LogConfig { level: "off".to_owned(), ..LogConfig::default() })
            .with("session", session_config("file"))
    };
    let builder = Application::configure(site.folder.path(), config)
        .env(Env::from_pairs([("APP_ENV", "testing")]));
    let out = Output::captured();
    let line = ["app", "session:destroy", "--user", "7", "--force"];
    let code = Console::new(builder).run_with(line, &out);
    assert_eq!(code, ExitCode::SUCCESS, "{}", out.text());
    let left = ["7", "8"].map(|user| wait(devices.of_user(user)).unwrap().len());
    assert_eq!(left, [0, 1]);
}
