//! What a damaged store can and cannot do, with sessions in files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lunox::prelude::*;
use lunox::session::SessionEvent;
use lunox::testing::TestClient;
use tempfile::TempDir;

use super::support::{Gate, app_on, key_of};

const COOKIE: &str = "lunox_session";

/// A visitor whose sessions are in files below a folder of their own.
async fn visitor(encrypt: bool) -> (TestClient, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().to_owned();
    let app = app_on("file", &Gate::new()).session(move |session| {
        session.files = files;
        session.encrypt = encrypt;
    });
    let app = app.routes(|route| {
        route.get("/large", async |req: HttpRequest| req.session().put("large", "x".repeat(9_000)));
    });
    (app.client().await, folder)
}

/// The names of all session files.
fn files(folder: &Path) -> Vec<PathBuf> {
    let shards = fs::read_dir(folder).expect("a folder").map(|shard| shard.expect("read").path());
    let files = shards.filter(|path| path.is_dir()).flat_map(|shard| {
        fs::read_dir(shard).expect("a folder").map(|file| file.expect("read").path())
    });
    files.collect()
}

/// The file of the session that a visitor's cookie names.
fn file_of(visitor: &TestClient, folder: &Path) -> PathBuf {
    let token = visitor.cookie(COOKIE).expect("a cookie");
    let key = key_of(&token).to_hex();
    folder.join(&key[..2]).join(key)
}

fn heard(visitor: &TestClient) -> Arc<Mutex<Vec<SessionEvent>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listen = move |event: &SessionEvent| ear.lock().expect("not poisoned").push(*event);
    visitor.app().make::<SessionManager>().expect("bound").listen(listen);
    heard
}

/// Every place in the head and at the begin of both slots, and some of all others: `format.rs` tests them all.
fn places(file: &[u8]) -> impl Iterator<Item = usize> {
    const SECOND_SLOT: usize = 64 + 24 + 1_992;
    assert_eq!(file.len(), 4_096);
    (0..4_096)
        .filter(|at| *at < 180 || (SECOND_SLOT..SECOND_SLOT + 180).contains(at) || at % 61 == 0)
}

fn flip(path: &Path, healthy: &[u8], place: usize) {
    let mut damaged = healthy.to_vec();
    damaged[place] ^= 1 << (place % 8);
    fs::write(path, damaged).expect("writes");
}

#[tokio::test]
async fn no_flipped_byte_revives_a_token_that_a_login_had_killed() {
    let (visitor, folder) = visitor(false).await;
    visitor.get("/put/name/Ada").await.assert_ok();
    let (old, file) = (visitor.cookie(COOKIE).expect("a cookie"), file_of(&visitor, folder.path()));
    visitor.get("/login").await.assert_ok();
    let healthy = fs::read(&file).expect("the pointer");
    let stolen = visitor.another();
    for place in places(&healthy) {
        flip(&file, &healthy, place);
        stolen.set_cookie(COOKIE, &old);
        stolen.get("/read/name").await.assert_text("null");
    }
    visitor.get("/read/user").await.assert_text("7");
}

/// Each request finds the session as it was stored, or the application hears that something is wrong.
#[tokio::test]
async fn no_flipped_byte_changes_a_session_in_silence() {
    for encrypt in [false, true] {
        let (visitor, folder) = visitor(encrypt).await;
        visitor.get("/put/name/Ada").await.assert_ok();
        visitor.get("/put/name/Grace").await.assert_ok();
        let file = file_of(&visitor, folder.path());
        let (healthy, token) = (fs::read(&file).expect("it"), visitor.cookie(COOKIE).expect("it"));
        let heard = heard(&visitor);
        for place in places(&healthy) {
            flip(&file, &healthy, place);
            visitor.set_cookie(COOKIE, &token);
            let name = visitor.get("/read/name").await.text();
            let events = std::mem::take(&mut *heard.lock().expect("not poisoned"));
            let noticed =
                events.iter().any(|event| ["recovered", "rejected"].contains(&event.name()));
            assert!(name == "\"Grace\"" || noticed, "byte {place}: {name}, {events:?}");
            assert_ne!(name, "\"Ada\"", "byte {place}");
        }
    }
}

#[tokio::test]
async fn after_five_rotations_the_values_are_in_one_file() {
    let (visitor, folder) = visitor(false).await;
    visitor.get("/put/name/unmistakable").await.assert_ok();
    for _ in 0..5 {
        visitor.get("/rotate").await.assert_ok();
    }
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).expect("a file");
        bytes.windows(12).any(|window| window == b"unmistakable")
    };
    let all = files(folder.path());
    assert_eq!(all.len(), 6, "a pointer for each old token: {all:?}");
    assert_eq!(all.iter().filter(|path| holds(path)).count(), 1);
}

/// As a process leaves it that was killed while it wrote.
#[tokio::test]
async fn a_write_that_was_cut_short_is_an_event_and_the_session_goes_on() {
    let (visitor, folder) = visitor(false).await;
    visitor.get("/large").await.assert_ok();
    let file = file_of(&visitor, folder.path());
    let before = fs::read(&file).expect("the record");
    visitor.get("/put/name/Ada").await.assert_ok();
    let after = fs::read(&file).expect("the record");
    // Two pages of the new version had been written, and nothing of the one before was erased yet.
    let changed = (64..before.len()).rev().find(|at| before[*at] != after[*at]).expect("a change");
    let cut = changed / 4096 * 4096;
    let torn = [&after[..cut], &before[cut..]].concat();
    let torn: Vec<u8> =
        torn.iter().zip(&before).map(|(new, old)| if *new == 0 { *old } else { *new }).collect();
    fs::write(&file, torn).expect("writes");

    let heard = heard(&visitor);
    visitor.get("/read/large").await.assert_text(&format!("\"{}\"", "x".repeat(9_000)));
    visitor.get("/read/name").await.assert_text("null");
    let events = heard.lock().expect("not poisoned").clone();
    assert_eq!(events.iter().map(SessionEvent::name).collect::<Vec<_>>(), ["recovered"]);
    visitor.get("/put/name/Grace").await.assert_ok();
    visitor.get("/read/name").await.assert_text("\"Grace\"");
}

#[tokio::test]
async fn what_a_parallel_login_pushed_aside_is_an_event() {
    let gate = Gate::new();
    let visitor = app_on("memory", &gate).client().await;
    visitor.get("/put/name/Ada").await.assert_ok();
    for end in ["/login", "/logout"] {
        let heard = heard(&visitor);
        let slow = visitor.another();
        slow.set_cookie(COOKIE, &visitor.cookie(COOKIE).expect("a cookie"));
        let writing = tokio::spawn(async move { slow.get("/slow-put/late").await.status() });
        gate.wait_for(1).await;
        visitor.get(end).await.assert_ok();
        gate.let_go(1);
        assert_eq!(writing.await.expect("ends"), 200);
        let events = heard.lock().expect("not poisoned").clone();
        assert!(events.iter().any(|event| event.name() == "changes_lost"), "{end}: {events:?}");
        visitor.get("/read/late").await.assert_text("null");
    }
}
