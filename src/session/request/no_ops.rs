//! Changes that leave everything as it was, as far as their request can see.
//!
//! They are not changes: a request that makes only such ones writes nothing. But where the same request changes the same
//! key as well, they count, because on the data of a parallel request they may do something: `forget` and then `push`
//! leaves one element, whatever was pushed meanwhile.

use std::collections::HashMap;

use super::changes::Change;
use crate::support::dot;

/// The no-ops of a request, each with the number of changes that were made before it.
#[derive(Default)]
pub(super) struct NoOps {
    noted: Vec<(usize, Change)>,
    /// For requests that change many keys.
    tables: Option<Box<Tables>>,
}

/// What is found by the root of a key.
#[derive(Default)]
struct Tables {
    /// The no-ops that were noted before those in the list.
    noted: HashMap<String, Vec<Change>>,
    /// Where keys were changed last, of the changes looked at so far.
    last: HashMap<String, usize>,
    looked_at: usize,
}

/// Of more, the roots are kept in tables: looking through all of them for each change would take the square of their number.
const FEW: usize = 64;

impl NoOps {
    /// Keeps a no-op in mind, or makes a change of it where its key was changed before.
    pub(super) fn note(&mut self, no_op: Change, made: &mut Vec<Change>) {
        let touched = match root(&no_op) {
            Some(root) => self.last(made, root).is_some(),
            None => no_op == Change::Flush && !made.is_empty(),
        };
        if touched {
            return made.push(no_op);
        }
        let is_flush = no_op == Change::Flush;
        if is_flush {
            // Of several, the last decides.
            self.noted.retain(|(_, noted)| *noted != Change::Flush);
        }
        if is_flush || root(&no_op).is_some() {
            if self.noted.len() == FEW {
                self.spill();
            }
            self.noted.push((made.len(), no_op));
        }
    }

    fn tables(&mut self) -> &mut Tables {
        self.tables.get_or_insert_default()
    }

    /// The index of the last change to a key.
    fn last(&mut self, made: &[Change], root: &str) -> Option<usize> {
        if made.len() < FEW {
            return made.iter().rposition(|change| self::root(change) == Some(root));
        }
        let Tables { last, looked_at, .. } = self.tables();
        for (index, change) in made.iter().enumerate().skip(*looked_at) {
            if let Some(root) = self::root(change) {
                last.insert(root.to_owned(), index);
            }
        }
        *looked_at = made.len();
        last.get(root).copied()
    }

    /// Moves what was noted about keys into the table.
    #[cold]
    fn spill(&mut self) {
        for (before, no_op) in std::mem::take(&mut self.noted) {
            match root(&no_op).map(str::to_owned) {
                Some(root) => self.tables().noted.entry(root).or_default().push(no_op),
                None => self.noted.push((before, no_op)),
            }
        }
    }

    /// Makes changes of the no-ops about the key that `change` is about to change.
    pub(super) fn recall(&mut self, change: &Change, made: &mut Vec<Change>) {
        if *change == Change::Flush {
            *self = Self::default();
            return;
        }
        if self.noted.is_empty() && self.tables.is_none() {
            return;
        }
        let Some(root) = root(change) else { return };
        let tables = self.tables.as_mut();
        made.extend(tables.and_then(|tables| tables.noted.remove(root)).into_iter().flatten());
        for (before, no_op) in std::mem::take(&mut self.noted) {
            if self::root(&no_op) == Some(root) {
                made.push(no_op);
                continue;
            }
            let mut is_first = || self.last(made, root).is_none_or(|last| last < before);
            if no_op == Change::Flush && is_first() {
                made.push(Change::Forget(root.to_owned()));
            }
            self.noted.push((before, no_op));
        }
    }
}

/// The first segment of the key that a change is about. What marks flash keys is about no key of its own.
fn root(change: &Change) -> Option<&str> {
    match change {
        Change::Put(key, _)
        | Change::Forget(key)
        | Change::Increment(key, _)
        | Change::Push(key, _) => Some(dot::split(key).map_or(key, |(first, _)| first)),
        Change::Flush | Change::Flash(_) | Change::Age(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As `NoOps` was before it had tables, which is what it should do.
    #[derive(Default)]
    struct Model(Vec<(usize, Change)>);

    impl Model {
        fn note(&mut self, no_op: Change, made: &mut Vec<Change>) {
            let touched = match root(&no_op) {
                Some(root) => made.iter().any(|change| super::root(change) == Some(root)),
                None => no_op == Change::Flush && !made.is_empty(),
            };
            if touched {
                made.push(no_op);
            } else {
                self.0.push((made.len(), no_op));
            }
        }

        fn recall(&mut self, change: &Change, made: &mut Vec<Change>) {
            if *change == Change::Flush {
                return self.0.clear();
            }
            let Some(root) = root(change) else { return };
            for (before, no_op) in std::mem::take(&mut self.0) {
                if super::root(&no_op) == Some(root) {
                    made.push(no_op);
                    continue;
                }
                let touched = made[before..].iter().any(|made| super::root(made) == Some(root));
                if no_op == Change::Flush && !touched {
                    made.push(Change::Forget(root.to_owned()));
                }
                self.0.push((before, no_op));
            }
        }
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            20 => (0..90u8, 0..3i64).prop_map(|(key, by)| Change::Increment(format!("k{key}.n"), by)),
            20 => (0..90u8).prop_map(|key| Change::Forget(format!("k{key}"))),
            1 => Just(Change::Flush),
        ]
    }

    proptest! {
        #[test]
        fn many_are_recalled_as_few_are(steps in prop::collection::vec((any::<bool>(), change()), 0..400)) {
            let (mut no_ops, mut made) = (NoOps::default(), Vec::new());
            let (mut model, mut expected) = (Model::default(), Vec::new());
            for (is_no_op, change) in steps {
                if is_no_op {
                    no_ops.note(change.clone(), &mut made);
                    model.note(change, &mut expected);
                } else {
                    no_ops.recall(&change, &mut made);
                    made.push(change.clone());
                    model.recall(&change, &mut expected);
                    expected.push(change);
                }
            }
            // What concerns one key is made in the same order. Forgetting twice in a row is forgetting once.
            for key in (0..90).map(|n| format!("k{n}")) {
                let about = |made: &[Change]| -> Vec<Change> {
                    let is = |made: &&Change| root(made) == Some(&key) || **made == Change::Flush;
                    let mut about: Vec<Change> = made.iter().filter(is).cloned().collect();
                    about.dedup_by(|a, b| a == b && matches!(a, Change::Forget(_)));
                    about
                };
                prop_assert_eq!(about(&made), about(&expected));
            }
        }
    }
}
