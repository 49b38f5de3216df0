//! Forms that another site sends, and what shows that a form is ours.

mod forgery;
mod prevent_request_forgery;
mod token;
mod xsrf_cookie;

pub use prevent_request_forgery::PreventRequestForgery;
pub use token::csrf_token;
