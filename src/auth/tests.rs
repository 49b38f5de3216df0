//! What cannot be seen from outside: how many hashes a login takes, and who waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::hasher::Hasher;
use super::{Auth, AuthConfig, Authenticatable, Credentials, MemoryUsers};
use crate::encryption::{AppKey, Keyring};
use crate::support::lock::lock;

#[derive(Clone)]
struct User(String);

impl Authenticatable for User {
    fn auth_identifier(&self) -> String {
        "7".to_owned()
    }

    fn auth_password(&self) -> &str {
        &self.0
    }
}

fn quick() -> AuthConfig {
    AuthConfig { hash_memory: 8, hash_iterations: 1, hashes_at_once: 2, ..AuthConfig::default() }
}

async fn guard() -> (Auth, MemoryUsers<User>) {
    let keys = Keyring::new(AppKey::generate().expect("random bytes"), []);
    let auth = Auth::new(quick(), &keys).expect("a guard");
    let users = MemoryUsers::new("name", |_: &User| "ada".to_owned(), |user, hash| user.0 = hash);
    users.insert(User(auth.hash_password("engine").await.expect("a hash")));
    auth.provider(users.clone());
    (auth, users)
}

#[tokio::test]
async fn an_unknown_account_takes_as_many_hashes_as_a_known_one() {
    let (auth, users) = guard().await;
    let bcrypt = "$2y$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
    let known = users.find("7").expect("Ada").0;
    for (name, hash) in [("ada", known.as_str()), ("eve", &known), ("ada", bcrypt), ("ada", "")] {
        users.insert(User(hash.to_owned()));
        let before = auth.hasher.computed();
        let credentials = Credentials::from([("name", name), ("password", "guess")]);
        assert!(!auth.validate(credentials).await.expect("judged"));
        assert_eq!(auth.hasher.computed() - before, 1, "{name} {hash}");
    }
}

#[tokio::test]
async fn the_hash_of_an_unknown_account_has_the_parameters_of_the_others() {
    let config = AuthConfig { hash_memory: 64, hash_iterations: 3, ..quick() };
    let hasher = Hasher::new(&config).expect("a hasher");
    assert!(!hasher.needs_rehash(hasher.dummy()), "{}", hasher.dummy());
    assert!(hasher.dummy().starts_with("$argon2id$v=19$m=64,t=3,p=1$"), "{}", hasher.dummy());
    assert_ne!(hasher.dummy(), Hasher::new(&config).expect("a hasher").dummy());
}

#[tokio::test]
async fn a_hash_is_made_anew_if_any_parameter_is_another() {
    let hasher = Hasher::new(&quick()).expect("a hasher");
    let hash = hasher.hash("engine").await.expect("a hash");
    assert!(!hasher.needs_rehash(&hash));
    for (from, to) in [("m=8", "m=9"), ("t=1", "t=2"), ("p=1", "p=2"), ("argon2id", "argon2i")] {
        let other = hash.replace(from, to);
        assert!(hasher.needs_rehash(&other), "{other}");
    }
    for other in ["", "engine", "$2y$12$abc"] {
        assert!(hasher.needs_rehash(other), "{other}");
    }
}

#[tokio::test]
async fn no_more_than_so_many_hashes_are_at_work_and_who_waits_too_long_is_answered_503() {
    let config = AuthConfig { hash_wait: Duration::ZERO, ..quick() };
    let hasher = Arc::new(Hasher::new(&config).expect("a hasher"));
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(held));
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let (hasher, held) = (Arc::clone(&hasher), Arc::clone(&held));
            tokio::spawn(async move {
                hasher.in_turn(move |_| lock(&held).recv().is_ok()).await.is_ok()
            })
        })
        .collect();
    while hasher.free() > 0 {
        tokio::task::yield_now().await;
    }
    let error = hasher.hash("engine").await.expect_err("too many");
    assert_eq!(error.status(), 503);
    assert_eq!(error.headers()["retry-after"], "5");
    // Requests that are dropped free no turn: their hashes go on.
    busy.iter().for_each(tokio::task::JoinHandle::abort);
    tokio::task::yield_now().await;
    assert_eq!(hasher.free(), 0);
    for _ in 0..2 {
        release.send(()).expect("both wait");
    }
    while hasher.free() < 2 {
        tokio::task::yield_now().await;
    }
    hasher.hash("engine").await.expect("a turn");
}

/// On a runtime of one thread, which a hash on it would stop.
#[tokio::test(flavor = "current_thread")]
async fn the_async_threads_go_on_while_passwords_are_hashed() {
    let hasher = Hasher::new(&quick()).expect("a hasher");
    let ran = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ran);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let hash = hasher.in_turn(move |_| held.recv().is_ok());
    let other = async move {
        seen.store(true, Ordering::SeqCst);
        release.send(()).is_ok()
    };
    let (hashed, sent) = tokio::join!(hash, other);
    assert!(hashed.expect("hashed") && sent && ran.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_is_not_overwritten_by_a_rehash() {
    use super::UserProvider;

    let (auth, users) = guard().await;
    let before = users.find("7").expect("Ada");
    let changed = auth.hash_password("loom").await.expect("a hash");
    users.insert(User(changed.clone()));
    let again = auth.hash_password("engine").await.expect("a hash");
    assert!(!users.update_password(&before, &again).await.expect("an answer"));
    assert_eq!(users.find("7").expect("Ada").0, changed);
}
