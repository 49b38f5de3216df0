//! Accounts: register, log in and out, confirm, forget and change a password, see and end one's devices.

pub mod account_controller;
pub mod confirm_controller;
pub mod device_controller;
pub mod forgotten_controller;
pub mod login_controller;
pub mod register_controller;

use lunox::prelude::*;

/// A field, and what is wrong with it.
type FieldError = (&'static str, &'static str);

/// The address of the form, as the table has it. Addresses that differ in capital letters are one.
fn email(req: &HttpRequest) -> String {
    req.string("email").trim().to_lowercase()
}

/// Whether mail can be sent to an address shows when it is sent; this finds what was mistyped.
fn is_email(text: &str) -> bool {
    let strange = |c: char| c.is_whitespace() || c.is_control();
    text.len() <= 254
        && !text.contains(strange)
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

/// What is wrong with a new password. Its length alone counts, and not which characters it has (OWASP ASVS 5.0, 6.2.1,
/// 6.2.5 and 6.2.9).
fn password_errors(req: &HttpRequest) -> Vec<FieldError> {
    let password = req.string("password");
    match password.chars().count() {
        ..12 => vec![("password", "Take at least 12 characters: a few words in a row, say.")],
        1001.. => vec![("password", "Take at most 1,000 characters.")],
        _ if password != req.string("password_confirmation") => {
            vec![("password_confirmation", "This is not the same password.")]
        }
        _ => Vec::new(),
    }
}
