//! What bindings are found by.

use std::any::TypeId;
use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

/// A type, and a name where one type has several bindings.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    id: TypeId,
    type_name: &'static str,
    name: Option<Arc<str>>,
}

impl Key {
    pub(super) fn of<T: ?Sized + 'static>(name: Option<&str>) -> Self {
        Self {
            id: TypeId::of::<T>(),
            type_name: std::any::type_name::<T>(),
            name: name.map(Arc::from),
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", short(self.type_name))?;
        match &self.name {
            Some(name) => write!(f, " named `{name}`"),
            None => Ok(()),
        }
    }
}

/// A type's name without its modules: `Vec<Mailer>` for `alloc::vec::Vec<app::Mailer>`.
pub(super) fn short(type_name: &str) -> String {
    let mut out = String::with_capacity(type_name.len());
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for piece in type_name.split_inclusive(|c| !is_path(c)) {
        let piece = piece.rfind("::").map_or(piece, |at| &piece[at + 2..]);
        out.push_str(piece);
    }
    out
}

/// A hasher for keys that are hashes already, as `TypeId` is.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Should the standard library come to hash a `TypeId` otherwise, lookups stay right.
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_has_no_modules() {
        for (long, brief) in [
            ("u8", "u8"),
            ("app::mail::Mailer", "Mailer"),
            ("dyn app::Clock", "dyn Clock"),
            ("alloc::vec::Vec<(app::A, &str)>", "Vec<(A, &str)>"),
            ("dyn core::ops::Fn(app::A) -> std::b::B + Send", "dyn Fn(A) -> B + Send"),
        ] {
            assert_eq!(short(long), brief);
        }
    }
}
