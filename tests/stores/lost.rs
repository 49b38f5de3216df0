//! Answers that are lost: a write took effect once or not at all, and is never sent again.

use bytes::Bytes;
use lunox::session::{DriverError, Key, Outcome, Rotation, SessionDriver, Tag};

use crate::app::app_with;
use crate::asking::Visitor;
use crate::servers::proxy::Proxy;
use crate::store::{Served, config};

/// Far in the future.
const LATER: u64 = 4_000_000_000;

fn key(number: u8) -> Key {
    let mut bytes = [7; 32];
    bytes[31] = number;
    Key::from_bytes(bytes)
}

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// A call whose request or answer is lost fails as unavailable, and nothing more is sent.
async fn lost<T: std::fmt::Debug>(
    proxy: &Proxy,
    call: impl Future<Output = Result<T, DriverError>>,
) {
    let before = proxy.requests();
    let result = call.await;
    assert!(matches!(result, Err(DriverError::Unavailable(_))), "{result:?}");
    assert_eq!(proxy.requests() - before, 1, "it was sent again");
}

/// Every write of a driver, whose statements it has used before, with its request lost and with its answer lost.
pub async fn a_lost_answer_is_unavailable_and_nothing_is_sent_twice<S: Served, D: SessionDriver>(
    open: impl Fn(&str) -> D,
) {
    let store = S::start().await;
    let (proxy, url) = store.proxy();
    let (driver, direct) = (open(&url), open(&store.url()));
    for takes_effect in [false, true] {
        let lose = || if takes_effect { proxy.lose_answer() } else { proxy.lose_request() };
        let (old, new) = (key(0), key(1));
        direct.destroy(&old).await.expect("removed");
        direct.destroy(&new).await.expect("removed");
        warm(&driver).await;
        lose();
        lost(&proxy, driver.create(&old, text("first"), LATER)).await;
        let found = direct.read(&old).await.expect("reads");
        assert_eq!(found.is_some(), takes_effect);

        if found.is_none() {
            direct.create(&old, text("first"), LATER).await.expect("made");
        }
        let before = direct.read(&old).await.expect("reads").expect("is there");
        warm(&driver).await;
        lose();
        lost(&proxy, driver.replace(&old, before.version, text("second"), LATER)).await;
        let after = direct.read(&old).await.expect("reads").expect("is there");
        assert_eq!(after != before, takes_effect);
        assert_eq!(after.payload == text("second"), takes_effect);

        warm(&driver).await;
        lose();
        lost(&proxy, driver.touch(&old, after.version, LATER + 9)).await;
        let touched = direct.read(&old).await.expect("reads").expect("is there");
        assert_eq!(touched.deadline == LATER + 9, takes_effect);

        warm(&driver).await;
        let tag = Tag::from_bytes([1; 16]);
        lose();
        lost(&proxy, driver.tag(&tag, &new, LATER)).await;
        let tagged = direct.tagged(&tag).await.expect("reads").expect("an index");
        assert_eq!(tagged.len(), usize::from(takes_effect));

        warm(&driver).await;
        lose();
        lost(&proxy, driver.destroy(&old)).await;
        assert_eq!(direct.read(&old).await.expect("reads").is_none(), takes_effect);
    }
}

/// Uses every statement once, so that the next call is one request on a connection that works.
async fn warm(driver: &impl SessionDriver) {
    let (one, other) = (key(8), key(9));
    let mut started = std::time::Instant::now();
    // The connection that was lost before is made anew.
    while driver.destroy(&one).await.is_err() {
        assert!(started.elapsed().as_secs() < 20, "it does not recover");
        tokio::task::yield_now().await;
    }
    started = std::time::Instant::now();
    driver.create(&one, text("warm"), LATER).await.expect("made");
    let version = driver.read(&one).await.expect("reads").expect("is there").version;
    assert_eq!(driver.touch(&one, version, LATER).await.expect("touched"), Outcome::Done);
    let replaced = driver.replace(&one, version, text("warm"), LATER).await;
    assert_eq!(replaced.expect("replaced"), Outcome::Done);
    let version = driver.read(&one).await.expect("reads").expect("is there").version;
    let rotation = Rotation {
        old: &one,
        version,
        new: &other,
        payload: text("warm"),
        deadline: LATER,
        left_behind: None,
    };
    assert_eq!(driver.rotate(rotation).await.expect("moved"), Outcome::Done);
    driver.destroy(&other).await.expect("removed");
    let tag = Tag::from_bytes([2; 16]);
    driver.tag(&tag, &one, LATER).await.expect("entered");
    driver.untag(&tag, &one).await.expect("taken out");
    assert!(started.elapsed().as_secs() < 20);
}

/// A visitor is answered 503, and the sum is what it was or one more.
pub async fn an_increment_whose_answer_is_lost_counts_once_or_not_at_all<S: Served>() {
    let store = S::start().await;
    let (proxy, url) = store.proxy();
    for takes_effect in [false, true] {
        let proxy = proxy.clone();
        let lose = move || if takes_effect { proxy.lose_answer() } else { proxy.lose_request() };
        let app = app_with(config(S::DRIVER, &url), lose).await;
        let mut visitor = Visitor::new(&app);
        visitor.get("/add").await;
        visitor.get("/add").await;
        let answer = visitor.get("/late").await;
        assert_eq!((answer.status, answer.header("set-cookie")), (503, ""));
        let started = std::time::Instant::now();
        let sum = loop {
            let answer = visitor.get("/read").await;
            if answer.status == 200 {
                break answer.body;
            }
            assert!(started.elapsed().as_secs() < 20, "it does not recover");
            tokio::task::yield_now().await;
        };
        assert_eq!(sum, if takes_effect { "3" } else { "2" });
    }
}
