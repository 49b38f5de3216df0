//! The requirements on sessions that `docs/security.md` maps to tests: `cargo test asvs_`.

use std::time::Duration;

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};
use proptest::prelude::*;

use super::support::{Gate, Spy, app};

const COOKIE: &str = "lunox_session";

/// The drivers that keep records on the server.
const DRIVERS: [&str; 3] = ["memory", "array", "file"];

fn on(driver: &'static str) -> TestApp {
    TestApp::new().driver(driver).routes(|route| {
        route.get("/put/{value}", async |req: HttpRequest, value: String| {
            req.session().put("name", value)
        });
        route.get("/name", async |req: HttpRequest| {
            req.session().get::<String>("name").unwrap_or_else(|| "guest".to_owned())
        });
        route.get("/login/{user}", async |req: HttpRequest, user: String| {
            req.session().regenerate();
            req.session().put("name", user);
        });
        route.get("/logout", async |req: HttpRequest| req.session().invalidate());
    })
}

/// A visitor who shows another's cookie.
async fn name_by(visitor: &TestClient, token: &str) -> String {
    let thief = visitor.another();
    thief.set_cookie(COOKIE, token);
    thief.get("/name").await.assert_ok().text()
}

fn token(visitor: &TestClient) -> String {
    visitor.cookie(COOKIE).expect("a cookie")
}

#[tokio::test]
async fn asvs_s5_every_login_makes_a_new_token_and_the_old_one_is_a_guest() {
    for driver in DRIVERS {
        let visitor = on(driver).client().await;
        visitor.get("/put/basket").await.assert_ok();
        let planted = token(&visitor);
        visitor.get("/login/Ada").await.assert_ok();
        let first = token(&visitor);
        assert_eq!(name_by(&visitor, &planted).await, "guest", "{driver}");
        visitor.get("/login/Eve").await.assert_ok();
        assert_eq!(name_by(&visitor, &first).await, "guest", "{driver}: as another user");
        assert_eq!(name_by(&visitor, &token(&visitor)).await, "Eve");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_s6_renewal_by_age_logs_no_parallel_request_out_and_ends_after_its_grace() {
    for driver in DRIVERS {
        let app = on(driver).session(|session| {
            session.renew_every = Some(Duration::from_secs(600));
            session.renew_grace = Duration::from_secs(10);
        });
        let visitor = app.client().await;
        visitor.get("/login/Ada").await.assert_ok();
        let old = token(&visitor);
        visitor.travel_minutes(11);
        let names = visitor
            .together(50, |visitor, _| async move {
                let answer = visitor.get("/name").await;
                (answer.assert_ok().text(), answer.set_cookies().len())
            })
            .await;
        assert!(names.iter().all(|(name, _)| name == "Ada"), "{driver}: {names:?}");
        // One of them renews the token; the others must not renew it again.
        assert_eq!(names.iter().map(|(_, cookies)| cookies).sum::<usize>(), 1, "{driver}");
        assert_ne!(token(&visitor), old);
        assert_eq!(name_by(&visitor, &old).await, "Ada");
        visitor.travel(Duration::from_secs(10));
        assert_eq!(name_by(&visitor, &old).await, "guest", "{driver}");
        visitor.get("/name").await.assert_text("Ada");
    }
}

#[tokio::test]
async fn asvs_s7_a_logout_ends_the_record_and_not_only_the_cookie() {
    for driver in DRIVERS {
        let visitor = on(driver).client().await;
        visitor.get("/login/Ada").await.assert_ok();
        let stolen = token(&visitor);
        visitor.get("/logout").await.assert_ok();
        assert_eq!(visitor.cookie(COOKIE), None);
        assert_eq!(name_by(&visitor, &stolen).await, "guest", "{driver}");
        let sessions = visitor.app().make::<SessionManager>().expect("bound");
        assert_eq!(sessions.list().await.expect("reads").expect("lists").len(), 0, "{driver}");
    }
}

#[tokio::test]
async fn asvs_s9_reading_extends_the_idle_time_and_idleness_ends_it_on_the_server() {
    for driver in DRIVERS {
        let visitor = on(driver).client().await;
        visitor.get("/put/Ada").await.assert_ok();
        let kept = token(&visitor);
        for _ in 0..20 {
            visitor.travel_minutes(60);
            visitor.get("/name").await.assert_text("Ada");
        }
        visitor.travel(Duration::from_secs(120 * 60 + 1));
        assert_eq!(name_by(&visitor, &kept).await, "guest", "{driver}");
    }
}

#[tokio::test]
async fn asvs_s10_the_absolute_time_ends_a_busy_session_whatever_was_rotated() {
    for driver in DRIVERS {
        let day = Duration::from_secs(24 * 3600);
        let app = on(driver).session(move |session| session.absolute_lifetime = day);
        let visitor = app.client().await;
        visitor.get("/login/Ada").await.assert_ok();
        for hour in 1..24 {
            visitor.travel_minutes(60);
            if hour % 5 == 0 {
                visitor.get("/login/Ada").await.assert_ok();
            }
            visitor.get("/name").await.assert_text("Ada");
        }
        let kept = token(&visitor);
        visitor.travel_minutes(60);
        assert_eq!(name_by(&visitor, &kept).await, "guest", "{driver}");
    }
}

#[test]
fn asvs_s11_the_documented_lifetimes_are_the_defaults() {
    let page = include_str!("../../docs/security.md");
    let config = SessionConfig::default();
    let idle = config.lifetime.as_secs() / 60;
    let absolute = config.absolute_lifetime.as_secs() / (24 * 60 * 60);
    assert!(page.contains(&format!("after {idle} minutes without a request")), "idle: {idle}");
    assert!(page.contains(&format!("after {absolute} days at the latest")), "{absolute}");
    let grace = config.renew_grace.as_secs();
    assert!(page.contains(&format!("for {grace} seconds")), "grace: {grace}");
}

/// A requirement without a test, or a test that was renamed, is a claim that nothing backs.
#[test]
fn asvs_the_documented_tests_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources: String =
        [root.join("src/session"), root.join("tests/session"), root.join("tests/auth")]
            .iter()
            .flat_map(|folder| walk(folder))
            .map(|file| std::fs::read_to_string(file).expect("a source file"))
            .collect();
    let page = include_str!("../../docs/security.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| S")).collect();
    assert_eq!(rows.len(), 25);
    for row in rows {
        let proof = row.rsplit('|').nth(1).expect("a last column");
        let named: Vec<&str> = proof.split('`').filter(|name| name.contains("asvs_")).collect();
        assert!(!named.is_empty() || proof.contains("the same"), "{row}");
        for name in named {
            let begins = format!("fn {}", name.trim_end_matches('…'));
            assert!(sources.contains(&begins), "no test begins with `{begins}`");
        }
    }
}

#[tokio::test]
async fn asvs_s16_no_file_of_the_store_tells_the_token() {
    let visitor = on("file").client().await;
    visitor.get("/login/Ada").await.assert_ok();
    let text = token(&visitor);
    let bytes = base64_decode(&text);
    let folder = visitor.app().storage_path("framework/sessions");
    let mut files = 0;
    for entry in walk(&folder) {
        let name = entry.to_string_lossy().into_owned();
        let content = std::fs::read(&entry).expect("readable");
        assert!(!name.contains(&text) && !contains(&content, text.as_bytes()), "{name}");
        assert!(!contains(&content, &bytes) && !name.contains(&hex(&bytes)), "{name}");
        files += 1;
    }
    assert_eq!(files, 2, "the session, and the fingerprint of the key");
}

#[tokio::test]
async fn asvs_s22_only_the_cookie_carries_the_token() {
    let visitor = on("memory").client().await;
    visitor.get("/put/Ada").await.assert_ok();
    let token = token(&visitor);
    let other = visitor.another();
    for path in [format!("/name?{COOKIE}={token}"), format!("/name?session={token}")] {
        other.get(&path).await.assert_text("guest");
    }
    for header in [COOKIE, "authorization", "x-session-token", "session"] {
        other.with_header(header, &token).get("/name").await.assert_text("guest");
    }
    for name in ["session", "LUNOX_SESSION", "lunox_session2", "__Host-lunox_session"] {
        let cookie = format!("{name}={token}");
        other.with_header("cookie", &cookie).get("/name").await.assert_text("guest");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// 43 characters of the alphabet are the form of a token; nothing else is looked up.
    #[test]
    fn asvs_s4_no_cookie_of_another_form_reaches_the_store(
        cookies in proptest::collection::vec(
            prop_oneof![
                "[!-:<-~]{0,80}",
                "[A-Za-z0-9_-]{42}",
                "[A-Za-z0-9_-]{44}",
                "[A-Za-z0-9_-]{42}[B-DF-HJ-LN-PR-TV-XZ]",
                "(\\.\\./){1,12}[a-z/]{1,20}",
                "(%[0-9a-f]{2}){1,20}",
                "A{4000,5000}",
            ],
            1..32,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("starts");
        runtime.block_on(async {
            let spy = Spy::default();
            let visitor = app(&spy, &Gate::new()).client().await;
            for cookie in cookies.iter().filter(|cookie| !is_token(cookie)) {
                let header = format!("{COOKIE}={cookie}");
                let answer = visitor.with_header("cookie", &header).get("/read/name").await;
                answer.assert_ok().assert_text("null").assert_cookie_missing(COOKIE);
                assert_eq!(spy.calls(), Vec::<&str>::new(), "{cookie}");
            }
        });
    }
}

fn is_token(text: &str) -> bool {
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    engine.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

fn base64_decode(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
