//! What a controller calls: the methods of [`Session`].

mod cache;
mod finite;
mod flash;
mod identity;
mod keys;
mod reading;
mod writing;

pub use cache::SessionCache;
pub(super) use cache::entry_of;
pub use keys::Keys;
pub(crate) use reading::SharedState;
pub use reading::{Session, SessionValueError};
