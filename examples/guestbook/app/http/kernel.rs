//! Middleware: the groups that routes are in, and the names that routes use.

use lunox::prelude::*;

/// Called by `RouteServiceProvider`.
pub fn middleware(middleware: &mut MiddlewareRegistry) {
    // All requests. What browsers allow a page to do: scripts of this site alone, no frames. Inline scripts need
    // nonce="{{ csp_nonce() }}".
    middleware.global(SecureHeaders::new());
    // 503 between `cargo artisan down` and `up`.
    middleware.global("maintenance");
    // Removes blanks at the ends of what visitors send, except from passwords; `trim_strings:bio,notes`
    // leaves these fields as they are too.
    middleware.global("trim_strings");
    // A field that was left empty is null.
    middleware.global("convert_empty_strings_to_null");

    // Pages. The first is outermost: it sees the request first and the response last.
    middleware.group(
        "web",
        [
            // Encrypts cookies; req.cookie(...) decrypts them.
            "encrypt_cookies",
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
