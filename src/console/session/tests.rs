mod opaque;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::tests::opaque::OpaqueServiceProvider;
#[cfg(feature = "auth")]
use crate::config::Environment;
use crate::config::{Config, Env};
use crate::console::{Console, Output};
use crate::encryption::{AppKey, Keyring};
use crate::foundation::providers::SessionServiceProvider;
use crate::foundation::{AppConfig, Application, LogConfig};
use crate::providers;
use crate::session::{Session, SessionConfig, SessionManager, UserSessions, commit_alone};
use crate::support::{Clock, ManualClock};

/// A folder with sessions in files, and a clock.
struct Site {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    key: AppKey,
}

fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Site {
    fn new() -> Self {
        let key = AppKey::generate().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), clock: Arc::default(), key }
    }

    fn manager(&self) -> SessionManager {
        SessionManager::new(session_config("file"), self.clock.clone(), self.folder.path())
            .with_keys(Keyring::new(self.key.clone(), []))
    }

    /// Makes a session; its cookie and its id.
    fn session(&self, change: impl FnOnce(&Session)) -> (String, Uuid) {
        let manager = self.manager();
        wait(async {
            let session = manager.start(std::iter::empty()).await.unwrap();
            change(&session);
            let cookie = commit_alone(&manager, &session).await.unwrap().expect("a session");
            let session = manager.start([cookie.as_str()].into_iter()).await.unwrap();
            (cookie, session.id())
        })
    }

    fn named(&self, name: &str) -> (String, Uuid) {
        self.session(|session| session.put("name", name))
    }

    /// A session in which a user is logged in.
    fn of_user(&self, user: &str) -> (String, Uuid) {
        let manager = self.manager();
        let tag = UserSessions::of(&manager, "web", user).unwrap().tag();
        self.session(|session| {
            session.put("user", user);
            session.tag(tag);
        })
    }

    fn lives(&self, cookie: &str) -> bool {
        !wait(self.manager().start([cookie].into_iter())).unwrap().is_new()
    }

    fn travel(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for folder in std::fs::read_dir(self.folder.path().join("sessions")).unwrap() {
            let entries = std::fs::read_dir(folder.unwrap().path()).unwrap();
            files.extend(entries.map(|entry| entry.unwrap().path()));
        }
        files
    }

    /// Whether it went well, and what it said.
    fn artisan(&self, line: &str) -> (bool, String) {
        self.artisan_on("file", line)
    }

    fn artisan_on(&self, driver: &'static str, line: &str) -> (bool, String) {
        let key = Some(self.key.clone());
        let config = move |env: &Env| {
            let providers = providers![SessionServiceProvider, OpaqueServiceProvider];
            let environment = env.environment();
            Config::new()
                .with(
                    "app",
                    AppConfig { environment, providers, key: key.clone(), ..AppConfig::default() },
                )
                .with("logging", LogConfig { level: "off".to_owned(), ..LogConfig::default() })
                .with("session", session_config(driver))
        };
        let clock: Arc<dyn Clock> = self.clock.clone();
        let builder = Application::configure(self.folder.path(), config)
            .env(Env::from_pairs([("APP_ENV", "testing")]))
            .clock(clock);
        let out = Output::captured();
        let arguments = ["app"].into_iter().chain(line.split(' '));
        let code = Console::new(builder).run_with(arguments, &out);
        (code == ExitCode::SUCCESS, out.text())
    }

    #[track_caller]
    fn says(&self, line: &str, words: &[&str]) -> String {
        let (ok, said) = self.artisan(line);
        assert!(ok, "{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{word} in {said}"));
        said
    }

    #[track_caller]
    fn refuses(&self, line: &str, words: &[&str]) -> String {
        let (ok, said) = self.artisan(line);
        assert!(!ok, "{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{word} in {said}"));
        said
    }
}

fn session_config(driver: &str) -> SessionConfig {
    SessionConfig {
        driver: driver.to_owned(),
        files: "sessions".into(),
        ..SessionConfig::default()
    }
}

#[test]
fn the_list_has_the_newest_first_and_says_how_many_there_are() {
    let site = Site::new();
    let ids: Vec<String> = (0..5)
        .map(|n| {
            site.travel(1);
            site.named(&"x".repeat(10 * n)).1.to_string()
        })
        .collect();
    let order = |said: &str| -> Vec<usize> {
        let place = |line: &str| ids.iter().position(|id| line.contains(id.as_str()));
        said.lines().filter_map(place).collect()
    };
    assert_eq!(order(&site.says("session:list", &["[5] of 5 sessions", "0 s"])), [4, 3, 2, 1, 0]);
    let two = site.says("session:list --limit 2", &["[2] of 5 sessions; --limit and --all"]);
    assert_eq!(order(&two), [4, 3]);
    assert_eq!(order(&site.says("session:list --sort oldest", &[])), [0, 1, 2, 3, 4]);
    assert_eq!(order(&site.says("session:list --sort largest --limit 1", &[])), [4]);
    assert_eq!(order(&site.says("session:list --sort expiring --limit 1", &[])), [0]);
    let all = site.says("session:list --all", &["all [5 sessions]"]);
    assert_eq!(order(&all).len(), 5);
    assert!(!all.contains("xxx"), "{all}");
}

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

#[test]
fn the_list_is_json_that_programs_read() {
    let site = Site::new();
    assert_eq!(site.artisan("session:list --json"), (true, "[]\n".to_owned()));
    for _ in 0..3 {
        site.named("Ada");
    }
    for (line, count) in [("session:list --json", 3), ("session:list --json --limit 2", 2)] {
        let json: serde_json::Value = serde_json::from_str(&site.says(line, &[])).expect("JSON");
        let list = json.as_array().expect("a list");
        assert_eq!(list.len(), count);
        for key in ["id", "created", "expires", "bytes"] {
            assert!(list[0].get(key).is_some(), "{key}");
        }
    }
}

#[test]
fn a_session_is_shown_by_the_beginning_of_its_id_with_its_values_hidden() {
    let site = Site::new();
    let (cookie, id) = site.session(|session| {
        session.put("name", "Ada Lovelace");
        session.put("cart.items", [1, 2]);
    });
    site.travel(14);
    let expected = [
        &id.to_string(),
        "14 min ago",
        "in 1 h 46 min",
        "for 14 min at most",
        "name: text, 12 characters",
    ];
    for id in
        [id.to_string(), id.simple().to_string().to_uppercase(), id.to_string()[..6].to_owned()]
    {
        let said = site.says(&format!("session:show {id}"), &expected);
        assert!(!said.contains("Ada") && !said.contains(&cookie), "{said}");
    }
    let said =
        site.says(&format!("session:show {id} --values"), &["name: \"Ada Lovelace\"", "0: 1"]);
    assert!(!said.contains("hidden"), "{said}");

    let json = |line: String| -> serde_json::Value {
        serde_json::from_str(&site.says(&line, &[])).expect("JSON")
    };
    let hidden = json(format!("session:show {id} --json"));
    assert_eq!(hidden["data"]["name"], "text, 12 characters");
    assert_eq!((&hidden["redacted"], &hidden["id"]), (&true.into(), &id.to_string().into()));
    let open = json(format!("session:show {id} --json --values"));
    assert_eq!((&open["data"]["name"], &open["redacted"]), (&"Ada Lovelace".into(), &false.into()));
}

#[test]
fn an_id_that_is_wrong_is_told_and_what_is_none_is_not_repeated() {
    let site = Site::new();
    // One token in 64 begins with a hyphen, and would be taken for an option.
    let mut sessions = std::iter::repeat_with(|| site.named("Ada"));
    let (cookie, id) = sessions.find(|(cookie, _)| !cookie.starts_with('-')).unwrap();
    let other = if id.to_string().starts_with('0') { "1111" } else { "0000" };
    for command in ["show", "destroy --force"] {
        site.refuses(&format!("session:{command} {other}"), &["no living session", other]);
        let said = site.refuses(&format!("session:{command} {cookie}"), &["no session id"]);
        assert!(!said.contains(&cookie), "a token was pasted: {said}");
        site.refuses(&format!("session:{command} zebra"), &["no session id"]);
        site.refuses(&format!("session:{command} --"), &[]);
        site.refuses(&format!("session:{command} {id}0"), &["no session id"]);
    }
    assert!(site.lives(&cookie));
}

#[test]
fn a_beginning_that_several_ids_share_lists_them_and_ends_none() {
    let site = Site::new();
    // Sixteen digits: two of seventeen ids begin with the same.
    let sessions: Vec<(String, String)> =
        (0..17).map(|_| site.named("Ada")).map(|(cookie, id)| (cookie, id.to_string())).collect();
    let same = |digit: &str| sessions.iter().filter(|(_, id)| id.starts_with(digit)).count() > 1;
    let digit = sessions.iter().map(|(_, id)| &id[..1]).find(|digit| same(digit)).expect("two");
    let shared: Vec<&str> =
        sessions.iter().map(|(_, id)| id.as_str()).filter(|id| id.starts_with(digit)).collect();
    site.refuses(&format!("session:show {digit}"), &shared);
    site.refuses(&format!("session:destroy {digit} --force"), &shared);
    assert!(sessions.iter().all(|(cookie, _)| site.lives(cookie)));
}

#[test]
fn a_session_is_ended_when_someone_confirms_or_by_force() {
    let site = Site::new();
    let (ada, id) = site.named("Ada");
    let (eve, _) = site.named("Eve");
    site.refuses(&format!("session:destroy {id}"), &["Nothing was ended", "--force"]);
    site.refuses("session:destroy --all", &["Nothing was ended", "--force"]);
    assert!(site.lives(&ada) && site.lives(&eve));
    site.says(&format!("session:destroy {id} --force"), &["is ended", &id.to_string()]);
    assert!(!site.lives(&ada) && site.lives(&eve));
    site.refuses(&format!("session:destroy {id} --force"), &["no living session"]);
    assert!(!site.artisan("session:destroy --force").0, "which one is not said");

    let more: Vec<String> = (0..40).map(|_| site.named("x").0).collect();
    site.says("session:destroy --all --force", &["41 sessions ended"]);
    assert!(!site.lives(&eve) && !more.iter().any(|cookie| site.lives(cookie)));
    assert_eq!(site.files(), Vec::<PathBuf>::new());
}

#[test]
fn values_are_shown_as_json_without_what_controls_a_terminal() {
    let site = Site::new();
    let hostile = "\u{9b}2J\u{202e}\u{7f}\u{1b}]0;x";
    let (_, id) = site.session(|session| session.put_many([("name", hostile), (hostile, "x")]));
    for line in
        [format!("session:show {id} --values --json"), format!("session:show {id} --values")]
    {
        let said = site.says(&line, &[]);
        let is_control = |char: char| char.is_control() && char != '\n' || char == '\u{202e}';
        assert!(!said.contains(is_control), "{said:?}");
        if line.ends_with("json") {
            let json: serde_json::Value = serde_json::from_str(&said).unwrap();
            assert_eq!(
                (&json["data"]["name"], &json["data"][hostile]),
                (&hostile.into(), &"x".into())
            );
        }
    }
    let (ok, said) = site.artisan("session:show \u{9b}2J");
    assert!(!ok && !said.contains('\u{9b}'), "{said:?}");
}

#[test]
fn pruning_removes_what_has_expired_and_nothing_else() {
    let site = Site::new();
    site.says("session:prune", &["no expired session"]);
    for _ in 0..3 {
        site.named("Ada");
    }
    site.travel(100);
    let (eve, _) = site.named("Eve");
    // What has expired is kept for five minutes more.
    site.travel(26);
    site.says("session:stats", &["living     1", "expired    3"]);
    site.says("session:list", &["[1] of 1 session"]);
    site.says("session:prune", &["3 expired sessions removed"]);
    site.says("session:prune", &["no expired session"]);
    assert_eq!(site.files().len(), 1);
    assert!(site.lives(&eve));
}

#[test]
fn the_numbers_have_sizes_and_ages_with_bars() {
    let site = Site::new();
    for _ in 0..3 {
        site.named("x");
    }
    site.travel(70);
    site.session(|session| session.put("note", "x".repeat(3_000)));
    let said = site.says("session:stats", &["living     4", "Size", "Age", "below 6 h  3 ####"]);
    let longest = said.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(longest <= 100, "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&site.says("session:stats --json", &[])).expect("JSON");
    assert_eq!((&json["living"], &json["expired"]), (&4.into(), &0.into()));
    assert_eq!(json["ages"]["largest"], 70 * 60);
    assert!(json["sizes"]["p99"].as_u64() > Some(3_000), "{json}");
    let bins = json["sizes"]["histogram"].as_array().expect("a list");
    assert_eq!(bins.iter().filter_map(|bin| bin["count"].as_u64()).sum::<u64>(), 4);
}

#[test]
fn an_empty_store_is_told_as_such() {
    let site = Site::new();
    site.says("session:list", &["[0] of 0 sessions"]);
    site.says("session:list --all", &["all [0 sessions]"]);
    site.says("session:stats", &["living     0", "size       0 B"]);
    site.says("session:destroy --all --force", &["0 sessions ended"]);
    site.refuses("session:show abc", &["no living session"]);
}

#[test]
fn a_corrupt_file_hides_no_other_session() {
    let site = Site::new();
    site.named("Ada");
    let [file]: [PathBuf; 1] = site.files().try_into().expect("one file");
    let (eve, id) = site.named("Eve");
    std::fs::write(file, "damaged").unwrap();
    let id = id.to_string();
    site.says("session:list", &[&id, "[1] of 1 session"]);
    site.says("session:stats", &["living     1"]);
    site.says(&format!("session:show {}", &id[..8]), &[&id]);
    site.says("session:prune", &["no expired session"]);
    site.says("session:destroy --all --force", &["1 session ended"]);
    assert!(!site.lives(&eve));
}

#[test]
fn what_this_process_cannot_see_is_said_plainly() {
    let site = Site::new();
    for command in ["list", "stats", "prune", "show abc", "destroy abc --force"] {
        let line = format!("session:{command}");
        let (ok, said) = site.artisan_on("memory", &line);
        assert!(!ok && said.contains("in the memory of the server's process"), "{line}: {said}");
        let (ok, said) = site.artisan_on("opaque", &line);
        if command == "prune" {
            assert!(ok, "{said}");
        } else {
            assert!(!ok && said.contains("`opaque` cannot list"), "{line}: {said}");
        }
    }
}

#[cfg(feature = "auth")]
#[test]
fn ending_the_sessions_of_a_user_forgets_the_remembered_devices() {
    use crate::auth::{
        Auth, AuthConfig, MemoryDevices, MemoryUsers, RememberStore, RememberedDevice,
    };
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
