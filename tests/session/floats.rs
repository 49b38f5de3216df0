//! Floating-point numbers come back as they were stored.

use std::sync::Arc;

use lunox::prelude::*;
use lunox::testing::TestClient;
use proptest::prelude::*;

use crate::support::{Gate, Spy, app};

/// Any finite number, each bit pattern as likely as another.
fn floats() -> impl Strategy<Value = Vec<f64>> {
    let finite = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |f| f.is_finite());
    proptest::collection::vec(finite, 1..100)
}

fn bits(floats: &[f64]) -> Vec<u64> {
    floats.iter().map(|float| float.to_bits()).collect()
}

fn store(session: &Session, floats: &[f64]) {
    for (index, float) in floats.iter().enumerate() {
        session.put(&format!("f{index}"), float);
    }
    session.put("nested.list", floats);
}

fn check(session: &Session, floats: &[f64]) {
    for (index, float) in floats.iter().enumerate() {
        let read = session.get::<f64>(&format!("f{index}")).expect("a float");
        assert_eq!(read.to_bits(), float.to_bits(), "{float:e} came back as {read:e}");
    }
    let list = session.get::<Vec<f64>>("nested.list").expect("a list");
    assert_eq!(bits(&list), bits(floats));
}

/// A visitor of an application that does these to the session.
async fn visit(spy: &Spy, floats: Arc<Vec<f64>>) -> TestClient {
    let route_to = move |route: &mut Router, path: &str, action: fn(&Session, &[f64])| {
        let floats = Arc::clone(&floats);
        route.get(path, move |req: HttpRequest| {
            action(&req.session(), &floats);
            std::future::ready(())
        });
    };
    let routes = move |route: &mut Router| {
        route_to(route, "/store", store);
        route_to(route, "/check", check);
    };
    app(spy, &Gate::new()).routes(routes).client().await
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn floats_come_back_bit_for_bit(floats in floats()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("starts").block_on(async {
            let spy = Spy::default();
            let client = visit(&spy, Arc::new(floats)).await;
            client.get("/store").await.assert_ok();
            client.get("/check").await.assert_ok();
            // Equal values, stored again, are not a change.
            spy.calls();
            client.get("/store").await.assert_ok();
            assert!(!spy.calls().contains(&"replace"));
            // The map around the list is decoded and written anew each time.
            for n in 0..3 {
                client.get(&format!("/put/nested.other/{n}")).await.assert_ok();
            }
            client.get("/check").await.assert_ok();
        });
    }
}

#[tokio::test]
async fn a_zero_keeps_its_sign() {
    let spy = Spy::default();
    let client = app(&spy, &Gate::new())
        .routes(|route| {
            route.get("/zero/{sign}", async |req: HttpRequest, sign: f64| {
                req.session().put("zero", 0.0 * sign);
                req.session().put("map", serde_json::json!({"list": [0.0 * sign]}));
            });
        })
        .client()
        .await;
    for (sign, text) in [(1, "0.0"), (-1, "-0.0"), (1, "0.0")] {
        client.get(&format!("/zero/{sign}")).await.assert_ok();
        client.get("/read/zero").await.assert_text(text);
        client.get("/read/map.list").await.assert_text(&format!("[{text}]"));
    }
}
