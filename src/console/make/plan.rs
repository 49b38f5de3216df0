//! Everything that a command is about to write.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::console::Output;
use crate::console::failure::Failure;

/// New texts of files, written together at the end.
pub(super) struct Plan {
    base: PathBuf,
    /// The path below the folder, the text, and whether the file is there already.
    files: Vec<(String, String, bool)>,
    /// What could not be edited and has to be done by hand.
    by_hand: Vec<String>,
}

impl Plan {
    pub(super) fn new(base: &Path) -> Result<Self, Failure> {
        if !base.join("app").is_dir() {
            return Err(Failure::refused(format!(
                "{} has no folder `app`; run this in the folder of a project",
                base.display()
            )));
        }
        Ok(Self { base: base.to_owned(), files: Vec::new(), by_hand: Vec::new() })
    }

    /// Plans a new file. One that is there is not touched unless it is forced.
    pub(super) fn create(&mut self, path: &str, text: String, force: bool) -> Result<(), Failure> {
        let exists = self.base.join(path).exists();
        if exists && !force {
            return Err(Failure::refused(format!(
                "{path} is there already; nothing was written, and --force replaces it"
            )));
        }
        self.put(path, text, exists);
        Ok(())
    }

    /// Plans a change of a file that has to be there; if that cannot be done, `by_hand` tells how.
    pub(super) fn edit(
        &mut self,
        path: &str,
        change: impl FnOnce(&str) -> Option<String>,
        by_hand: &str,
    ) -> Result<(), Failure> {
        let old = self.read(path)?;
        match old.as_deref().and_then(change) {
            Some(new) if old.as_deref() == Some(new.as_str()) => {}
            Some(new) => self.put(path, new, true),
            None => self.by_hand.push(format!("{path}: {by_hand}")),
        }
        Ok(())
    }

    /// Plans a change of a folder's `mod.rs`, which is made when it is missing.
    pub(super) fn edit_module(
        &mut self,
        folder: &str,
        change: impl FnOnce(&str) -> String,
    ) -> Result<(), Failure> {
        let path = format!("{folder}/mod.rs");
        let old = self.read(&path)?;
        let text = old.clone().unwrap_or_default();
        let new = change(&text);
        if new != text {
            self.put(&path, new, old.is_some());
        }
        Ok(())
    }

    /// A file may be changed twice: the second change starts from the first.
    fn put(&mut self, path: &str, text: String, exists: bool) {
        match self.files.iter_mut().find(|(planned, ..)| planned == path) {
            Some((_, planned, _)) => *planned = text,
            None => self.files.push((path.to_owned(), text, exists)),
        }
    }

    fn read(&self, path: &str) -> Result<Option<String>, Failure> {
        if let Some((_, text, _)) = self.files.iter().find(|(planned, ..)| planned == path) {
            return Ok(Some(text.clone()));
        }
        match fs::read_to_string(self.base.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::refused(format!("{path} cannot be read: {error}"))),
        }
    }

    /// Writes everything and says what was written.
    pub(super) fn write(self, out: &Output) -> Result<(), Failure> {
        for (path, text, exists) in &self.files {
            let file = self.base.join(path);
            let written = fs::create_dir_all(file.parent().unwrap_or(&self.base))
                .and_then(|()| fs::write(&file, text));
            written
                .map_err(|error| Failure::refused(format!("{path} cannot be written: {error}")))?;
            out.line(format_args!("  {} {path}", if *exists { "changed" } else { "wrote  " }));
        }
        if self.by_hand.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(format!("please finish by hand:\n  {}", self.by_hand.join("\n  "))))
    }
}
