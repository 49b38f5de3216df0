//! Names with brackets: where `a[b][]` goes in a JSON map.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;

use super::InputError;
use crate::support::dot::{JsonMap, index};

/// The deepest nesting that any limit can allow: JSON values are dropped recursively.
const DEEPEST: usize = 128;

/// A JSON map in the making; of values in each other's way the later wins.
pub(crate) struct Nest {
    depth: usize,
    /// What is read, for messages.
    what: &'static str,
    plain: JsonMap,
    branches: BTreeMap<String, Branch>,
}

impl Nest {
    /// An empty one whose names have at most `depth` pairs of brackets; `what` is what is read, a "form" for example.
    pub(crate) fn new(depth: usize, what: &'static str) -> Self {
        let depth = depth.min(DEEPEST);
        Self { depth, what, plain: JsonMap::new(), branches: BTreeMap::new() }
    }

    /// Stores `value` under a name.
    ///
    /// # Errors
    /// [`InputError::TooLarge`] when the name is nested too deep.
    pub(crate) fn insert(&mut self, name: String, value: Value) -> Result<(), InputError> {
        let Some((root, keys)) = split(&name, self.depth).map_err(|TooDeep| self.too_deep())?
        else {
            self.branches.remove(&name);
            self.plain.insert(name, value);
            return Ok(());
        };
        self.plain.remove(root);
        let mut keys = keys.split("][");
        let branch = self.branches.entry(root.to_owned()).or_default();
        let mut place = branch.place(keys.next().unwrap_or_default());
        for key in keys {
            place = place.branch().place(key);
        }
        *place = Node::Leaf(value);
        Ok(())
    }

    fn too_deep(&self) -> InputError {
        let Self { what, depth, .. } = self;
        InputError::TooLarge(format!(
            "A field of the {what} is nested more than {depth} levels deep."
        ))
    }

    /// The finished map.
    pub(crate) fn into_map(self) -> JsonMap {
        let mut map = self.plain;
        map.extend(self.branches.into_iter().map(|(name, branch)| (name, branch.into_value())));
        map
    }
}

struct TooDeep;

/// Splits `a[b][c]` into `a` and `b][c`; none for a name whose brackets are letters.
fn split(name: &str, depth: usize) -> Result<Option<(&str, &str)>, TooDeep> {
    let Some(open) = name.find('[').filter(|open| *open > 0) else {
        return Ok(None);
    };
    let (root, brackets) = name.split_at(open);
    let mut rest = brackets;
    let mut levels = 0;
    while !rest.is_empty() {
        let Some((_, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return Ok(None);
        };
        levels += 1;
        if levels > depth {
            return Err(TooDeep);
        }
        rest = after;
    }
    Ok(Some((root, &brackets[1..brackets.len() - 1])))
}

enum Node {
    Leaf(Value),
    Branch(Branch),
}

impl Node {
    fn branch(&mut self) -> &mut Branch {
        if let Self::Leaf(_) = self {
            *self = Self::Branch(Branch::default());
        }
        match self {
            Self::Branch(branch) => branch,
            Self::Leaf(_) => unreachable!("a leaf was just replaced"),
        }
    }
}

/// A list for as long as its keys are 0, 1, 2 in that order, and a map from then on.
#[derive(Default)]
struct Branch {
    entries: BTreeMap<String, Node>,
    is_map: bool,
    /// One more than the largest number among the keys. Kept, because looking for it at each `[]` would
    /// make the time grow with the square of the form.
    next: usize,
}

impl Branch {
    fn place(&mut self, key: &str) -> &mut Node {
        let index = if key.is_empty() { Some(self.next) } else { index(key) };
        let key = index.map_or_else(|| key.to_owned(), |index| index.to_string());
        let size = self.entries.len();
        match self.entries.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                self.is_map |= index != Some(size);
                self.next = self.next.max(index.map_or(0, |index| index + 1));
                entry.insert(Node::Leaf(Value::Null))
            }
        }
    }

    fn into_value(self) -> Value {
        let entries = self.entries.into_iter().map(|(key, node)| match node {
            Node::Leaf(value) => (key, value),
            Node::Branch(branch) => (key, branch.into_value()),
        });
        if self.is_map {
            return Value::Object(entries.collect());
        }
        // The keys are sorted as text, `10` before `2`.
        let mut list = vec![Value::Null; entries.len()];
        for (key, value) in entries {
            if let Some(place) = index(&key).and_then(|index| list.get_mut(index)) {
                *place = value;
            }
        }
        Value::Array(list)
    }
}
