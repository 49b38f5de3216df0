//! An application whose session is driven by requests, and a driver that counts and fails.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use lunox::prelude::*;
use lunox::session::{
    Batch, Cursor, DriverError, Key, Listed, MemoryDriver, Outcome, Rotation, SessionDriver,
    Stored, Tag,
};
use lunox::testing::{TestApp, TestClient, TestDriver};
use sha2::{Digest, Sha256};

/// Where the record of a token is kept.
pub fn key_of(token: &str) -> Key {
    let token = URL_SAFE_NO_PAD.decode(token).expect("base64url");
    let mut key: [u8; 32] = Sha256::digest(&token).into();
    key[0] = token[0];
    Key::from_bytes(key)
}

/// A memory driver that notes its calls and can be told to fail. As a store elsewhere does, it lets others run before
/// and after its one step.
#[derive(Clone, Default)]
pub struct Spy(Arc<SpyState>);

#[derive(Default)]
struct SpyState {
    driver: MemoryDriver,
    calls: Mutex<Vec<&'static str>>,
    down: AtomicBool,
    failing: Mutex<Vec<&'static str>>,
    touches: AtomicUsize,
    missing: AtomicBool,
}

impl Spy {
    /// The calls since this was last asked.
    pub fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.calls.lock().expect("not poisoned"))
    }

    pub fn set_down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    /// Lets every call of this kind fail.
    pub fn fail_from(&self, call: &'static str) {
        self.fail_all(&[call]);
    }

    /// Lets every call of these kinds fail.
    pub fn fail_all(&self, calls: &[&'static str]) {
        *self.0.failing.lock().expect("not poisoned") = calls.to_vec();
    }

    /// The records of sessions; not the pointers and end marks that are left behind, which no token can use.
    pub async fn records(&self) -> Vec<Listed> {
        const POINTER: u8 = 2;
        const END: u8 = 3;
        let mut all = self.all().await;
        all.retain(|listed| !matches!(listed.stored.payload.first(), Some(&POINTER | &END)));
        all
    }

    /// Whatever is stored.
    pub async fn all(&self) -> Vec<Listed> {
        self.0.driver.list(None, 1_000).await.expect("lists").expect("can list").records
    }

    /// Lets the next walk through the records meet none, as when they move from before it to behind it.
    pub fn miss_once(&self) {
        self.0.missing.store(true, Ordering::SeqCst);
    }

    fn note(&self, call: &'static str) -> Result<(), DriverError> {
        self.0.calls.lock().expect("not poisoned").push(call);
        if call == "touch" {
            self.0.touches.fetch_add(1, Ordering::SeqCst);
        }
        let fails = self.0.failing.lock().expect("not poisoned").contains(&call);
        if fails || self.0.down.load(Ordering::SeqCst) {
            return Err(DriverError::unavailable("secret-host:6379 refused the connection"));
        }
        Ok(())
    }
}

impl SessionDriver for Spy {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        self.note("read")?;
        tokio::task::yield_now().await;
        let result = self.0.driver.read(key).await;
        tokio::task::yield_now().await;
        result
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        self.note("create")?;
        tokio::task::yield_now().await;
        let result = self.0.driver.create(key, payload, deadline).await;
        tokio::task::yield_now().await;
        result
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        self.note("replace")?;
        tokio::task::yield_now().await;
        let result = self.0.driver.replace(key, version, payload, deadline).await;
        tokio::task::yield_now().await;
        result
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        self.note("touch")?;
        tokio::task::yield_now().await;
        let result = self.0.driver.touch(key, version, deadline).await;
        tokio::task::yield_now().await;
        result
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        self.note("rotate")?;
        tokio::task::yield_now().await;
        let result = self.0.driver.rotate(rotation).await;
        tokio::task::yield_now().await;
        result
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.note("destroy")?;
        tokio::task::yield_now().await;
        let result = self.0.driver.destroy(key).await;
        tokio::task::yield_now().await;
        result
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.note("sweep")?;
        self.0.driver.sweep(now, limit).await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        if self.0.missing.swap(false, Ordering::SeqCst) {
            return Ok(Some(Batch::default()));
        }
        self.0.driver.list(from, limit).await
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.0.driver.tag(tag, key, until).await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.0.driver.untag(tag, key).await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        self.0.driver.tagged(tag).await
    }
}

/// Where requests wait until the test lets them go on.
#[derive(Clone)]
pub struct Gate {
    arrived: Arc<tokio::sync::Semaphore>,
    open: Arc<tokio::sync::Semaphore>,
}

impl Gate {
    pub fn new() -> Self {
        let closed = || Arc::new(tokio::sync::Semaphore::new(0));
        Self { arrived: closed(), open: closed() }
    }

    /// Called by the request.
    pub async fn pass(&self) {
        self.arrived.add_permits(1);
        self.open.acquire().await.expect("open").forget();
    }

    /// Waits until `count` requests wait.
    pub async fn wait_for(&self, count: u32) {
        self.arrived.acquire_many(count).await.expect("open").forget();
    }

    pub fn let_go(&self, count: usize) {
        self.open.add_permits(count);
    }
}

/// An application whose routes do to the session what their names say.
pub fn app(spy: &Spy, gate: &Gate) -> TestApp {
    app_on(spy.clone(), gate)
}

/// The same with any driver.
pub fn app_on(driver: impl TestDriver, gate: &Gate) -> TestApp {
    let gate = gate.clone();
    TestApp::new().driver(driver).routes(move |route| routes(route, gate))
}

pub async fn client(spy: &Spy) -> TestClient {
    app(spy, &Gate::new()).client().await
}

fn routes(route: &mut Router, gate: Gate) {
    route.get("/nothing", async || "nothing");
    route.get("/read/{key}", async |req: HttpRequest, key: String| {
        req.session().get::<serde_json::Value>(&key).unwrap_or_default().to_string()
    });
    route.any("/put/{key}/{value}", async |req: HttpRequest, key: String, value: String| {
        req.session().put(&key, value);
    });
    route.get("/increment/{key}", async |req: HttpRequest, key: String| {
        req.session().increment(&key, 1).to_string()
    });
    route.get("/push/{value}", async |req: HttpRequest, value: u64| {
        req.session().push("list", value)
    });
    route.get("/forget/{key}", async |req: HttpRequest, key: String| req.session().forget(&key));
    route.get("/flash/{key}", async |req: HttpRequest, key: String| {
        req.session().flash(&key, "flashed")
    });
    route.get("/login", async |req: HttpRequest| {
        req.session().regenerate();
        req.session().put("user", 7);
    });
    route.get("/rotate", async |req: HttpRequest| req.session().regenerate());
    route.get("/logout", async |req: HttpRequest| req.session().invalidate());
    route.get("/logout-and-flash", async |req: HttpRequest| {
        req.session().invalidate();
        req.session().flash("bye", true);
    });
    route.get("/flush-and-put", async |req: HttpRequest| {
        req.session().flush();
        req.session().put("after", true);
    });
    route.get("/fail", async |req: HttpRequest| -> Result {
        req.session().put("failed", true);
        abort(500)
    });
    route.get("/panic", async |req: HttpRequest| {
        req.session().put("panicked", true);
        if req.session().has("panicked") {
            panic!("on purpose");
        }
    });
    route.get("/rotate-and-panic", async |req: HttpRequest| {
        req.session().regenerate();
        req.session().put("panicked", true);
        if req.session().has("panicked") {
            panic!("on purpose");
        }
    });
    route.get("/token-rotate-and-panic", async |req: HttpRequest| {
        req.session().token();
        req.session().regenerate();
        if req.session().is_new() {
            panic!("on purpose");
        }
    });
    route.get("/unstorable", async |req: HttpRequest| {
        req.session().put("fine", 1);
        req.session().put("odd", std::collections::HashMap::from([(vec![1], 2)]));
    });
    let slow = gate.clone();
    route.get("/slow-put/{key}", move |req: HttpRequest, key: String| {
        let gate = slow.clone();
        async move {
            gate.pass().await;
            req.session().put(&key, true);
        }
    });
    let anew = gate.clone();
    route.get("/slow-anew/{value}", move |req: HttpRequest, value: u64| {
        let gate = anew.clone();
        async move {
            gate.pass().await;
            req.session().forget("list");
            req.session().push("list", value);
        }
    });
    let entering = gate.clone();
    route.get("/slow-login", move |req: HttpRequest| {
        let gate = entering.clone();
        async move {
            gate.pass().await;
            req.session().regenerate();
            req.session().put("user", 8);
        }
    });
    let leaving = gate.clone();
    route.get("/slow-logout", move |req: HttpRequest| {
        let gate = leaving.clone();
        async move {
            gate.pass().await;
            req.session().invalidate();
        }
    });
    route.get("/slow-read", move |req: HttpRequest| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            req.session().all().len().to_string()
        }
    });
}
