//! What runs around an action.

mod chain;
mod convert_empty_strings_to_null;
mod input_filter;
mod tower;
mod trim_strings;

pub use chain::{BoxMiddleware, Middleware, Next, Running};
pub(crate) use chain::{Chain, Endpoint};
pub(crate) use convert_empty_strings_to_null::convert_empty_strings_to_null;
pub(crate) use input_filter::InputFilter;
pub use tower::{TowerLayer, tower_service};
pub(crate) use trim_strings::trim_strings;
