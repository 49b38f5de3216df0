//! Values that live until the next page the visitor sees.
//!
//! The names of flash keys stand in `_flash.old`, as Laravel leaves them between requests. A page takes those
//! that it found with it when it is committed; a value that was flashed again, or kept, stays for one page
//! more. Because a page removes only what it found itself, a parallel request's fresh flash survives it.

use serde_json::{Value, json};

use super::changes::Change;
use super::state::State;
use crate::session::RESERVED_FLASH;
use crate::session::record::Data;
use crate::session::record::Unstorable;

/// When flash values age. `config/session.rs`: `flash_ageing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashAgeing {
    /// With each page that the visitor sees, and with any other response, redirects aside, whose action or template
    /// read the value by name. Scripts, images, prefetches, downloads and redirects leave flash alone.
    Pages,
    /// With every request, as in Laravel.
    EveryRequest,
}

/// What the visitor has seen of the flash values by a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A page: all of them end.
    Page,
    /// Another answer: those that were read by name end.
    Answer,
    /// A redirect, or a response to `HEAD`: none ends.
    Nothing,
}

/// Whether reading `key` reads the flash value `flash`: the value itself or a part of it.
pub(super) fn is_part_of(flash: &str, key: &str) -> bool {
    key.strip_prefix(flash).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl State {
    /// Keeps flash values for one page more, and makes flash values of those that were for this request only.
    pub(crate) fn keep_flash(&mut self, is_kept: impl Fn(&String) -> bool) {
        let mut kept = pending(self.data());
        kept.retain(&is_kept);
        for key in self.passing.clone().into_iter().filter(is_kept) {
            if let Some(value) = self.get(&key).cloned() {
                self.change(Change::Put(key.clone(), value));
                kept.push(key);
            }
        }
        self.change(Change::Flash(kept));
    }
}

/// The flash keys of a record.
pub(crate) fn pending(data: &mut Data) -> Vec<String> {
    let Some(Value::Object(flash)) = data.get(RESERVED_FLASH) else { return Vec::new() };
    let names = ["old", "new"].into_iter().filter_map(|list| flash.get(list)?.as_array()).flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Adds keys to those that the next page takes with it.
pub(super) fn mark(data: &mut Data, keys: &[String]) -> Result<(), Unstorable> {
    let mut names = pending(data);
    for key in keys {
        if !names.contains(key) {
            names.push(key.clone());
        }
    }
    store(data, names)
}

/// Removes the keys that a page has shown.
pub(super) fn age(data: &mut Data, seen: &[String]) -> Result<(), Unstorable> {
    let mut names = pending(data);
    for key in seen {
        // A parallel page may have taken it along already, and someone stored a value of that name since.
        if names.contains(key) {
            data.forget(key);
        }
    }
    names.retain(|name| !seen.contains(name));
    store(data, names)
}

fn store(data: &mut Data, names: Vec<String>) -> Result<(), Unstorable> {
    if names.is_empty() {
        data.forget(RESERVED_FLASH);
        return Ok(());
    }
    data.put(RESERVED_FLASH, json!({"new": [], "old": names}))
}
