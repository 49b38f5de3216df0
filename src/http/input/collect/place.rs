//! Where in an input a value is, and what happens to one that does not fit.

use super::super::fault::{Fault, REQUIRED};
use super::notes::{Notes, join};

/// A step into the input, with those above it.
pub(super) struct At<'p> {
    above: Option<&'p At<'p>>,
    name: &'p str,
    /// Whether the step is an element of a list or an entry of a map: its name says nothing about the type.
    counted: bool,
    depth: usize,
}

impl<'p> At<'p> {
    pub(super) const ROOT: At<'static> = At { above: None, name: "", counted: false, depth: 0 };

    pub(super) fn below(&'p self, name: &'p str, counted: bool) -> Self {
        Self { above: Some(self), name, counted, depth: self.depth + 1 }
    }

    fn write(&self, into: &mut String, name: &impl Fn(&At<'_>) -> String) {
        if let Some(above) = self.above {
            above.write(into, name);
            join(into, &name(self));
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) at: &'p At<'p>,
    pub(super) notes: &'p Notes,
    /// Whether all of this is a stand-in, about which nothing is noted.
    pub(super) silent: bool,
}

impl<'p> Place<'p> {
    pub(super) fn is_root(self) -> bool {
        self.at.above.is_none()
    }

    pub(super) fn path(self) -> String {
        let mut path = String::new();
        self.at.write(&mut path, &|at| at.name.to_owned());
        path
    }

    pub(super) fn shape(self) -> String {
        let mut shape = String::new();
        let star = |at: &At<'_>| if at.counted { "*".to_owned() } else { at.name.to_owned() };
        self.at.write(&mut shape, &star);
        shape
    }

    pub(super) fn child(self, name: &str) -> String {
        let mut path = self.path();
        join(&mut path, name);
        path
    }

    /// A stand-in that holds others may hold itself, for ever.
    pub(super) fn is_too_deep(self) -> bool {
        self.silent && self.at.depth > 80
    }

    /// The number of the file that was sent here.
    pub(super) fn file(self) -> Option<u64> {
        if self.notes.has_files() { self.notes.file(&self.path()) } else { None }
    }

    /// Notes a value for which there is a stand-in.
    pub(super) fn note(self, fault: Fault) {
        if !self.silent {
            self.notes.note(self.path(), fault.text);
            self.notes.stand_in(self.path());
        }
    }

    /// Notes a value that nothing can stand in for, so that the next pass leaves it out.
    pub(super) fn refuse(self, fault: Fault) -> Fault {
        if fault.is_noted() {
            return self.give_up();
        }
        let path = fault.field.as_deref().map_or_else(|| self.path(), |field| self.child(field));
        if !self.silent {
            self.notes.note(path.clone(), fault.text);
        }
        self.notes.stand_in(path.clone());
        self.notes.hide(path);
        Fault::noted()
    }

    /// Leaves all of this out, unless the next pass differs from this one already.
    pub(super) fn give_up(self) -> Fault {
        if !self.notes.has_learned() {
            self.notes.stand_in(self.path());
            self.notes.hide(self.path());
        }
        Fault::noted()
    }

    /// As [`refuse`](Place::refuse), for a struct: a field that is missing only has to be known as required.
    pub(super) fn refuse_struct(self, fault: Fault) -> Fault {
        let missing = fault.field.as_deref().filter(|_| fault.text == REQUIRED);
        let Some(field) = missing else { return self.refuse(fault) };
        let path = self.child(field);
        if self.notes.is_hidden(&path) {
            // The field is missing because its value was refused, and the struct cannot be built without it.
            return self.give_up();
        }
        if self.notes.require(self.shape(), field) {
            return Fault::noted();
        }
        if !self.silent {
            self.notes.note(path, fault.text);
        }
        self.give_up()
    }
}
