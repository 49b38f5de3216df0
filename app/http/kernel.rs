//! Middleware: the groups that routes are in, and the names that routes use.

use lunox::prelude::*;

/// Called by `RouteServiceProvider`.
pub fn middleware(middleware: &mut MiddlewareRegistry) {
    // Pages. The first is outermost: it sees the request first and the response last.
    middleware.group(
        "web",
        [
            // Sends what cookies().queue(...) collected; further in, it would miss what the others queue.
            "cookies",
            // Gives the request its session and stores it before the response leaves.
            "session",
            // Refuses forms that another site sends. Inside the session, which has the token.
            "csrf",
        ],
    );

    // Programs. No session, no cookies: each request stands for itself.
    middleware.group("api", [] as [&str; 0]);
}
