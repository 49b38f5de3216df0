//! From a request as hyper gives it to the response that it sends.

mod answering;
mod debug_page;
mod errors;
mod forwarded;
mod guard;
mod http_config;
#[allow(clippy::module_inception, reason = "`Kernel` is what this folder is about")]
mod kernel;
mod trust;

pub use answering::Answering;
pub use errors::ViewErrors;
pub use http_config::HttpConfig;
pub use kernel::Kernel;
pub(crate) use trust::Trust;
