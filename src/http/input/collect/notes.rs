//! What was found while an input was read, in all passes.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

/// A value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The dotted name of the field; empty for the input as a whole.
    pub(crate) field: String,
    /// The end of a sentence that starts with the field's name.
    pub(crate) text: String,
}

/// Paths are dotted names. A shape is the path of a type: `items.*.price` for all elements of a list.
#[derive(Default)]
pub(super) struct Notes {
    files: HashMap<String, u64>,
    misfits: RefCell<Vec<Misfit>>,
    /// The paths of `misfits`.
    noted: RefCell<HashSet<String>>,
    stand_ins: RefCell<HashSet<String>>,
    /// The fields of the structs that were met, by shape.
    structs: RefCell<HashMap<String, &'static [&'static str]>>,
    /// Fields without which a struct cannot be made, by its shape.
    required: RefCell<Vec<(String, String)>>,
    /// What is left out when the input is read again.
    hidden: RefCell<HashSet<String>>,
    /// Whether another pass would find more.
    learned: Cell<bool>,
}

impl Notes {
    pub(super) fn new(files: HashMap<String, u64>) -> Self {
        Self { files, ..Self::default() }
    }

    pub(super) fn note(&self, path: String, text: String) {
        if self.noted.borrow_mut().insert(path.clone()) {
            self.misfits.borrow_mut().push(Misfit { field: path, text });
        }
    }

    pub(super) fn misfits(&self) -> Vec<Misfit> {
        self.misfits.take()
    }

    pub(super) fn stand_in(&self, path: String) {
        self.stand_ins.borrow_mut().insert(path);
    }

    pub(super) fn stands_in(&self, path: &str) -> bool {
        let stand_ins = self.stand_ins.borrow();
        let above = path.match_indices('.').any(|(end, _)| stand_ins.contains(&path[..end]));
        above || stand_ins.contains(path) || stand_ins.contains("")
    }

    pub(super) fn stands_in_below(&self, path: &str) -> bool {
        let below = |place: &String| {
            place
                .strip_prefix(path)
                .is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('.'))
        };
        self.stand_ins.borrow().iter().any(below)
    }

    pub(super) fn met(&self, shape: String, fields: &'static [&'static str]) {
        self.structs.borrow_mut().entry(shape).or_insert(fields);
    }

    pub(super) fn fields(&self, shape: &str) -> Option<&'static [&'static str]> {
        self.structs.borrow().get(shape).copied()
    }

    /// Notes a required field; false if that was known.
    pub(super) fn require(&self, shape: String, field: &str) -> bool {
        let entry = (shape, field.to_owned());
        let mut required = self.required.borrow_mut();
        let new = !required.contains(&entry);
        if new {
            required.push(entry);
            self.learned.set(true);
        }
        new
    }

    /// The required fields of a struct.
    pub(super) fn required(&self, shape: &str) -> Vec<String> {
        let required = self.required.borrow();
        required.iter().filter(|(of, _)| of == shape).map(|(_, field)| field.clone()).collect()
    }

    /// Leaves a value out from now on; false if that was done.
    pub(super) fn hide(&self, path: String) -> bool {
        // Without the input as a whole there is nothing to read.
        let new = !path.is_empty() && self.hidden.borrow_mut().insert(path);
        self.learned.set(self.learned.get() || new);
        new
    }

    pub(super) fn is_hidden(&self, path: &str) -> bool {
        let hidden = self.hidden.borrow();
        !hidden.is_empty() && hidden.contains(path)
    }

    pub(super) fn hides_anything(&self) -> bool {
        !self.hidden.borrow().is_empty()
    }

    pub(super) fn has_learned(&self) -> bool {
        self.learned.get()
    }

    /// Whether reading the input again would find more than before.
    pub(super) fn can_go_on(&self) -> bool {
        self.learned.take()
    }

    pub(super) fn file(&self, path: &str) -> Option<u64> {
        self.files.get(path).copied()
    }

    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }
}

/// Adds a segment to a dotted name.
pub(super) fn join(path: &mut String, segment: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(segment);
}
