//! What the log and listeners are told of sessions (OWASP ASVS 5.0, 16.2.5 and 16.3; peers S17 to S19).

use std::io;
use std::sync::{Arc, Mutex};

use lunox::session::{FileDriver, Key, Rejection, SessionEvent, SessionManager};
use lunox::testing::TestClient;
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

use super::support::{Gate, Spy, app, app_on, client};

const COOKIE: &str = "lunox_session";

/// The log of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Everything that this thread logs until the guard is dropped, as lines of JSON.
    fn begin() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("UTF-8")
    }

    /// The events since this was last asked.
    fn events(&self) -> Vec<Value> {
        let text = self.text();
        self.0.lock().expect("not poisoned").clear();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
            .filter(|line| line["target"] == "lunox::session" && line["event"].is_string())
            .collect()
    }

    /// The one event since this was last asked.
    #[track_caller]
    fn event(&self) -> Value {
        let events = self.events();
        assert_eq!(events.len(), 1, "{events:#?}");
        events[0].clone()
    }
}

/// What listeners are told, without what is said beside it.
fn heard(visitor: &TestClient) -> Arc<Mutex<Vec<SessionEvent>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listen = move |event: &SessionEvent| ear.lock().expect("not poisoned").push(*event);
    visitor.app().make::<SessionManager>().expect("bound").listen(listen);
    heard
}

fn names(heard: &Mutex<Vec<SessionEvent>>) -> Vec<&'static str> {
    std::mem::take(&mut *heard.lock().expect("not poisoned"))
        .iter()
        .map(SessionEvent::name)
        .collect()
}

async fn id(visitor: &TestClient) -> String {
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    let cookie = visitor.cookie(COOKIE).expect("a cookie");
    manager.start([cookie.as_str()].into_iter()).await.expect("starts").id().to_string()
}

#[tokio::test]
async fn asvs_s19_creation_rotation_and_destruction_are_logged_with_the_public_id() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    let (log, _guard) = Log::begin();

    visitor.get("/nothing").await.assert_ok();
    visitor.get("/read/name").await.assert_ok();
    assert_eq!(log.events(), Vec::<Value>::new(), "nothing happened to a session");

    visitor.get("/put/name/Ada").await.assert_ok();
    let created = log.event();
    let id = id(&visitor).await;
    assert_eq!((&created["event"], &created["level"]), (&"created".into(), &"INFO".into()));
    assert_eq!(created["session"], id.as_str());

    visitor.get("/put/name/Eve").await.assert_ok();
    assert_eq!(log.events(), Vec::<Value>::new(), "writing is no event");

    visitor.get("/login").await.assert_ok();
    let rotated = log.event();
    assert_eq!((&rotated["event"], &rotated["level"]), (&"rotated".into(), &"INFO".into()));
    assert_eq!((&rotated["session"], &rotated["renewal"]), (&id.as_str().into(), &false.into()));

    visitor.get("/logout").await.assert_ok();
    let destroyed = log.event();
    assert_eq!((&destroyed["event"], &destroyed["level"]), (&"destroyed".into(), &"INFO".into()));
    assert_eq!(destroyed["session"], id.as_str());
}

#[tokio::test]
async fn asvs_s19_a_renewal_is_an_event_of_its_own_kind() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.renew_every = Some(std::time::Duration::from_secs(600)))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let (log, _guard) = Log::begin();
    let old = visitor.cookie(COOKIE).expect("a cookie");
    visitor.travel_minutes(11);
    visitor.get("/read/name").await.assert_ok();
    let renewed = log.event();
    assert_eq!((&renewed["event"], &renewed["level"]), (&"rotated".into(), &"DEBUG".into()));
    assert_eq!(renewed["renewal"], true);
    // The visitor has the new token: the old one was kept by somebody.
    visitor.get("/read/name").await.assert_ok();
    visitor.travel_minutes(1);
    let thief = visitor.another();
    thief.set_cookie(COOKIE, &old);
    thief.get("/nothing").await.assert_ok();
    let reused = log.event();
    assert_eq!((&reused["event"], &reused["level"]), (&"reused".into(), &"WARN".into()));
    assert_eq!(reused["session"], renewed["session"]);
}

#[tokio::test]
async fn asvs_s19_refused_tokens_are_logged_with_their_reason_and_never_themselves() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    let (log, _guard) = Log::begin();

    visitor.set_cookie(COOKIE, &"A".repeat(43));
    visitor.get("/nothing").await.assert_ok();
    let unknown = log.event();
    assert_eq!((&unknown["event"], &unknown["level"]), (&"rejected".into(), &"INFO".into()));
    assert_eq!(unknown["reason"], "unknown");
    assert!(unknown["key"].as_str().expect("a key").parse::<Key>().is_ok());

    visitor.set_cookie(COOKIE, "admin'--");
    visitor.get("/nothing").await.assert_ok();
    let malformed = log.event();
    assert_eq!((&malformed["reason"], &malformed["level"]), (&"malformed".into(), &"WARN".into()));
    assert!(malformed.get("key").is_none() && !malformed.to_string().contains("admin"));
}

#[tokio::test]
async fn asvs_s19_an_expired_session_is_logged_when_its_token_comes_and_when_it_is_swept() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let id = id(&visitor).await;
    let heard = heard(&visitor);
    let (log, _guard) = Log::begin();
    let token = visitor.cookie(COOKIE).expect("a cookie");
    visitor.travel_minutes(121);
    // The test's browser has dropped the cookie, as browsers do; this one has not.
    visitor.set_cookie(COOKIE, &token);
    visitor.get("/nothing").await.assert_ok();
    let expired = log.event();
    assert_eq!((&expired["event"], &expired["level"]), (&"expired".into(), &"INFO".into()));
    assert_eq!(expired["session"], id.as_str());

    let manager = visitor.app().make::<SessionManager>().expect("bound");
    // What has expired is kept for five minutes more.
    visitor.travel_minutes(5);
    manager.sweep(100).await.expect("sweeps");
    let swept = log.event();
    assert_eq!((&swept["event"], &swept["count"]), (&"swept".into(), &1.into()));
    manager.sweep(100).await.expect("sweeps");
    assert_eq!(log.events(), Vec::<Value>::new(), "nothing was swept");
    assert_eq!(names(&heard), ["expired", "swept"]);
}

#[tokio::test]
async fn asvs_s19_a_corrupt_record_is_logged_with_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_owned();
    let visitor = app_on(FileDriver::new(&dir), &Gate::new()).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let heard = heard(&visitor);
    for entry in std::fs::read_dir(dir).expect("the folder") {
        for file in std::fs::read_dir(entry.expect("an entry").path()).expect("a folder") {
            std::fs::write(file.expect("an entry").path(), "damaged").expect("writes");
        }
    }
    let (log, _guard) = Log::begin();
    visitor.get("/nothing").await.assert_ok();
    let corrupt = log.event();
    assert_eq!((&corrupt["reason"], &corrupt["level"]), (&"corrupt".into(), &"WARN".into()));
    assert_eq!(names(&heard), ["rejected"]);
}

#[tokio::test]
async fn asvs_s19_a_token_whose_session_was_ended_is_told_apart() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.renew_every = Some(std::time::Duration::from_secs(3600)))
        .client()
        .await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let heard = heard(&visitor);
    let token = visitor.cookie(COOKIE).expect("a cookie");
    visitor.get("/logout").await.assert_ok();
    visitor.set_cookie(COOKIE, &token);
    visitor.get("/nothing").await.assert_ok();
    assert_eq!(names(&heard), ["destroyed"], "a request that was on its way is not reported");
    visitor.travel_minutes(1);
    visitor.set_cookie(COOKIE, &token);
    heard.lock().expect("not poisoned").clear();
    visitor.get("/nothing").await.assert_ok();
    let told = heard.lock().expect("not poisoned").clone();
    assert!(
        matches!(told[..], [SessionEvent::Rejected { reason: Rejection::Ended, .. }]),
        "{told:?}"
    );
}

#[tokio::test]
async fn asvs_s19_what_the_driver_did_not_acknowledge_is_no_event() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let heard = heard(&visitor);
    for call in ["create", "rotate", "logout"] {
        // A logout whose mark cannot be written destroys the record.
        spy.fail_all(if call == "logout" {
            &["replace", "destroy"]
        } else {
            &["create", "rotate"]
        });
        let guest = visitor.another();
        match call {
            "create" => guest.get("/put/a/1").await.assert_status(503),
            "rotate" => visitor.get("/login").await.assert_status(503),
            _ => visitor.get("/logout").await.assert_status(503),
        };
        assert_eq!(names(&heard), Vec::<&str>::new(), "{call}");
    }
}

#[tokio::test]
async fn a_listener_that_panics_harms_neither_the_request_nor_other_listeners() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    manager.listen(|_| panic!("on purpose"));
    let heard = heard(&visitor);
    let (log, _guard) = Log::begin();
    visitor.get("/put/name/Ada").await.assert_ok().assert_session_has("name");
    assert_eq!(names(&heard), ["created"]);
    assert!(log.text().contains("panicked: on purpose"), "{}", log.text());
}

#[tokio::test]
async fn a_look_of_a_test_into_the_session_is_no_event() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    visitor.set_cookie(COOKIE, &"A".repeat(43));
    let heard = heard(&visitor);
    assert_eq!(visitor.session().await.len(), 0);
    visitor.get("/nothing").await.assert_session_missing("name");
    assert_eq!(names(&heard), ["rejected"], "the request alone");
}

#[tokio::test]
async fn asvs_s18_all_lines_about_a_session_have_its_public_id_and_a_strangers_request_has_none() {
    let spy = Spy::default();
    let visitor = client(&spy).await;
    let (log, _guard) = Log::begin();
    visitor.get("/nothing").await.assert_ok();
    assert!(!log.text().contains("\"session\""), "{}", log.text());
    let paths = ["/put/name/Ada", "/login", "/read/name", "/rotate"];
    let mut tokens = Vec::new();
    for path in paths {
        visitor.get(path).await.assert_ok();
        tokens.push(visitor.cookie(COOKIE));
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "the token changed twice");
    let id = id(&visitor).await;
    let text = log.text();
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    // Three events, and the line of each request but the stranger's.
    let with_id = lines.iter().filter(|line| line["session"] == id.as_str()).count();
    assert_eq!(with_id, 3 + paths.len(), "{text}");
    assert_eq!(lines.iter().filter(|line| line.get("session").is_some()).count(), with_id);
}

#[tokio::test]
async fn asvs_s17_no_token_reaches_the_logs() {
    let spy = Spy::default();
    let visitor = app(&spy, &Gate::new())
        .session(|session| session.renew_every = Some(std::time::Duration::from_secs(3600)))
        .client()
        .await;
    let (log, _guard) = Log::begin();
    let mut tokens = vec!["A".repeat(43), "secret-and-malformed".to_owned()];
    let note = |tokens: &mut Vec<String>| tokens.extend(visitor.cookie(COOKIE));
    for path in [
        "/put/name/Ada",
        "/read/name",
        "/login",
        "/increment/n",
        "/fail",
        "/panic",
        "/rotate-and-panic",
        "/unstorable",
        "/flash/status",
        "/logout-and-flash",
        "/rotate",
    ] {
        visitor.get(path).await;
        note(&mut tokens);
    }
    visitor.travel_minutes(61);
    visitor.get("/read/name").await.assert_ok();
    note(&mut tokens);
    let live = tokens.last().expect("a token").clone();
    let other = visitor.another();
    for token in [&live, &tokens[0], &tokens[1], &tokens[2]] {
        other.set_cookie(COOKIE, token);
        other.get("/read/name").await;
    }
    spy.set_down(true);
    visitor.get("/put/name/Ada").await.assert_status(503);
    spy.set_down(false);
    let manager = visitor.app().make::<SessionManager>().expect("bound");
    for session in manager.list().await.expect("lists").expect("can list") {
        manager.destroy(session.id).await.expect("destroys");
    }
    visitor.get("/logout").await.assert_ok();
    visitor.travel_minutes(200);
    manager.sweep(100).await.expect("sweeps");

    tokens.sort();
    tokens.dedup();
    assert!(tokens.len() >= 7, "{}", tokens.len());
    let text = log.text();
    for event in ["created", "rotated", "destroyed", "rejected"] {
        assert!(text.contains(&format!("\"event\":\"{event}\"")), "{event} in {text}");
    }
    for token in tokens {
        assert!(!text.contains(&token), "{token} is in {text}");
    }
    assert!(!text.contains("lunox_session="), "{text}");
}
