//! Headless Chromium, spoken to in its DevTools protocol over a pipe.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::DEADLINE;

/// The browser; it ends with this.
pub struct Chromium {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    /// What arrived while an answer was awaited.
    events: VecDeque<Value>,
    last_id: u64,
    _profile: TempDir,
}

impl Chromium {
    /// Starts the browser. It finds every name below `.test` on this machine.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut process = Command::new("/bin/sh")
            // The browser reads commands from descriptor 3 and writes to 4.
            .args(["-c", "exec chromium \"$@\" 3<&0 4>&1 >/dev/null", "sh"])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--remote-debugging-pipe", "--host-resolver-rules=MAP *.test 127.0.0.1"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let commands = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while output.read_until(0, &mut bytes).is_ok_and(|length| length > 0) {
                bytes.pop();
                let message = serde_json::from_slice(&bytes).expect("the browser sends JSON");
                bytes.clear();
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let events = VecDeque::new();
        Self { process, commands, messages, events, last_id: 0, _profile: profile }
    }

    /// A tab of a visitor with no cookies.
    pub fn tab(&mut self, scripts: bool) -> Tab<'_> {
        let context = self.send("", "Target.createBrowserContext", json!({}));
        let target = json!({"url": "about:blank", "browserContextId": context["browserContextId"]});
        let target = self.send("", "Target.createTarget", target);
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.send("", "Target.attachToTarget", attach)["sessionId"].clone();
        let session = session.as_str().unwrap().to_owned();
        let mut tab = Tab { browser: self, session };
        tab.send("Page.enable", json!({}));
        // A page that fades in takes no clicks.
        let still = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
        tab.send("Emulation.setEmulatedMedia", still);
        tab.send("Emulation.setScriptExecutionDisabled", json!({"value": !scripts}));
        tab
    }

    fn receive(&mut self) -> Value {
        self.messages.recv_timeout(DEADLINE).expect("Chromium answers; is it installed?")
    }

    fn send(&mut self, session: &str, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let mut command = json!({"id": self.last_id, "method": method, "params": parameters});
        if !session.is_empty() {
            command["sessionId"] = session.into();
        }
        write!(self.commands, "{command}\0").unwrap();
        loop {
            let mut message = self.receive();
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
            self.events.push_back(message);
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub struct Tab<'b> {
    browser: &'b mut Chromium,
    session: String,
}

impl Tab<'_> {
    pub fn send(&mut self, method: &str, parameters: Value) -> Value {
        self.browser.send(&self.session, method, parameters)
    }

    /// Does something that leads to another page, and waits for that.
    fn leaving(&mut self, act: impl FnOnce(&mut Self)) {
        self.browser.events.clear();
        act(self);
        loop {
            let event = self.browser.events.pop_front();
            let event = event.unwrap_or_else(|| self.browser.receive());
            if event["method"] == "Page.loadEventFired" {
                return;
            }
        }
    }

    pub fn visit(&mut self, url: &str) {
        self.leaving(|tab| {
            tab.send("Page.navigate", json!({"url": url}));
        });
    }

    pub fn reload(&mut self) {
        self.leaving(|tab| {
            tab.send("Page.reload", json!({}));
        });
    }

    /// What an expression is worth in the page. The tools of the browser may ask where pages may not.
    pub fn ask(&mut self, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.send("Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// The text of the page, or of an element; empty where there is none.
    pub fn text(&mut self, selector: &str) -> String {
        let text = self.ask(&format!("document.querySelector({selector:?})?.innerText ?? ''"));
        text.as_str().unwrap().trim().to_owned()
    }

    /// Writes into a field, in place of what it holds.
    pub fn fill(&mut self, selector: &str, text: &str) {
        self.ask(&format!("document.querySelector({selector:?}).focus()"));
        self.ask(&format!("document.querySelector({selector:?}).select()"));
        self.send("Input.insertText", json!({"text": text}));
    }

    pub fn press(&mut self, selector: &str, key: &str, code: u32) {
        self.ask(&format!("document.querySelector({selector:?}).focus()"));
        for kind in ["rawKeyDown", "keyUp"] {
            let event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            self.send("Input.dispatchKeyEvent", event);
        }
    }

    pub fn click(&mut self, selector: &str) {
        let place = self.ask(&format!(
            "(() => {{ const element = document.querySelector({selector:?}); \
             element.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const box = element.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.send("Input.dispatchMouseEvent", event);
        }
    }

    /// Clicks on what sends a form, and waits for the page that it leads to.
    pub fn submit(&mut self, selector: &str) {
        self.leaving(|tab| tab.click(selector));
    }
}
