//! An element of the list of providers that is none.

use lunox::prelude::*;

struct AppServiceProvider;

impl ServiceProvider for AppServiceProvider {}

struct Mailer;

fn main() {
    let _ = providers![AppServiceProvider, Mailer, SessionServiceProvider];
}
