//! The guest book of `examples/` in a real browser: `just guestbook`.

#![cfg(all(unix, feature = "default"))]
#![allow(clippy::unwrap_used, reason = "what helps a test may panic like the test")]

mod accounts;
#[allow(dead_code, reason = "other tests use more of it")]
#[path = "../server/chromium.rs"]
mod chromium;
mod screen;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use chromium::{Chromium, Tab};

mod process {
    /// The longest that the browser may take on a busy machine.
    pub const DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);
}

const SIGN: &str = ".sign button";

/// A running guest book with a folder of its own.
struct GuestBook {
    folder: TempDir,
    server: Child,
    url: String,
}

impl GuestBook {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        let copied = Command::new("cp")
            .args(["-R".as_ref(), sources.join("examples/guestbook/public").as_os_str()])
            .arg(folder.path())
            .status();
        assert!(copied.unwrap().success());
        std::fs::create_dir_all(folder.path().join("storage")).unwrap();
        let artisan = |arguments: &[&str]| program(folder.path(), arguments);
        for command in ["migrate", "storage:link"] {
            let done = artisan(&[command]).stdout(Stdio::null()).status();
            assert!(done.expect("the guest book is built").success(), "{command}");
        }
        let mut server = artisan(&["serve", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let url = lines.map_while(Result::ok).find_map(|line| {
            let (_, address) = line.trim().rsplit_once("http://")?;
            Some(format!("http://{address}"))
        });
        Self { folder, server, url: url.expect("an address") }
    }

    /// Runs a command beside the server.
    fn run(&self, arguments: &[&str]) {
        let done = program(self.folder.path(), arguments).stdout(Stdio::null()).status();
        assert!(done.unwrap().success(), "{arguments:?}");
    }
}

/// The guest book in this folder.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut program = Command::new(sources.join("target/debug/guestbook"));
    program.args(arguments).env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    program.env("APP_BASE_PATH", folder).env("APP_ENV", "local").env("APP_NAME", "Guest book");
    program.env("APP_KEY", "base64:c2l4dGVlbiBieXRlcyB0d2ljZSBtYWtlIGEga2V5ISE=");
    program
}

impl Drop for GuestBook {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn an_empty_book_and_mistakes(tab: &mut Tab<'_>, scripts: bool) {
    assert!(tab.text("main").contains("Nobody has written anything yet."));
    if scripts {
        tab.look("empty");
    }
    tab.submit("main .button");
    if scripts {
        tab.look("form");
    }
    let message = "x".repeat(1_001);
    tab.fill("#message", &message);
    tab.submit(SIGN);
    assert_eq!(tab.text("#message-error"), "Keep it to 1000 characters.");
    assert_eq!(tab.ask("document.querySelector('#message').value"), message);
    if scripts {
        tab.look("mistakes");
    }
}

fn an_entry_with_a_picture(tab: &mut Tab<'_>, book: &GuestBook, scripts: bool) {
    let picture = book.folder.path().join("page.png");
    std::fs::write(&picture, tab.picture()).unwrap();
    tab.fill("#message", "So long.");
    tab.choose("#picture", &picture);
    tab.submit(SIGN);
    assert_eq!(tab.text("[role=status]"), "Thank you, <b>Ada. Your entry is in the book.");
    assert_eq!(tab.text("article h2").trim_start_matches('<').trim(), "<b>Ada");
    let shown = "document.querySelector('.picture').decode().then(() => \
                 document.querySelector('.picture').naturalWidth)";
    assert!(tab.ask(shown).as_u64() > Some(100));
    if scripts {
        tab.look("entry");
    }
    tab.reload();
    assert_eq!(tab.text("[role=status]"), "");
}

fn pages(tab: &mut Tab<'_>, book: &GuestBook, scripts: bool) {
    for number in 2..=12 {
        tab.visit(&format!("{}/entries/create", book.url));
        tab.fill("#message", &format!("Message {number}."));
        tab.submit(SIGN);
    }
    tab.visit(&book.url);
    assert_eq!(tab.ask("document.querySelectorAll('article').length"), 10);
    if scripts {
        tab.look("list");
    }
    tab.submit(".pages [rel=next]");
    assert_eq!(tab.ask("document.querySelectorAll('article').length"), 2);
    tab.submit(".pages [rel=prev]");
    assert_eq!(tab.text("article .message"), "Message 12.");
}

fn visit_with(scripts: bool) {
    let book = GuestBook::start();
    let mut browser = Chromium::start();
    let mut tab = browser.tab(scripts);
    tab.screen(1280, 900, false);
    tab.register(&book, "<b>Ada", "ada@example.com");
    tab.visit(&book.url);
    an_empty_book_and_mistakes(&mut tab, scripts);
    an_entry_with_a_picture(&mut tab, &book, scripts);
    pages(&mut tab, &book, scripts);
}

#[test]
#[ignore = "needs Chromium and a built guest book"]
fn the_guest_book_works_in_a_browser_with_scripts() {
    visit_with(true);
}

#[test]
#[ignore = "needs Chromium and a built guest book"]
fn the_guest_book_works_in_a_browser_without_scripts() {
    visit_with(false);
}

#[test]
#[ignore = "needs Chromium and axe-core"]
fn the_check_finds_faint_text_and_a_field_without_a_label() {
    let mut browser = Chromium::start();
    let mut tab = browser.tab(true);
    tab.visit("data:text/html,<html lang=en><title>x</title><main><h1>x</h1><p style='color:%23ccc'>faint</p><input></main>");
    let found = json!(tab.violations()).to_string();
    assert!(found.contains("color-contrast") && found.contains("label"), "{found}");
}
