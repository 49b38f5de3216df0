//! User accounts: authentication and authorization.
//!
//! The application has a type of user of its own ([`Authenticatable`]) and says where its users are ([`UserProvider`]).
//! [`auth()`](crate::foundation::auth) logs them in and out. `docs/authentication.md` is the manual.
//!
//! What a session keeps of a login is the user's identifier and a fingerprint of the password's hash, both under
//! `auth.login`. Whenever the user is asked for, the fingerprint is compared with the hash that the user has now.
//!
//! | file | what |
//! |---|---|
//! | `guard.rs`, `login.rs` | logging in and out; what the session keeps |
//! | `passwords.rs`, `hasher.rs` | confirming and changing passwords; argon2id |
//! | `remember.rs`, `device.rs`, `remember_store.rs` | devices that stay logged in; which of their tokens count |
//! | `devices.rs`, `remembered.rs`, `user_agent.rs` | the devices on which a user is logged in |
//! | `entry.rs` | what a login does to its session and, once that is stored, to the user's others |
//! | `reset.rs`, `reset_store.rs` | forgotten passwords |
//! | `provider.rs`, `memory_users.rs`, `user.rs` | where users are |
//! | `table.rs`, `table_users.rs`, `table_devices.rs`, `table_resets.rs` | the same over tables, with a database |
//! | `gate.rs` | abilities |
//! | `authenticate.rs`, `redirect_if_authenticated.rs`, `confirmed.rs`, `authorize.rs` | the middleware `auth`, `guest`, `password.confirm`, `can` |

mod authenticate;
mod authorize;
mod config;
mod confirmed;
mod credentials;
mod device;
mod devices;
mod entry;
mod gate;
mod guard;
mod hasher;
mod login;
mod memory_users;
mod passwords;
mod provider;
mod redirect_if_authenticated;
mod remember;
mod remember_store;
mod remembered;
mod reset;
mod reset_store;
#[cfg(feature = "database")]
mod table;
#[cfg(feature = "database")]
mod table_devices;
#[cfg(feature = "database")]
mod table_resets;
#[cfg(feature = "database")]
mod table_users;
#[cfg(test)]
mod tests;
mod user;
mod user_agent;

pub(crate) use authenticate::Authenticate;
pub(crate) use authorize::Authorize;
pub use config::AuthConfig;
pub(crate) use confirmed::Confirmed;
pub use credentials::Credentials;
pub use device::RememberedDevice;
pub use devices::Device;
pub(crate) use entry::tag;
pub use guard::Auth;
pub(crate) use login::{Login, RESERVED_LOGIN};
pub use memory_users::MemoryUsers;
pub use provider::UserProvider;
pub(crate) use redirect_if_authenticated::RedirectIfAuthenticated;
pub use remember_store::{MemoryDevices, RememberStore};
pub use reset_store::{MemoryResets, PasswordReset, ResetStore};
#[cfg(feature = "database")]
pub use table_devices::TableDevices;
#[cfg(feature = "database")]
pub use table_resets::TableResets;
#[cfg(feature = "database")]
pub use table_users::TableUsers;
pub use user::Authenticatable;
