//! Careful edits of an application's source files.

use std::path::{Path, PathBuf};

use super::run::Failure;

fn fail<T>(text: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Message(text.into()))
}

/// The name of a type to be made, and the folders that it goes into.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) folders: Vec<String>,
    pub(super) type_name: String,
    /// The file's name without its ending: the type's in snake case.
    pub(super) file: String,
}

impl Name {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let mut folders: Vec<&str> = text.split(['/', '\\']).collect();
        let type_name = folders.pop().unwrap_or_default();
        let pascal = type_name.starts_with(|c: char| c.is_ascii_uppercase())
            && type_name.chars().all(|c| c.is_ascii_alphanumeric());
        let snake = |folder: &&str| {
            folder.starts_with(|c: char| c.is_ascii_lowercase())
                && folder.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if !pascal || !folders.iter().all(snake) {
            return fail(format!(
                "`{text}` is no name for a type; write it like PhotoController or admin/PhotoController"
            ));
        }
        Ok(Self {
            folders: folders.into_iter().map(str::to_owned).collect(),
            type_name: type_name.to_owned(),
            file: snake_case(type_name),
        })
    }

    /// The name, if it goes into no folder.
    pub(super) fn flat(self) -> Result<Self, Failure> {
        if self.folders.is_empty() {
            Ok(self)
        } else {
            fail("this kind of type goes into no folder")
        }
    }

    pub(super) fn module_path(&self, root: &str) -> String {
        let mut path = root.to_owned();
        for part in self.folders.iter().chain([&self.file]) {
            path.push_str("::");
            path.push_str(part);
        }
        path
    }

    /// The name without an ending, in snake case: `PhotoController` gives `photo`.
    pub(super) fn stem(&self, ending: &str) -> String {
        snake_case(self.type_name.strip_suffix(ending).unwrap_or(&self.type_name))
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let after_lower = index > 0 && !chars[index - 1].is_ascii_uppercase();
        let before_lower = index > 0 && chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// Writes the file of a type from a stub.
pub(super) fn write_type(
    folder: &Path,
    name: &Name,
    stub: &str,
    force: bool,
) -> Result<PathBuf, Failure> {
    if !folder.is_dir() {
        return fail(format!(
            "{} is missing; run this in the folder of a lunox application",
            folder.display()
        ));
    }
    let mut path = folder.to_owned();
    name.folders.iter().for_each(|part| path.push(part));
    std::fs::create_dir_all(&path)?;
    path.push(format!("{}.rs", name.file));
    if path.exists() && !force {
        return fail(format!("{} is there already; --force replaces it", path.display()));
    }
    std::fs::write(&path, stub.replace("{{ type }}", &name.type_name))?;
    Ok(path)
}

/// Declares the module of a type in the `mod.rs` of its folder, and its folders in theirs.
pub(super) fn declare(folder: &Path, name: &Name, keyword: &str) -> Result<(), Failure> {
    let mut folder = folder.to_owned();
    for part in name.folders.iter().chain([&name.file]) {
        let file = folder.join("mod.rs");
        if !file.exists() {
            std::fs::write(&file, "")?;
        }
        Edit::open(&file)?
            .add_line_after(&format!("{keyword} "), &format!("{keyword} {part};"))
            .save()?;
        folder.push(part);
    }
    Ok(())
}

/// A source file being changed.
pub(super) struct Edit {
    path: PathBuf,
    text: String,
}

impl Edit {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { path: path.to_owned(), text }),
            Err(error) => fail(format!("{}: {error}", path.display())),
        }
    }

    /// Adds a line in its alphabetical place among those that start with `prefix`, or after the file's comment.
    pub(super) fn add_line_after(mut self, prefix: &str, line: &str) -> Self {
        let mut lines: Vec<&str> = self.text.lines().collect();
        if lines.contains(&line) {
            return self;
        }
        let alike: Vec<usize> =
            (0..lines.len()).filter(|index| lines[*index].starts_with(prefix)).collect();
        let place = match alike.iter().find(|index| lines[**index] > line) {
            Some(index) => *index,
            None => match alike.last() {
                Some(last) => last + 1,
                None => {
                    let head = lines
                        .iter()
                        .take_while(|line| line.starts_with("//!") || line.starts_with("#!["))
                        .count();
                    if head > 0 {
                        lines.insert(head, "");
                        head + 1
                    } else {
                        0
                    }
                }
            },
        };
        lines.insert(place, line);
        if alike.is_empty() && lines.get(place + 1).is_some_and(|next| !next.is_empty()) {
            lines.insert(place + 1, "");
        }
        self.text = lines.join("\n") + "\n";
        self
    }

    /// Adds a `use` line after the last one.
    pub(super) fn add_use(mut self, line: &str) -> Self {
        if self.text.lines().any(|other| other == line) {
            return self;
        }
        let mut lines: Vec<&str> = self.text.lines().collect();
        let last = lines.iter().rposition(|line| line.starts_with("use ") && line.ends_with(';'));
        lines.insert(last.map_or(0, |index| index + 1), line);
        self.text = lines.join("\n") + "\n";
        self
    }

    /// Adds an element to the list that `opening` begins, before `before` if the list has that.
    pub(super) fn add_to_list(
        mut self,
        opening: &str,
        element: &str,
        before: Option<&str>,
    ) -> Result<Self, Failure> {
        let Some(start) = self.text.find(opening).map(|start| start + opening.len()) else {
            return fail(format!(
                "{} has no `{opening}...]`; add {element} by hand",
                self.path.display()
            ));
        };
        let Some(end) = closing(&self.text[start..]).map(|end| start + end) else {
            return fail(format!(
                "{}: the list after `{opening}` does not end",
                self.path.display()
            ));
        };
        let body = &self.text[start..end];
        let mut elements: Vec<String> = split(body);
        if elements.iter().any(|other| name_of(other) == element) {
            return Ok(self);
        }
        let place =
            before.and_then(|before| elements.iter().position(|other| name_of(other) == before));
        elements.insert(place.unwrap_or(elements.len()), element.to_owned());
        let list = if body.contains('\n') || elements.len() > 3 {
            let line_start = self.text[..start].rfind('\n').map_or(0, |index| index + 1);
            let indent: String =
                self.text[line_start..].chars().take_while(|c| c.is_whitespace()).collect();
            let rows: String =
                elements.iter().map(|element| format!("\n{indent}    {element},")).collect();
            format!("{rows}\n{indent}")
        } else {
            elements.join(", ")
        };
        self.text.replace_range(start..end, &list);
        Ok(self)
    }

    /// Adds a statement at the end of the function that `opening` begins.
    pub(super) fn add_statement(mut self, opening: &str, statement: &str) -> Result<Self, Failure> {
        if self.text.contains(statement) {
            return Ok(self);
        }
        let end = self
            .text
            .find(opening)
            .and_then(|start| self.text[start..].find("\n}").map(|end| start + end));
        let Some(end) = end else {
            return fail(format!(
                "{} has no `{opening}...`; add `{statement}` by hand",
                self.path.display()
            ));
        };
        self.text.insert_str(end, &format!("\n    {statement}"));
        Ok(self)
    }

    pub(super) fn save(self) -> Result<(), Failure> {
        std::fs::write(&self.path, &self.text)
            .or_else(|error| fail(format!("{}: {error}", self.path.display())))
    }
}

/// Where the bracket that is open closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (index, c) in text.char_indices() {
        match c {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// The elements of a list; a comment stays with the element that it stands before.
fn split(body: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let mut current = String::new();
    let mut depth = 0;
    let mut comment = false;
    for c in body.chars() {
        match c {
            '\n' => comment = false,
            '/' if current.ends_with('/') => comment = true,
            '[' | '(' | '{' if !comment => depth += 1,
            ']' | ')' | '}' if !comment => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 && !comment {
            elements.push(std::mem::take(&mut current).trim().to_owned());
        } else {
            current.push(c);
        }
    }
    let last = current.trim();
    if !last.is_empty() {
        elements.push(last.to_owned());
    }
    elements
}

fn name_of(element: &str) -> &str {
    element.lines().last().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str) -> Edit {
        Edit { path: PathBuf::from("file.rs"), text: text.to_owned() }
    }

    fn listed(text: &str, element: &str) -> String {
        match edit(text).add_to_list("list![", element, Some("Last")) {
            Ok(edit) => edit.text,
            Err(_) => "failed".to_owned(),
        }
    }

    #[test]
    fn names_become_files() {
        assert_eq!(snake_case("PhotoController"), "photo_controller");
        assert_eq!(snake_case("HTTPServer2Thing"), "http_server2_thing");
        assert!(Name::parse("admin/PhotoController").is_ok());
        for bad in
            ["photo", "../Photo", "Photo Controller", "", "Admin/Photo", "/Photo", "Photo::X"]
        {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_element_joins_a_list_however_it_is_written() {
        assert_eq!(listed("x: list![],", "A"), "x: list![A],");
        assert_eq!(listed("x: list![A, Last],", "B"), "x: list![A, B, Last],");
        assert_eq!(listed("x: list![A, B],", "B"), "x: list![A, B],");
        let many = "    x: list![\n        A,\n        // Why.\n        Last,\n    ],";
        let after = "    x: list![\n        A,\n        B,\n        // Why.\n        Last,\n    ],";
        assert_eq!(listed(many, "B"), after);
        assert_eq!(listed("nothing", "B"), "failed");
    }

    #[test]
    fn lines_are_added_in_order() {
        let text = "//! Top.\n\nmod a;\nmod c;\n\npub use a::A;\n";
        let after =
            edit(text).add_line_after("mod ", "mod b;").add_line_after("pub use ", "pub use b::B;");
        assert_eq!(
            after.text,
            "//! Top.\n\nmod a;\nmod b;\nmod c;\n\npub use a::A;\npub use b::B;\n"
        );
        assert_eq!(
            edit("//! Top.\n").add_line_after("mod ", "mod b;").text,
            "//! Top.\n\nmod b;\n"
        );
        assert_eq!(edit("").add_line_after("mod ", "mod b;").text, "mod b;\n");
        let uses = edit("//! Top.\n\nmod b;\n\nuse x::Y;\n").add_line_after("mod ", "mod a;");
        assert_eq!(uses.text, "//! Top.\n\nmod a;\nmod b;\n\nuse x::Y;\n");
    }

    #[test]
    fn a_statement_goes_to_the_end_of_its_function() {
        let text = "pub fn middleware(m: &mut M) {\n    m.x();\n}\n";
        let after = edit(text).add_statement("pub fn middleware(", "m.y();").map(|edit| edit.text);
        assert_eq!(
            after.ok().as_deref(),
            Some("pub fn middleware(m: &mut M) {\n    m.x();\n    m.y();\n}\n")
        );
    }
}
