//! Accounts in the guest book, in one browser and in two of the same user.

use serde_json::{Value, json};

use crate::GuestBook;
use crate::chromium::{Chromium, Tab};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";
const SESSION: &str = "guest_book_session";
const REMEMBER: &str = "guest_book_remember";

impl Tab<'_> {
    /// Makes an account and stays logged in to it.
    pub fn register(&mut self, book: &GuestBook, name: &str, email: &str) {
        self.visit(&format!("{}/register", book.url));
        for (field, text) in [("#name", name), ("#email", email)] {
            self.fill(field, text);
        }
        for field in ["#password", "#password_confirmation"] {
            self.fill(field, PASSWORD);
        }
        self.submit("main button");
    }

    fn log_in(&mut self, book: &GuestBook, remember: bool) {
        self.visit(&format!("{}/login", book.url));
        self.fill("#email", EMAIL);
        self.fill("#password", PASSWORD);
        if remember {
            self.click("[name=remember]");
        }
        self.submit("main button");
    }

    fn visit_account(&mut self, book: &GuestBook) -> String {
        self.visit(&format!("{}/account", book.url));
        self.text("h1")
    }

    /// A cookie, which scripts of the page would not see.
    fn cookie(&mut self, book: &GuestBook, name: &str) -> Option<Value> {
        let cookies = self.send("Network.getCookies", json!({"urls": [book.url]}));
        let cookies = cookies["cookies"].as_array().unwrap();
        cookies.iter().find(|cookie| cookie["name"] == name).cloned()
    }

    /// Ends the session as closing the browser does, if it is not remembered.
    fn forget_session(&mut self, book: &GuestBook) {
        self.send("Network.deleteCookies", json!({"name": SESSION, "url": book.url}));
    }
}

/// Looks at the page as it is, with scripts or without.
fn check(tab: &mut Tab<'_>, scripts: bool, name: &str) {
    if scripts {
        return tab.look(name);
    }
    // The page was loaded and used without scripts; axe-core is one.
    tab.send("Emulation.setScriptExecutionDisabled", json!({"value": false}));
    tab.look(&format!("{name}-plain"));
    tab.send("Emulation.setScriptExecutionDisabled", json!({"value": true}));
}

fn look(tab: &mut Tab<'_>, book: &GuestBook, scripts: bool, path: &str, name: &str) {
    tab.visit(&format!("{}{path}", book.url));
    check(tab, scripts, name);
}

fn visit_accounts(scripts: bool) {
    let book = GuestBook::start();
    let mut browser = Chromium::start();
    let mut tab = browser.tab(scripts);
    let tab = &mut tab;
    tab.screen(1280, 900, false);
    tab.visit(&format!("{}/entries/create", book.url));
    assert_eq!(tab.text("h1"), "Log in", "guests log in to write");
    look(tab, &book, scripts, "/login", "login");
    look(tab, &book, scripts, "/forgot-password", "forgot");
    look(tab, &book, scripts, "/reset-password/token", "reset");
    look(tab, &book, scripts, "/register", "register");
    tab.submit("main button");
    check(tab, scripts, "register-mistakes");
    tab.register(&book, "Ada", EMAIL);
    assert_eq!(tab.text("h1"), "Write an entry", "the page that was asked for");

    assert_eq!(tab.visit_account(&book), "Hello, Ada.");
    let picture = book.folder.path().join("ada.png");
    std::fs::write(&picture, tab.picture()).unwrap();
    tab.choose("#avatar", &picture);
    tab.submit("[enctype] button");
    assert_eq!(tab.text("[role=status]"), "This is you now.");
    look(tab, &book, scripts, "/account", "account");
    tab.visit(&format!("{}/entries/create", book.url));
    tab.fill("#message", "Lovley.");
    tab.submit(".sign button");
    tab.submit(".actions a");
    check(tab, scripts, "change");
    tab.fill("#message", "Lovely.");
    tab.submit(".sign button");
    assert_eq!(tab.text(".message"), "Lovely.");
    let shown = "document.querySelector('h2 .avatar').decode().then(() => true)";
    assert_eq!(tab.ask(shown), true);
    look(tab, &book, scripts, "/", "own-entry");
    look(tab, &book, scripts, "/account/devices", "devices");

    book.run(&["user:admin", EMAIL]);
    tab.visit(&format!("{}/admin", book.url));
    assert_eq!(tab.text("h1"), "Confirm that it is you");
    check(tab, scripts, "confirm");
    tab.fill("#password", PASSWORD);
    tab.submit("main button");
    assert_eq!(tab.text("h1"), "Users");
    look(tab, &book, scripts, "/admin", "admin");
    look(tab, &book, scripts, "/account/delete", "delete");
    tab.visit(&book.url);
    tab.submit(".actions button");
    assert_eq!(tab.text("[role=status]"), "The entry has been deleted.");
    tab.visit_account(&book);
    tab.submit("form[action$='/logout'] button");
    assert_eq!(tab.visit_account(&book), "Log in");
}

#[test]
#[ignore = "needs Chromium and a built guest book"]
fn accounts_work_in_a_browser_with_scripts() {
    visit_accounts(true);
}

#[test]
#[ignore = "needs Chromium and a built guest book"]
fn accounts_work_in_a_browser_without_scripts() {
    visit_accounts(false);
}

#[test]
#[ignore = "needs Chromium and a built guest book"]
fn logging_out_the_other_devices_ends_the_second_browser_at_once() {
    let book = GuestBook::start();
    let (mut first, mut second) = (Chromium::start(), Chromium::start());
    let (mut here, mut there) = (first.tab(true), second.tab(true));
    here.register(&book, "Ada", EMAIL);
    there.log_in(&book, true);
    assert_eq!(there.visit_account(&book), "Hello, Ada.");

    here.visit(&format!("{}/account/devices", book.url));
    assert_eq!(here.ask("document.querySelectorAll('main section h2').length"), 2);
    here.look("two-devices");
    here.submit("main section:last-of-type button");
    assert_eq!(here.text("[role=status]"), "All other devices are logged out.");
    assert_eq!(here.ask("document.querySelectorAll('main section h2').length"), 1);

    assert_eq!(there.visit_account(&book), "Log in", "the second browser was remembered, too");
    assert_eq!(here.visit_account(&book), "Hello, Ada.");
}

#[test]
#[ignore = "needs Chromium and a built guest book"]
fn a_stolen_remember_token_ends_both_browsers_and_the_next_login_says_so() {
    let book = GuestBook::start();
    let (mut first, mut second) = (Chromium::start(), Chromium::start());
    let (mut owner, mut thief) = (first.tab(true), second.tab(true));
    owner.register(&book, "Ada", EMAIL);
    owner.submit("form[action$='/logout'] button");
    owner.log_in(&book, true);
    let stolen = owner.cookie(&book, REMEMBER).expect("a remembered device");

    // The thief is let in by a token that is still good: nobody can know it yet.
    let copy = json!({"name": REMEMBER, "value": stolen["value"], "url": book.url});
    thief.send("Network.setCookie", copy);
    assert_eq!(thief.visit_account(&book), "Hello, Ada.");

    // The owner comes back until the tokens before are no longer accepted.
    for _ in 0..3 {
        owner.forget_session(&book);
        assert_eq!(owner.visit_account(&book), "Hello, Ada.");
    }
    assert_eq!(thief.visit_account(&book), "Hello, Ada.", "the thief's session goes on");

    // Now the thief uses the copy again.
    thief.send(
        "Network.setCookie",
        json!({"name": REMEMBER, "value": stolen["value"], "url": book.url}),
    );
    thief.forget_session(&book);
    assert_eq!(thief.visit_account(&book), "Log in");
    assert_eq!(owner.visit_account(&book), "Log in", "nobody knows which of them is the owner");
    assert!(owner.cookie(&book, REMEMBER).is_none(), "the cookie is removed");

    owner.log_in(&book, false);
    assert!(owner.text("[role=alert]").contains("Somebody has used a copy of the cookie"));
    owner.look("stolen");
}
