//! The command line: a command, and options with a value or without.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use crate::servers::{Route, Server};

/// A command and its options.
pub struct Options {
    /// The first argument.
    pub command: String,
    options: HashMap<String, String>,
}

impl Options {
    /// Reads arguments.
    ///
    /// # Panics
    /// When one is not an option.
    pub fn read(args: impl Iterator<Item = String>) -> Self {
        let mut args = args.peekable();
        let command = args.next().unwrap_or_default();
        let mut options = HashMap::new();
        while let Some(arg) = args.next() {
            let Some(name) = arg.strip_prefix("--") else { panic!("`{arg}` is no option") };
            let value = args.next_if(|next| !next.starts_with("--")).unwrap_or_default();
            options.insert(name.to_owned(), value);
        }
        Self { command, options }
    }

    /// Whether an option was given.
    pub fn has(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }

    /// A number.
    pub fn number<T: FromStr>(&self, name: &str, default: T) -> T {
        match self.options.get(name) {
            None => default,
            Some(text) => text.parse().unwrap_or_else(|_| panic!("--{name} {text} is no number")),
        }
    }

    /// What an option was given, if it was.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// A path.
    pub fn path(&self, name: &str) -> PathBuf {
        self.options.get(name).unwrap_or_else(|| panic!("--{name} is missing")).into()
    }

    /// The servers that are named, or the default.
    pub fn servers(&self, default: &[Server]) -> Vec<Server> {
        self.list("servers", default, Server::named)
    }

    /// The routes that are named, or the default.
    pub fn routes(&self, default: &[Route]) -> Vec<Route> {
        self.list("routes", default, Route::named)
    }

    fn list<T: Clone>(&self, name: &str, default: &[T], of: fn(&str) -> Option<T>) -> Vec<T> {
        let Some(names) = self.options.get(name) else { return default.to_vec() };
        let named = |one: &str| of(one).unwrap_or_else(|| panic!("--{name}: there is no `{one}`"));
        names.split(',').map(named).collect()
    }

    /// Writes a file into the folder of `--out`, if there is one.
    pub fn keep(&self, name: &str, text: &str) {
        if !self.has("out") {
            return;
        }
        let folder = self.path("out");
        let write = || {
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(name), text)
        };
        write().unwrap_or_else(|error| panic!("{}: {error}", folder.join(name).display()));
    }
}
