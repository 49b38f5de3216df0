//! Several processes, each an application of its own, that increment one value of one session.

use std::path::Path;
use std::process::{Command, Stdio};

use lunox::prelude::*;
use lunox::testing::{TestApp, TestClient};

const COOKIE: &str = "lunox_session";

async fn application(dir: &Path) -> TestClient {
    let dir = dir.to_owned();
    TestApp::new()
        .session(|session| {
            session.driver = "file".to_owned();
            session.files = dir;
        })
        .routes(|route| {
            route.get("/increment", async |req: HttpRequest| {
                req.session().increment("n", 1).to_string()
            });
        })
        .client()
        .await
}

/// What a child does: so many requests with the session of its cookie.
pub async fn count(dir: &Path) {
    let visitor = application(dir).await;
    visitor.set_cookie(COOKIE, &super::variable("CHILD_COOKIE"));
    for _ in 0..super::number("CHILD_NUMBER") {
        visitor.get("/increment").await.assert_ok().assert_cookie_missing(COOKIE);
    }
}

pub fn processes_count(processes: usize, each: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = super::runtime();
    let visitor = runtime.block_on(application(folder.path()));
    runtime.block_on(visitor.with_session([("n", 0)]));
    let cookie = visitor.cookie(COOKIE).expect("a cookie");
    let child = || {
        let mut child = Command::new(std::env::current_exe().expect("this test has a path"));
        child.args(["--exact", "child", "--nocapture"]).stdout(Stdio::null());
        child.env("CHILD_ROLE", "counter").env("CHILD_NUMBER", each.to_string());
        child.env("CHILD_DIR", folder.path()).env("CHILD_COOKIE", &cookie);
        child.spawn().expect("the child starts")
    };
    let children: Vec<_> = (0..processes).map(|_| child()).collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success(), "a child failed");
    }
    assert_eq!(runtime.block_on(visitor.session())["n"], processes * each);
}
