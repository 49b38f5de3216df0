//! The sessions of a user: entered in the driver's index at login, under every key that they get, until they end.

mod index;
mod site;
mod user_sessions;
