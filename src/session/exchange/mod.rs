//! The session on a request and its response, in the types of the crate `http`: what the framework's middleware and the
//! tower layer have in common.

mod cookies;
mod finish;
mod page;
mod shared_caches;

pub use cookies::{RawCookies, raw_cookies};
pub(crate) use finish::{Finish, send_cookie};
pub(crate) use page::{Answer, asks_for_page, is_ajax, is_page, is_prefetch, navigates};
pub(crate) use shared_caches::{is_for_shared_caches, keep_private};
