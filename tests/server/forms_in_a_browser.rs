//! The skeleton's form in a real browser, with and without JavaScript.
//!
//! It needs Chromium: `cargo test --test server -- --ignored in_a_browser`

use crate::chromium::{Chromium, Tab};
use crate::process::Site;

const SAVE: &str = "main form:first-of-type button";
const TOKEN: &str = "main form:first-of-type input[name=_token]";

/// A browser sends no Fetch Metadata over plain HTTP to another name than localhost, and with this no `Origin` either:
/// the token alone shows where the form comes from.
const SAY_NOTHING: &str = "document.head.insertAdjacentHTML('beforeend', \
                           '<meta name=referrer content=no-referrer>')";

fn visit_with(scripts: bool) {
    let site = Site::new();
    let server = site.start();
    let mut browser = Chromium::start();
    let mut tab = browser.tab(scripts);
    tab.visit("data:text/html,<p>off<script>document.body.innerText = 'on'</script>");
    assert_eq!(tab.text("body"), if scripts { "on" } else { "off" });

    let url = format!("http://blog.test:{}/profile", server.address().port());
    tab.visit(&url);
    assert_eq!(tab.text("h1"), "Hello. Who are you?");
    mistakes_come_back(&mut tab);
    what_is_right_is_saved(&mut tab);
    the_token_is_asked_for(&mut tab, &url);
    if scripts {
        let delete = "fetch('/profile', {method: 'DELETE', redirect: 'manual', \
                      headers: {'X-CSRF-TOKEN': document.querySelector('[name=_token]').value}})";
        assert_eq!(tab.ask(&format!("{delete}.then(answer => answer.type)")), "opaqueredirect");
        tab.reload();
    } else {
        tab.submit(".forget button");
    }
    assert_eq!(tab.text("[role=status]"), "Forgotten.");
    assert_eq!(tab.text("h1"), "Hello. Who are you?");
}

fn mistakes_come_back(tab: &mut Tab<'_>) {
    let about = "so-long ".repeat(40) + "!";
    tab.fill("#about", &about);
    tab.click("[name=telescope]");
    tab.submit(SAVE);
    assert_eq!(tab.text("#name-error"), "Write your name.");
    assert_eq!(tab.text("#about-error"), "Keep it to 280 characters.");
    assert_eq!(tab.text("#phase-error"), "Choose one of the phases.");
    assert_eq!(tab.ask("document.querySelectorAll('[aria-invalid=true]').length"), 3);
    assert_eq!(tab.ask("document.querySelector('#about').value"), about.as_str());
    assert_eq!(tab.ask("document.querySelector('[name=telescope]').checked"), true);
    assert!(tab.text("[role=alert]").starts_with("Nothing was saved."));

    tab.reload();
    assert_eq!(tab.text(".error") + &tab.text("[role=alert]"), "");
}

fn what_is_right_is_saved(tab: &mut Tab<'_>) {
    tab.fill("#name", "<b>Ada");
    tab.fill("#about", "Engines.\nAnd notes.");
    tab.press("#phase", "ArrowDown", 40);
    tab.submit(SAVE);
    assert_eq!(tab.text("[role=status]"), "Saved.");
    tab.reload();
    assert_eq!(tab.text("[role=status]"), "");
    assert_eq!(tab.text("h1"), "Hello, <b>Ada.");
    assert_eq!(tab.ask("document.querySelector('#about').value"), "Engines.\nAnd notes.");
    assert_eq!(tab.ask("document.querySelector('#phase').value"), "0");
}

fn the_token_is_asked_for(tab: &mut Tab<'_>, url: &str) {
    tab.ask(SAY_NOTHING);
    tab.fill("#name", "Grace");
    tab.submit(SAVE);
    assert_eq!(tab.text("h1"), "Hello, Grace.");

    tab.ask(SAY_NOTHING);
    tab.ask(&format!("document.querySelector('{TOKEN}').remove()"));
    tab.fill("#name", "Mallory");
    tab.submit(SAVE);
    assert!(tab.text("body").contains("419"), "{}", tab.text("body"));
    tab.visit(url);
    assert_eq!(tab.text("h1"), "Hello, Grace.");
}

#[test]
#[ignore = "needs Chromium"]
fn a_form_works_in_a_browser_with_scripts() {
    visit_with(true);
}

#[test]
#[ignore = "needs Chromium"]
fn a_form_works_in_a_browser_without_scripts() {
    visit_with(false);
}
