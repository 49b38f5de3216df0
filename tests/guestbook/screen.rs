//! How a page looks, and what axe-core finds in it.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::chromium::Tab;

impl Tab<'_> {
    /// The size of the window, and whether the visitor prefers dark pages.
    pub fn screen(&mut self, width: u32, height: u32, dark: bool) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.send("Emulation.setDeviceMetricsOverride", size);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.send("Emulation.setEmulatedMedia", features);
    }

    /// Chooses a file for a field.
    pub fn choose(&mut self, selector: &str, file: &Path) {
        let root = self.send("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
        let node = self.send("DOM.querySelector", json!({"nodeId": root, "selector": selector}));
        self.send("DOM.setFileInputFiles", json!({"files": [file], "nodeId": node["nodeId"]}));
    }

    /// A picture of the page, as PNG.
    pub fn picture(&mut self) -> Vec<u8> {
        let picture = self.send("Page.captureScreenshot", json!({"captureBeyondViewport": true}));
        let text = picture["data"].as_str().unwrap();
        STANDARD.decode(text).unwrap()
    }

    /// Keeps a picture of the page in `target/guestbook`.
    pub fn photograph(&mut self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/guestbook");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.picture()).unwrap();
    }

    /// The rules of axe-core that the page violates, with the elements.
    pub fn violations(&mut self) -> Vec<String> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/guestbook/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core; `just guestbook` fetches it");
        self.ask(&format!("{axe}; 0"));
        let found = self.ask(
            "axe.run().then(found => found.violations.map(found => \
             found.id + ': ' + found.nodes.map(node => node.html).join(' ')))",
        );
        let Value::Array(found) = found else { panic!("{found}") };
        found.into_iter().map(|found| found.as_str().unwrap().to_owned()).collect()
    }

    /// Looks at the page on a phone and on a desk, in light and dark.
    pub fn look(&mut self, name: &str) {
        for (place, width, height) in [("phone", 360, 740), ("desk", 1280, 900)] {
            for dark in [false, true] {
                self.screen(width, height, dark);
                let what = format!("{name}-{place}-{}", if dark { "dark" } else { "light" });
                self.photograph(&what);
                assert_eq!(self.violations(), Vec::<String>::new(), "{what}");
                let wide = self.ask("document.documentElement.scrollWidth");
                assert!(wide.as_u64() <= Some(u64::from(width)), "{what} is {wide} wide");
                let small = self.ask(
                    "[...document.querySelectorAll('a, button, input:not([type=hidden]), textarea')]\
                     .filter(it => it.getBoundingClientRect().height < 24).map(it => it.outerHTML)",
                );
                assert_eq!(small, json!([]), "{what}: too small to be touched");
            }
        }
    }
}
