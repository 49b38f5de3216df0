//! Rule 8: a request that was on its way while a login or a logout replaced its token.

use std::time::Duration;

use lunox::testing::{TestClient, TestResponse};

use super::support::{Gate, app_on};

const COOKIE: &str = "lunox_session";
const DRIVERS: [&str; 3] = ["file", "memory", "cookie"];

async fn visitor(driver: &str) -> (TestClient, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().to_owned();
    let app = app_on(driver, &Gate::new()).session(move |session| session.files = files);
    let visitor = app.client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    (visitor, folder)
}

fn cookie(visitor: &TestClient) -> String {
    visitor.cookie(COOKIE).expect("a cookie")
}

/// A request of the same browser that was sent with these cookies, and whose answer changes nothing in it.
async fn late(visitor: &TestClient, path: &str, cookies: &[&str]) -> TestResponse {
    let cookies: Vec<_> = cookies.iter().map(|value| format!("{COOKIE}={value}")).collect();
    let request = visitor.another().request(http::Method::GET, path);
    request.header("cookie", &cookies.join("; ")).send().await
}

#[tokio::test]
async fn rule_8_a_poll_with_the_token_from_before_a_login_stores_nothing_and_sends_no_cookie() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        visitor.get("/login").await.assert_ok().assert_cookie(COOKIE);
        for path in ["/increment/polls", "/flash/seen", "/login", "/logout", "/logout-and-flash"] {
            let response = late(&visitor, path, &[&old]).await;
            response.assert_ok().assert_cookie_missing(COOKIE);
        }
        late(&visitor, "/read/name", &[&old]).await.assert_text("null");
        let response = visitor.get("/read/name").await;
        response.assert_text("\"Ada\"").assert_session_has_value("user", 7);
        response.assert_session_missing(["polls", "seen", "bye"]);
    }
}

#[tokio::test]
async fn rule_8_a_poll_from_before_a_logout_does_not_end_the_login_that_followed() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        visitor.get("/logout").await.assert_ok();
        assert_eq!(visitor.cookie(COOKIE), None, "{driver}");
        late(&visitor, "/put/late/yes", &[&old]).await.assert_ok().assert_cookie_missing(COOKIE);
        visitor.get("/login").await.assert_ok().assert_cookie(COOKIE);
        late(&visitor, "/put/late/yes", &[&old]).await.assert_ok().assert_cookie_missing(COOKIE);
        visitor.get("/read/late").await.assert_text("null").assert_session_has_value("user", 7);
    }
}

#[tokio::test]
async fn rule_8_who_lost_the_answer_of_a_login_can_log_in_again_after_a_while() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        visitor.get("/login").await.assert_ok();
        visitor.set_cookie(COOKIE, &old);
        visitor.travel(Duration::from_secs(29));
        visitor.get("/login").await.assert_ok().assert_cookie_missing(COOKIE);
        visitor.travel(Duration::from_secs(1));
        visitor.get("/login").await.assert_ok().assert_cookie(COOKIE);
        let response = visitor.get("/nothing").await;
        response.assert_session_has_value("user", 7).assert_session_missing("name");
        assert_ne!(cookie(&visitor), old, "{driver}");
    }
}

#[tokio::test]
async fn rule_8_after_a_while_the_token_of_an_ended_session_is_unknown() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let old = cookie(&visitor);
        visitor.get("/logout").await.assert_ok();
        visitor.travel(Duration::from_secs(30));
        late(&visitor, "/put/name/Eve", &[&old]).await.assert_ok().assert_cookie(COOKIE);
    }
}

#[tokio::test]
async fn rule_8_a_living_session_wins_over_a_replaced_token_beside_it() {
    for driver in DRIVERS {
        let (visitor, _folder) = visitor(driver).await;
        let planted = cookie(&visitor);
        visitor.get("/login").await.assert_ok();
        let living = cookie(&visitor);
        for cookies in [[planted.as_str(), &living], [&living, &planted]] {
            let response = late(&visitor, "/increment/n", &cookies).await;
            response.assert_ok();
            let response = late(&visitor, "/read/name", &cookies).await;
            response.assert_text("\"Ada\"");
        }
        if driver != "cookie" {
            visitor.get("/read/n").await.assert_text("2");
        }
    }
}

#[tokio::test]
async fn the_mark_of_a_logout_is_swept_and_is_not_a_session() {
    for driver in ["file", "memory"] {
        let (visitor, _folder) = visitor(driver).await;
        visitor.get("/logout").await.assert_ok();
        let manager = visitor.app().make::<lunox::session::SessionManager>().expect("bound");
        assert_eq!(manager.list().await.expect("lists"), Some(Vec::new()));
        assert_eq!(manager.prune().await.expect("prunes"), 0);
        visitor.travel(Duration::from_secs(330));
        assert_eq!(manager.prune().await.expect("prunes"), 1, "{driver}");
    }
}
