//! What a session costs a visitor who stores nothing, counted in allocations.
//!
//! A binary of its own, because it replaces the allocator. Allocations are counted and not timed: the same request
//! makes the same ones each time.

#![cfg(feature = "framework")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use lunox::foundation::Kernel;
use lunox::http::Body;
use lunox::prelude::*;
use lunox::session::{MemoryDriver, Session};
use lunox::testing::{FaultyDriver, TestApp, TestClient};

/// What any middleware costs that attaches something to its request: its boxed future, and the place of what it
/// attaches. A session is attached in its own place.
const MIDDLEWARE: usize = 2;

thread_local! {
    static COUNTED: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting what each thread asks it for.
struct Counting;

// SAFETY: every call is passed on unchanged, and counting neither allocates nor unwinds.
#[allow(unsafe_code, reason = "an allocator cannot be written without it")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNTED.set(COUNTED.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNTED.set(COUNTED.get() + 1);
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Notes its calls.
type Counted = FaultyDriver<MemoryDriver>;

/// What a middleware attaches to its request when it attaches no session: as large as a session's handle.
#[derive(Clone)]
struct Mark(#[expect(dead_code, reason = "only its size counts")] usize);

async fn mark(req: HttpRequest, next: Next) -> Result {
    req.set_extension(Mark(0));
    Ok(next.run(req).await)
}

/// Paths of one length that do the same behind different middleware.
async fn client(driver: &Counted) -> TestClient {
    TestApp::new()
        .driver(driver.clone())
        .middleware(|middleware| {
            middleware.alias("mark", mark);
        })
        .plain_routes(|route| {
            route.get("/plain", async || "hello");
            route.get("/marks", async || "hello").middleware("mark");
            route.get("/start", async || "hello").middleware("session");
            route
                .get(
                    "/reads",
                    async |req: HttpRequest| {
                        if req.session().has("name") { "hello Ada" } else { "hello" }
                    },
                )
                .middleware("session");
            route
                .get("/write", async |req: HttpRequest| {
                    req.session().put("name", "Ada");
                    "hello"
                })
                .middleware("session");
            route
                .get("/clean", async || "hello")
                .middleware("trim_strings")
                .middleware("convert_empty_strings_to_null");
        })
        .client()
        .await
}

fn get(path: &str, cookie: Option<&str>) -> http::Request<Body> {
    let request = http::Request::get(path).header("host", "localhost");
    let request = match cookie {
        Some(cookie) => request.header("cookie", cookie),
        None => request,
    };
    request.body(Body::empty()).expect("a request")
}

/// How many allocations it takes to answer, on this thread, once everything that is made but once is there.
async fn allocations(kernel: &Arc<Kernel>, path: &str, cookie: Option<&str>) -> usize {
    let mut counted = Vec::with_capacity(8);
    for _ in 0..8 {
        let (parts, body) = get(path, cookie).into_parts();
        let before = COUNTED.get();
        let response = kernel.handle(parts, body, None).await;
        counted.push(COUNTED.get() - before);
        assert_eq!(response.status_code(), 200, "{path}");
    }
    let last = counted[counted.len() - 1];
    assert_eq!(counted[4..], [last; 4], "{path} does not settle: {counted:?}");
    last
}

#[tokio::test(flavor = "current_thread")]
async fn a_visitor_who_stores_nothing_costs_what_any_middleware_does_and_no_driver_call() {
    let driver = Counted::new(MemoryDriver::new());
    let client = client(&driver).await;
    let kernel = client.app().kernel();
    let plain = allocations(kernel, "/plain", None).await;
    let marked = allocations(kernel, "/marks", None).await;
    assert_eq!(marked - plain, MIDDLEWARE, "a middleware alone, over {plain}");
    let started = allocations(kernel, "/start", None).await;
    assert_eq!(started - plain, MIDDLEWARE, "a session nobody asks for, over {plain}");
    let read = allocations(kernel, "/reads", None).await;
    assert_eq!(read - plain, MIDDLEWARE, "a session that is asked for a key, over {plain}");
    assert_eq!(driver.calls().len(), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn what_normalises_input_allocates_nothing_for_a_request_without_input() {
    let client = client(&Counted::new(MemoryDriver::new())).await;
    let kernel = client.app().kernel();
    let plain = allocations(kernel, "/plain", None).await;
    assert_eq!(allocations(kernel, "/clean", None).await, plain);
}

#[tokio::test(flavor = "current_thread")]
async fn a_cookie_that_is_no_token_costs_no_driver_call_and_no_allocation() {
    let driver = Counted::new(MemoryDriver::new());
    let client = client(&driver).await;
    let kernel = client.app().kernel();
    let without = allocations(kernel, "/start", None).await;
    let with = allocations(kernel, "/start", Some("lunox_session=guess")).await;
    assert_eq!(with, without);
    assert_eq!(driver.calls().len(), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn a_visitor_who_stores_something_does_call_the_driver() {
    let driver = Counted::new(MemoryDriver::new());
    let client = client(&driver).await;
    let (parts, body) = get("/write", None).into_parts();
    let response = client.app().kernel().handle(parts, body, None).await;
    assert!(response.headers().contains_key("set-cookie"));
    assert_eq!(driver.calls().len(), 1);
}

#[test]
fn the_handle_is_as_large_as_a_pointer() {
    assert_eq!(size_of::<Session>(), size_of::<usize>());
}
