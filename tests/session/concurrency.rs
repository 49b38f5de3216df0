//! Parallel requests in one session.

use std::time::Duration;

use lunox::testing::TestClient;

use super::support::{Gate, Spy, app, app_on};

async fn sixty_four_each(visitor: TestClient) {
    visitor.get("/put/first/1").await.assert_ok();
    let puts = visitor.together(64, |visitor, n| async move {
        visitor.get(&format!("/put/k{n}/v{n}")).await.assert_ok();
        visitor.get("/increment/hits").await.assert_ok();
        visitor.get(&format!("/push/{n}")).await.assert_ok();
    });
    puts.await;
    let session = visitor.session().await;
    for n in 0..64 {
        assert_eq!(session[&format!("k{n}")], format!("v{n}"));
    }
    assert_eq!(session["hits"], 64);
    assert_eq!(session["list"].as_array().expect("a list").len(), 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_6_sixty_four_parallel_requests_lose_nothing_in_memory() {
    for name in ["memory", "array"] {
        sixty_four_each(app_on(name, &Gate::new()).client().await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_6_sixty_four_parallel_requests_lose_nothing_on_files() {
    sixty_four_each(app_on("file", &Gate::new()).client().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_6_sixty_four_parallel_requests_lose_nothing_on_a_driver_of_someone_else() {
    sixty_four_each(app(&Spy::default(), &Gate::new()).client().await).await;
}

#[tokio::test]
async fn requests_that_all_read_the_same_version_still_keep_every_key() {
    let spy = Spy::default();
    let gate = Gate::new();
    let visitor = app(&spy, &gate).client().await;
    visitor.get("/put/first/1").await.assert_ok();
    let all = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            visitor
                .together(
                    64,
                    |visitor, n| async move { visitor.get(&format!("/slow-put/k{n}")).await },
                )
                .await
        }
    });
    // Every one of them has read the record before the first one commits.
    gate.wait_for(64).await;
    gate.let_go(64);
    for response in all.await.expect("ends") {
        response.assert_ok();
    }
    let session = visitor.session().await;
    assert_eq!((0..64).filter(|n| session.contains_key(&format!("k{n}"))).count(), 64);
}

#[tokio::test]
async fn rule_6_what_a_request_does_to_one_key_is_never_mixed_with_what_another_does_to_it() {
    let gate = Gate::new();
    let visitor = app(&Spy::default(), &gate).client().await;
    visitor.get("/put/first/1").await.assert_ok();
    // Both find no list: to forget it changes nothing that they can see.
    let both = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            let anew = |visitor: TestClient, n| async move {
                visitor.get(&format!("/slow-anew/{n}")).await.assert_ok();
            };
            visitor.together(2, anew).await
        }
    });
    gate.wait_for(2).await;
    gate.let_go(2);
    both.await.expect("ends");
    let session = visitor.session().await;
    assert_eq!(session["list"].as_array().map(Vec::len), Some(1), "{session:?}");
}

#[tokio::test]
async fn rule_8_of_requests_that_all_find_the_token_old_one_renews_it_and_none_loses_the_session() {
    let spy = Spy::default();
    let gate = Gate::new();
    let visitor = app(&spy, &gate)
        .session(|session| session.renew_every = Some(Duration::from_secs(600)))
        .client()
        .await;
    visitor.get("/put/first/1").await.assert_ok();
    let old = visitor.cookie("lunox_session").expect("a cookie");
    visitor.travel(Duration::from_secs(601));
    let all = tokio::spawn({
        let visitor = visitor.clone();
        async move {
            let put = |visitor: TestClient, n| async move {
                visitor.get(&format!("/slow-put/k{n}")).await
            };
            visitor.together(16, put).await
        }
    });
    gate.wait_for(16).await;
    gate.let_go(16);
    let renewed = all.await.expect("ends");
    let renewed = renewed.iter().filter(|response| !response.assert_ok().set_cookies().is_empty());
    assert_eq!(renewed.count(), 1);
    assert_eq!(spy.records().await.len(), 1);
    visitor.set_cookie("lunox_session", &old);
    let session = visitor.session().await;
    assert_eq!((0..16).filter(|n| session.contains_key(&format!("k{n}"))).count(), 16);
}

#[tokio::test]
async fn visitors_never_see_each_others_sessions() {
    let visitor = app(&Spy::default(), &Gate::new()).client().await;
    visitor
        .together(64, |visitor, n| async move {
            let own = visitor.another();
            own.get(&format!("/put/name/visitor{n}")).await.assert_ok();
            for _ in 0..5 {
                own.get("/read/name").await.assert_text(&format!("\"visitor{n}\""));
            }
        })
        .await;
}
