//! Reading and writing `.env` files.
//!
//! dotenvy parses; here is what it does not tell: on which line a variable stands.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::Path;

/// One variable of a file.
pub(super) struct Assignment {
    pub(super) key: String,
    pub(super) value: String,
    /// The number of its first line.
    pub(super) line: usize,
    last_line: usize,
}

/// What a file says: its variables, and the numbers of lines that say nothing.
#[derive(Default)]
pub(super) struct Dotenv {
    pub(super) assignments: Vec<Assignment>,
    pub(super) broken: Vec<usize>,
}

pub(super) fn parse(text: &[u8]) -> Dotenv {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let handed = Cell::new(0);
    let mut parsed = Dotenv::default();
    for item in dotenvy::from_read_iter(Lines { lines: &lines, at: 0, handed: &handed }) {
        let last_line = handed.get().clamp(1, lines.len().max(1));
        match item {
            Ok((key, value)) => {
                let is_first = |number: &usize| assigns(lines[number - 1], &key);
                let line = (1..=last_line).rev().find(is_first).unwrap_or(last_line);
                parsed.assignments.push(Assignment { key, value, line, last_line });
            }
            Err(error) => parsed.broken.push(last_line - extra_lines(&error).min(last_line - 1)),
        }
    }
    parsed
}

/// How many lines, beside the first, dotenvy took together before it gave up: an open quote goes on to the end.
fn extra_lines(error: &dotenvy::Error) -> usize {
    match error {
        dotenvy::Error::LineParse(text, _) => text.lines().count().saturating_sub(1),
        _ => 0,
    }
}

/// Whether a line begins `KEY=`.
fn assigns(line: &[u8], key: &str) -> bool {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"export").filter(|rest| rest.starts_with(b" ")).unwrap_or(line);
    let rest = line.trim_ascii_start().strip_prefix(key.as_bytes());
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
}

/// Hands out one line at a read, so that `handed` is the line that dotenvy has come to.
struct Lines<'a> {
    lines: &'a [&'a [u8]],
    at: usize,
    handed: &'a Cell<usize>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(line) = self.lines.first() else { return Ok(0) };
        let rest = &line[self.at..];
        // dotenvy takes white space at the very end for an unfinished line, so the last one is ended here.
        let rest = if rest.is_empty() { b"\n" } else { rest };
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        if rest[..count].ends_with(b"\n") {
            self.lines = &self.lines[1..];
            self.at = 0;
            self.handed.set(self.handed.get() + 1);
        }
        Ok(count)
    }
}

/// Sets one variable in a `.env` file and leaves every other byte as it is.
///
/// The variable's line is replaced, or one is added at the end; a missing file is made, readable by its owner
/// alone. The new file is written aside and renamed, so a crash leaves the old one or the new one.
///
/// # Errors
/// When the name is not a variable name, when the value cannot be written so that it reads back the same, and
/// when the file cannot be read or written.
pub fn set_in_dotenv(path: impl AsRef<Path>, key: &str, value: &str) -> io::Result<()> {
    let path = path.as_ref();
    if !is_name(key) {
        let message = format!("`{key}` is not a variable name");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (old, permissions) = match fs::read(&path) {
        Ok(old) => (old, Some(fs::metadata(&path)?.permissions())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), None),
        Err(error) => return Err(error),
    };
    let new = with_assignment(&old, key, value);
    let reads_back = parse(&new).assignments.into_iter().rfind(|found| found.key == key);
    if reads_back.is_none_or(|found| found.value != value) {
        let message = format!("{key} cannot be set: a line of the file, or the value, is broken");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    replace(&path, &new, permissions)
}

fn is_name(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

fn with_assignment(old: &[u8], key: &str, value: &str) -> Vec<u8> {
    let place = place_of(old, key);
    let replaced = &old[place.clone()];
    let ending: &[u8] = match () {
        () if replaced.ends_with(b"\r\n") => b"\r\n",
        () if !replaced.is_empty() && !replaced.ends_with(b"\n") => b"",
        () if replaced.is_empty() && old.windows(2).any(|pair| pair == b"\r\n") => b"\r\n",
        () => b"\n",
    };
    let mut new = old[..place.start].to_vec();
    if replaced.is_empty() && !new.is_empty() && !new.ends_with(b"\n") {
        new.extend_from_slice(ending);
    }
    if replaced.trim_ascii_start().starts_with(b"export ") {
        new.extend_from_slice(b"export ");
    }
    new.extend_from_slice(format!("{key}={}", quoted(value)).as_bytes());
    new.extend_from_slice(ending);
    new.extend_from_slice(&old[place.end..]);
    new
}

/// The bytes of the variable's lines, or none at the end.
fn place_of(text: &[u8], key: &str) -> Range<usize> {
    // The last counts, as when the file is read.
    let Some(found) = parse(text).assignments.into_iter().rfind(|found| found.key == key) else {
        return text.len()..text.len();
    };
    let end_of = |line: usize| -> usize {
        text.split_inclusive(|byte| *byte == b'\n').take(line).map(<[u8]>::len).sum()
    };
    // The mark that some editors put before the first line is not part of it.
    let mark = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    end_of(found.line - 1).max(mark)..end_of(found.last_line)
}

fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:+=@%,-".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | '"' | '$' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out + "\""
}

fn replace(path: &Path, text: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.new", std::process::id()));
    let written =
        write_new(aside.as_ref(), text, permissions).and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        // The first error is the one to tell; what is left behind is only a copy.
        fs::remove_file(&aside).ok();
    }
    written
}

fn write_new(path: &Path, text: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(text)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;
