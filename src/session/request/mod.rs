//! What one request did to its session.

mod changes;
mod csrf;
pub(crate) mod flash_keys;
mod loaded;
mod no_ops;
mod reset;
mod state;

pub(crate) use changes::{Change, add, kind, reapply};
#[cfg(feature = "framework")]
pub(crate) use csrf::CsrfNews;
pub use flash_keys::FlashAgeing;
pub(crate) use flash_keys::Shown;
pub(crate) use loaded::{Held, Live, Loaded, Origin};
pub(crate) use state::State;
