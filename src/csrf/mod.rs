//! Requests that another site makes a visitor's browser send.
//!
//! Browsers say where a request comes from: `Sec-Fetch-Site`, and before it `Origin`. A request that would
//! change something and comes from elsewhere is refused with 419 (OWASP CSRF Prevention, "Fetch Metadata";
//! ASVS 5.0, 3.5.1). Clients that send neither header are no browsers and carry no visitor's cookies unless
//! they were given them.

mod prevent_request_forgery;

pub use prevent_request_forgery::PreventRequestForgery;
