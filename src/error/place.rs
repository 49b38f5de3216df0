//! Where in the sources something happened.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

/// A line of a file: of a Rust source, or of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: Cow<'static, str>,
    line: u32,
}

/// This crate's own sources, as the compiler names them: `src/`, or the folder in which cargo keeps the crate.
const OWN: &str = file!().split_at(file!().len() - "error/place.rs".len()).0;

impl Place {
    /// A line of a file; lines are counted from 1.
    pub fn new(file: impl Into<Cow<'static, str>>, line: u32) -> Self {
        Self { file: file.into(), line }
    }

    /// The place that called, unless that is in lunox itself: nobody can mend an error there.
    #[track_caller]
    pub(super) fn of_caller() -> Option<Self> {
        let caller = Location::caller();
        (!caller.file().starts_with(OWN)).then(|| Self::new(caller.file(), caller.line()))
    }

    /// A place whose name does not live long, unless it is in lunox itself.
    #[cfg(feature = "framework")]
    pub(super) fn copied(location: &Location<'_>) -> Option<Self> {
        let file = location.file();
        (!file.starts_with(OWN)).then(|| Self::new(file.to_owned(), location.line()))
    }

    /// The file, relative to the folder in which it was compiled, or absolute.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }
}

impl From<&'static Location<'static>> for Place {
    fn from(location: &'static Location<'static>) -> Self {
        Self::new(location.file(), location.line())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", crate::support::plain_path(&self.file), self.line)
    }
}

/// The lines of a file around one of them.
///
/// ```
/// use lunox::error::{Excerpt, Place};
///
/// let template = "<ul>\n{% for photo in photo %}\n</ul>\n";
/// let excerpt = Excerpt::new(Place::new("resources/views/photos.html", 2), template);
/// assert_eq!(excerpt.lines().nth(1), Some((2, "{% for photo in photo %}")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    place: Place,
    first: u32,
    lines: Vec<String>,
}

/// How many lines are shown before the one that matters, and after it.
const AROUND: u32 = 7;

impl Excerpt {
    /// The lines of `text`, the whole file, around a place in it.
    pub fn new(place: Place, text: &str) -> Self {
        let first = place.line.saturating_sub(AROUND).max(1);
        let count = place.line.saturating_sub(first).saturating_add(AROUND + 1);
        let lines = text.lines().skip(first as usize - 1).take(count as usize);
        Self { first, lines: lines.map(str::to_owned).collect(), place }
    }

    /// The file, and the line that matters.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The lines with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (u32, &str)> {
        (self.first..).zip(self.lines.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(line: u32, of: usize) -> Vec<u32> {
        let text = "x\n".repeat(of);
        let excerpt = Excerpt::new(Place::new("a.rs", line), &text);
        excerpt.lines().map(|(number, _)| number).collect()
    }

    #[test]
    fn an_excerpt_has_the_lines_around_and_stays_inside_the_file() {
        assert_eq!(numbers(1, 3), [1, 2, 3]);
        assert_eq!(numbers(20, 100), (13..=27).collect::<Vec<_>>());
        assert_eq!(numbers(99, 100), (92..=100).collect::<Vec<_>>());
        assert_eq!(numbers(0, 2), [1, 2]);
        assert!(numbers(500, 3).is_empty() && numbers(u32::MAX, 3).is_empty());
    }

    #[test]
    fn a_place_in_lunox_itself_is_not_named() {
        assert_eq!(Place::of_caller(), None);
        assert_eq!(OWN, "src/");
    }

    #[test]
    fn a_place_is_written_without_detours() {
        let place = Place::new("app/../config/session.rs", 7);
        assert_eq!(place.to_string(), "config/session.rs:7");
    }
}
