//! What runs around an action.

mod chain;
mod tower;

pub use chain::{BoxMiddleware, Middleware, Next, Running};
pub(crate) use chain::{Chain, Endpoint};
pub use tower::TowerLayer;
