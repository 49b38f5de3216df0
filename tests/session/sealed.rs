//! Rule 16, `encrypt`: what lies in the store can be neither read nor changed.

use std::path::Path;

use lunox::console::{Console, Output};
use lunox::encryption::AppKey;
use lunox::prelude::*;
use lunox::session::{Key, Listed, SessionDriver};
use lunox::testing::{TestApp, TestClient};

use super::log::Log;
use super::support::{Gate, Spy, app};

const COOKIE: &str = "lunox_session";

fn key() -> AppKey {
    AppKey::generate().expect("random bytes")
}

/// An application that seals, with the first key, and opens with all.
fn sealing(spy: &Spy, keys: &[&AppKey]) -> TestApp {
    let (current, previous) = keys.split_first().expect("a key");
    app(spy, &Gate::new()).session(|session| session.encrypt = true).app(|app| {
        app.key = Some((*current).clone());
        app.previous_keys = previous.iter().map(|key| (*key).clone()).collect();
    })
}

/// The same visitor at another application on the same store.
fn moved(visitor: &TestClient, to: TestClient) -> TestClient {
    to.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
    to
}

async fn only_record(spy: &Spy) -> Listed {
    let mut records = spy.records().await;
    assert_eq!(records.len(), 1);
    records.remove(0)
}

async fn overwrite(spy: &Spy, key: &Key, with: Vec<u8>) {
    let records = spy.records().await;
    let record = records.iter().find(|record| record.key == *key).expect("the record");
    let stored = &record.stored;
    let outcome = spy.replace(key, stored.version, with.into(), stored.deadline).await;
    assert_eq!(outcome.expect("replaces"), lunox::session::Outcome::Done);
}

/// Every file below a folder, in one piece.
fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(everything_in(&path));
        } else {
            all.extend(std::fs::read(path).expect("a file"));
        }
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn rule_16_a_sealed_session_behaves_as_any_other() {
    let spy = Spy::default();
    let gate = Gate::new();
    let visitor = app(&spy, &gate).session(|session| session.encrypt = true).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    visitor.get("/increment/n").await.assert_text("1");
    visitor.get("/increment/n").await.assert_text("2");
    visitor.get("/flash/status").await.assert_ok();
    visitor.get("/read/status").await.assert_text("\"flashed\"").assert_session_missing("status");
    visitor.get("/login").await.assert_session_has_value("name", "Ada");
    let both = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            let put = |visitor: TestClient, n| async move {
                visitor.get(&format!("/slow-put/k{n}")).await
            };
            visitor.together(2, put).await
        }
    });
    gate.wait_for(2).await;
    gate.let_go(2);
    both.await.expect("ends");
    visitor.get("/nothing").await.assert_session_has(["name", "user", "k0", "k1"]);
    visitor.get("/logout").await.assert_ok();
    assert_eq!(
        spy.records().await.len(),
        2,
        "the sealed pointer and the sealed mark that are left"
    );
}

#[tokio::test]
async fn rule_16_pointers_of_renewed_tokens_are_sealed_and_found() {
    let spy = Spy::default();
    let renewing = |session: &mut SessionConfig| {
        session.encrypt = true;
        session.renew_every = Some(std::time::Duration::from_secs(600));
    };
    let visitor = app(&spy, &Gate::new()).session(renewing).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let late = visitor.another();
    late.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
    visitor.travel_minutes(11);
    visitor.get("/nothing").await.assert_cookie(COOKIE);
    let records = spy.records().await;
    assert_eq!(records.len(), 2);
    for record in &records {
        let others = records.iter().filter(|other| other.key != record.key);
        for other in others {
            assert!(!record.stored.payload.windows(32).any(|part| part == other.key.as_bytes()));
        }
    }
    late.get("/put/late/yes").await.assert_ok();
    visitor.get("/nothing").await.assert_session_has_value("late", "yes");
    visitor.get("/logout").await.assert_ok();
    late.get("/read/name").await.assert_text("null");
}

#[tokio::test]
async fn rule_16_asvs_s20_the_file_on_disk_has_no_readable_value_and_its_session_can_be_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().to_path_buf();
    let key = key();
    let build = move |encrypt: bool| {
        let (files, key) = (files.clone(), key.clone());
        TestApp::new()
            .app(move |app| app.key = Some(key))
            .config("logging", |_| LogConfig { level: "off".to_owned(), ..LogConfig::default() })
            .session(move |session| {
                session.driver = "file".to_owned();
                session.files = files;
                session.encrypt = encrypt;
            })
            .routes(|route| {
                route.get("/id", async |req: HttpRequest| req.session().id().to_string());
            })
    };
    let visitor = build(true).client().await;
    visitor.with_session([("diagnosis", "a broken heart")]).await;
    visitor.get("/id").await.assert_session_has_value("diagnosis", "a broken heart");
    let id = visitor.get("/id").await.text();
    let on_disk = everything_in(folder.path());
    assert!(!on_disk.is_empty());
    for text in ["diagnosis", "broken", &id] {
        assert!(!holds(&on_disk, text), "{text} can be read");
    }

    let list = |encrypt| {
        let clock = Arc::new(lunox::support::ManualClock::default());
        let env = Env::from_pairs([("APP_ENV", "testing")]);
        let builder = build(encrypt).builder().env(env).clock(clock);
        tokio::task::spawn_blocking(move || {
            let out = Output::captured();
            let _ = Console::new(builder).run_with(["app", "session:list"], &out);
            out.text()
        })
    };
    let listed = list(true).await.expect("ends");
    assert!(listed.contains(&id) && listed.contains("Showing [1] of 1 session"), "{listed}");
    assert!(!listed.contains("broken"), "{listed}");
    let listed = list(false).await.expect("ends");
    assert!(!listed.contains(&id), "sealed records are no clear ones: {listed}");
}

#[tokio::test]
async fn rule_16_asvs_s20_a_changed_record_starts_a_new_session_and_no_error() {
    let spy = Spy::default();
    let visitor = sealing(&spy, &[&key()]).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let record = only_record(&spy).await;
    let payload = record.stored.payload.to_vec();
    let old = visitor.cookie(COOKIE);
    for index in [0, 1, 5, 29, payload.len() / 2, payload.len() - 1] {
        let mut changed = payload.clone();
        changed[index] ^= 1;
        overwrite(&spy, &record.key, changed).await;
        visitor.get("/read/name").await.assert_ok().assert_text("null");
    }
    for changed in [payload[..payload.len() - 1].to_vec(), Vec::new(), b"{\"user\":1}".to_vec()] {
        overwrite(&spy, &record.key, changed).await;
        visitor.get("/read/name").await.assert_ok().assert_text("null");
    }
    visitor.get("/put/name/Eve").await.assert_ok().assert_session_has_value("name", "Eve");
    assert_ne!(visitor.cookie(COOKIE), old, "the new session has another token");
}

#[tokio::test]
async fn rule_16_asvs_s20_a_record_moved_to_another_visitors_key_does_not_open() {
    let spy = Spy::default();
    let admin = sealing(&spy, &[&key()]).client().await;
    admin.get("/login").await.assert_ok();
    let stolen = only_record(&spy).await;
    let visitor = admin.another();
    visitor.get("/put/name/Eve").await.assert_ok();
    let records = spy.records().await;
    let own = records.iter().find(|record| record.key != stolen.key).expect("a second record");
    overwrite(&spy, &own.key, stolen.stored.payload.to_vec()).await;
    visitor.get("/read/user").await.assert_ok().assert_text("null");
    admin.get("/read/user").await.assert_text("7");
}

#[tokio::test]
async fn rule_16_previous_keys_open_old_records_until_they_are_removed() {
    let spy = Spy::default();
    let (old, new) = (key(), key());
    let before = sealing(&spy, &[&old]).client().await;
    let reader = before.another();
    before.get("/put/name/Ada").await.assert_ok();
    reader.get("/put/name/Eve").await.assert_ok();

    let during = sealing(&spy, &[&new, &key(), &old]).client().await;
    let writes = moved(&before, during.another());
    let reads = moved(&reader, during.another());
    writes.get("/read/name").await.assert_text("\"Ada\"");
    writes.get("/put/theme/dark").await.assert_ok();
    reads.get("/read/name").await.assert_text("\"Eve\"");

    let after = sealing(&spy, &[&new]).client().await;
    let survivor = moved(&writes, after.another());
    survivor.get("/read/name").await.assert_text("\"Ada\"");
    survivor.get("/nothing").await.assert_session_has_value("theme", "dark");
    moved(&reads, after.another()).get("/read/name").await.assert_ok().assert_text("null");
    // And what the new key sealed does not open for those who have the old one alone.
    moved(&survivor, sealing(&spy, &[&old]).client().await)
        .get("/read/name")
        .await
        .assert_text("null");
}

#[tokio::test]
async fn rule_16_records_from_before_encrypt_was_turned_on_are_refused_and_the_log_says_why() {
    let spy = Spy::default();
    let key = key();
    let clear = app(&spy, &Gate::new()).client().await;
    clear.get("/put/name/Ada").await.assert_ok();
    let (log, _guard) = Log::take();
    let sealed = moved(&clear, sealing(&spy, &[&key]).client().await);
    sealed.get("/read/name").await.assert_ok().assert_text("null");
    assert!(log.text().contains("before `encrypt` was turned on"), "{}", log.text());
    let manager = sealed.app().make::<SessionManager>().expect("bound");
    assert_eq!(manager.list().await.expect("reads").expect("lists").len(), 0);

    sealed.get("/put/name/Eve").await.assert_session_has_value("name", "Eve");
    let other_key = moved(&sealed, sealing(&spy, &[&self::key()]).client().await);
    other_key.get("/read/name").await.assert_ok().assert_text("null");
    assert!(log.text().contains("no longer among APP_KEY"), "{}", log.text());
    let clear = moved(&sealed, clear.another());
    clear.get("/read/name").await.assert_ok().assert_text("null");
    assert!(log.text().contains("sealed while `encrypt` is off"), "{}", log.text());
    assert!(!log.text().contains("Ada"), "{}", log.text());
}

#[tokio::test]
async fn rule_16_without_a_key_nothing_starts_and_the_error_names_the_cure() {
    let changes: [fn(&mut SessionConfig); 2] =
        [|session| session.encrypt = true, |session| session.driver = "cookie".to_owned()];
    let complaints = ["`encrypt` is true (SESSION_ENCRYPT)", "the session driver `cookie` seals"];
    for (change, what) in changes.into_iter().zip(complaints) {
        let keyless = TestApp::new().app(|app| app.key = None).session(change);
        let Err(error) = keyless.try_client().await else { panic!("it started: {what}") };
        let error = error.to_string();
        assert!(error.contains(what) && error.contains("key:generate"), "{error}");
        TestApp::new().session(change).client().await;
    }
    TestApp::new().app(|app| app.key = None).client().await;
}

#[tokio::test]
async fn a_manager_with_encrypt_and_no_key_stores_nothing_in_the_clear() {
    let spy = Spy::default();
    let config = SessionConfig { encrypt: true, ..SessionConfig::default() };
    let clock = Arc::new(lunox::support::SystemClock);
    let manager = SessionManager::with_driver(config, clock, spy.clone());
    assert_eq!(manager.prepare().await.expect_err("no key").len(), 1);
    let token = "A".repeat(43);
    assert!(manager.start([token.as_str()].into_iter()).await.is_err());
    assert_eq!(spy.calls(), Vec::<&str>::new());
}
