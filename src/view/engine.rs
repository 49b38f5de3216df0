//! Finding and rendering templates.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use include_dir::Dir;
use minijinja::functions::Function;
use minijinja::value::{FunctionArgs, FunctionResult, Serde, Value, merge_maps};
use minijinja::{Environment, ErrorKind, escape_formatter};
use serde::Serialize;

use super::shared::shared;
use super::view_error::{ViewError, innermost};
use crate::error::{BootProblem, Excerpt, Place};
use crate::support::lock::{read, write};

/// The options of `config/view.rs`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ViewConfig {
    /// The folder of the templates.
    pub path: PathBuf,
    /// Whether templates are read from the folder, and read again with every use. Otherwise they are the ones
    /// that were embedded when the program was built.
    pub reload: bool,
    /// What the function `asset` puts before a path, such as `https://cdn.example`; without it, the application itself.
    pub asset_url: Option<String>,
    /// The templates as they were when the program was built: `views!("$CARGO_MANIFEST_DIR/resources/views")`.
    #[serde(skip)]
    pub embedded: Option<&'static Dir<'static>>,
}

/// The templates of the application.
pub struct Views {
    engine: RwLock<Environment<'static>>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Folder { path: PathBuf, reload: bool },
    Embedded(&'static Dir<'static>),
}

impl Views {
    /// The templates that the options name.
    pub fn new(config: &ViewConfig) -> Self {
        let source = match config.embedded {
            Some(embedded) if !config.reload || !config.path.is_dir() => Source::Embedded(embedded),
            _ => Source::Folder { path: config.path.clone(), reload: config.reload },
        };
        let mut engine = Environment::new();
        let loader = source.clone();
        engine.set_loader(move |name| loader.read(name));
        // Includes and parents are named with dots too; both ways of writing reach the same file.
        engine.set_path_join_callback(|name, _| Cow::Owned(file_name(name)));
        // The engine would write `none`; a field without a value is empty.
        engine.set_formatter(|out, state, value| {
            if value.is_none() { Ok(()) } else { escape_formatter(out, state, value) }
        });
        super::functions::register(&mut engine, config);
        Self { engine: RwLock::new(engine), source }
    }

    /// Adds a function that templates can call: `views.function("year", || 2026)`.
    ///
    /// It takes and returns text, numbers, lists, `Option` and `Result`. What it returns is escaped, unless it is
    /// [`Value::from_safe_string`].
    pub fn function<F, Rv, Args>(&self, name: &'static str, function: F)
    where
        F: Function<Rv, Args>,
        Rv: FunctionResult,
        Args: for<'a> FunctionArgs<'a>,
    {
        write(&self.engine).add_function(name, function);
    }

    /// Gives a value to all templates. Data of the same name that a page is given comes first.
    pub fn share(&self, name: &'static str, value: impl Serialize) {
        write(&self.engine).add_global(name, Value::from(Serde(value)));
    }

    /// Whether there is a template of this name.
    pub fn exists(&self, name: &str) -> bool {
        matches!(self.source.read(&file_name(name)), Ok(Some(_)))
    }

    /// Renders a template. White space before its first character is left out: comments and `extends` leave empty lines.
    ///
    /// # Errors
    /// A missing or broken template, with its file, its line and the lines around.
    pub fn render(&self, name: &str, data: impl Serialize) -> Result<String, ViewError> {
        if let Source::Folder { reload: true, .. } = self.source {
            write(&self.engine).clear_templates();
        }
        let engine = read(&self.engine);
        let file = file_name(name);
        let template = engine.get_template(&file).map_err(|error| self.error(&file, error))?;
        let data = Value::from(Serde(data));
        let data = match shared() {
            // The last one that has a name wins.
            Some(shared) => merge_maps([shared, data]),
            None => data,
        };
        let mut page = template.render(data).map_err(|error| self.error(&file, error))?;
        let blank = page.len() - page.trim_ascii_start().len();
        page.drain(..blank);
        Ok(page)
    }

    /// What is wrong with the templates, found at boot: one that does not parse, with its file and line.
    pub fn check(&self) -> Vec<BootProblem> {
        let engine = read(&self.engine);
        self.source
            .names()
            .into_iter()
            .filter_map(|name| {
                let error = engine.get_template(&name).err()?;
                let problem = self.error(&name, error);
                Some(BootProblem::new(problem.place(), &problem.what))
            })
            .collect()
    }

    fn error(&self, file: &str, error: minijinja::Error) -> ViewError {
        let inner = innermost(&error);
        // Errors inside an included file or a parent name that file.
        let file = inner.name().unwrap_or(file);
        let what = match inner.detail() {
            _ if inner.kind() == ErrorKind::TemplateNotFound && inner.line().is_none() => {
                format!("there is no such template; looked in {}", self.source.place())
            }
            Some(detail) if inner.kind() == ErrorKind::InvalidOperation => detail.to_owned(),
            Some(detail) => format!("{}: {detail}", inner.kind()),
            None => inner.kind().to_string(),
        };
        let line = inner.line().and_then(|line| u32::try_from(line).ok());
        let name = format!("{}/{file}", self.source.place());
        let excerpt = line.and_then(|line| {
            let text = self.source.read(file).ok().flatten()?;
            Some(Box::new(Excerpt::new(Place::new(name.clone(), line), &text)))
        });
        ViewError { file: name, line, what, excerpt, source: error }
    }
}

/// `photos.show` and `photos/show.html` both are the file `photos/show.html`. Nothing outside the folder is.
fn file_name(name: &str) -> String {
    let stem = name.strip_suffix(".html").unwrap_or(name).replace('.', "/");
    // A path that begins with a slash would replace the folder.
    format!("{}.html", stem.trim_start_matches('/'))
}

impl Source {
    fn read(&self, file: &str) -> Result<Option<String>, minijinja::Error> {
        match self {
            Self::Embedded(folder) => {
                Ok(folder.get_file(file).and_then(|file| file.contents_utf8()).map(str::to_owned))
            }
            Self::Folder { path, .. } => match std::fs::read_to_string(path.join(file)) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(minijinja::Error::new(
                    ErrorKind::InvalidOperation,
                    format!("{} cannot be read: {error}", path.join(file).display()),
                )),
            },
        }
    }

    /// Where the templates are, as a person in the project's folder says it.
    fn place(&self) -> String {
        match self {
            Self::Embedded(_) => "resources/views".to_owned(),
            Self::Folder { path, .. } => {
                let tail: PathBuf =
                    path.components().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
                tail.display().to_string()
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        match self {
            Self::Embedded(folder) => embedded_names(folder, &mut names),
            Self::Folder { path, .. } => folder_names(path, path, &mut names),
        }
        names.sort();
        names
    }
}

fn embedded_names(folder: &Dir<'_>, names: &mut Vec<String>) {
    let files = folder.files().map(|file| file.path().to_string_lossy().into_owned());
    names.extend(files.filter(|name| name.ends_with(".html")));
    folder.dirs().for_each(|dir| embedded_names(dir, names));
}

fn folder_names(root: &Path, folder: &Path, names: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            folder_names(root, &path, names);
        } else if path.extension().is_some_and(|extension| extension == "html")
            && let Ok(name) = path.strip_prefix(root)
        {
            names.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Embeds a folder of templates into the program: `views!("$CARGO_MANIFEST_DIR/resources/views")`.
#[macro_export]
macro_rules! views {
    ($folder:tt) => {{
        use $crate::__private::include_dir;
        static VIEWS: include_dir::Dir<'static> = include_dir::include_dir!($folder);
        &VIEWS
    }};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context;

    fn views(files: &[(&str, &str)], reload: bool) -> (Views, tempfile::TempDir) {
        // Without a dot, which in a view's name is a slash.
        let folder = tempfile::Builder::new().prefix("views").tempdir().expect("a folder");
        let root = folder.path().join("resources/views");
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        (Views::new(&ViewConfig { path: root, reload, ..ViewConfig::default() }), folder)
    }

    #[test]
    fn a_view_is_named_with_dots_and_escapes_what_it_shows() {
        let (views, _folder) = views(
            &[
                ("a/b.html", "{% extends 'layouts.app' %}{% block body %}{{ name }}{% endblock %}"),
                ("layouts/app.html", "<{% block body %}{% endblock %}>"),
            ],
            false,
        );
        let page = views.render("a.b", context! { name => "<script>" }).expect("renders");
        assert_eq!(page, "<&lt;script&gt;>");
        assert!(views.exists("a.b") && !views.exists("a.c"));
    }

    #[test]
    fn a_missing_or_broken_template_names_file_and_line() {
        let (views, _folder) =
            views(&[("broken.html", "fine\n{% if %}\n"), ("uses.html", "\n\n{{ a.b.c }}")], false);
        let error = |name: &str| views.render(name, context! {}).expect_err("fails").to_string();
        assert!(
            error("nope").starts_with("resources/views/nope.html: there is no such template"),
            "{}",
            error("nope")
        );
        assert!(
            error("broken").starts_with("resources/views/broken.html:2: syntax error"),
            "{}",
            error("broken")
        );
        assert!(
            error("uses").starts_with("resources/views/uses.html:3: undefined value"),
            "{}",
            error("uses")
        );
        assert_eq!(views.check().len(), 1);
    }

    #[test]
    fn a_changed_template_is_read_again_while_developing() {
        let (views, folder) = views(&[("page.html", "one")], true);
        assert_eq!(views.render("page", ()).expect("renders"), "one");
        std::fs::write(folder.path().join("resources/views/page.html"), "two").expect("written");
        assert_eq!(views.render("page", ()).expect("renders"), "two");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let (views, folder) = views(&[("page.html", "one")], false);
        std::fs::write(folder.path().join("secret.html"), "secret").expect("written");
        let outside = folder.path().join("secret").display().to_string();
        let dots = format!("....{}", outside.trim_start_matches('/'));
        for name in [&outside, &dots, "../../secret", "..%2f..%2fsecret", "../page"] {
            let page = views.render(name, ()).unwrap_or_default();
            assert!(!page.contains("secret") && !views.exists(&outside), "{name}: {page}");
        }
    }
}
