//! The name of what is made: a type, its module, and the folders above it.

use heck::{ToSnakeCase, ToUpperCamelCase};

use crate::console::failure::Failure;
use crate::support::is_word_of_rust;

/// `admin/PhotoController`: the type `PhotoController` in `admin/photo_controller.rs`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) folders: Vec<String>,
    pub(super) module: String,
    pub(super) type_name: String,
}

impl Name {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.replace("::", "/").replace('\\', "/");
        let text = text.strip_suffix(".rs").unwrap_or(&text);
        let mut parts: Vec<String> = Vec::new();
        for part in text.trim_matches('/').split('/') {
            let plain = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            let module = part.to_snake_case();
            if !plain || !module.starts_with(|c: char| c.is_ascii_lowercase()) {
                return Err(Failure::refused(format!(
                    "`{part}` cannot be the name of a type: it takes letters and digits, and a letter first"
                )));
            }
            if is_word_of_rust(&module) {
                return Err(Failure::refused(format!("`{module}` is a word of Rust itself")));
            }
            parts.push(module);
        }
        let module = parts.pop().unwrap_or_default();
        Ok(Self { folders: parts, type_name: module.to_upper_camel_case(), module })
    }

    /// Puts the names into the text of a stub.
    pub(super) fn fill(&self, stub: &str) -> String {
        stub.replace("{{ type }}", &self.type_name).replace("{{ command }}", &self.command())
    }

    /// The name under which routes use a middleware: `ensure-token-is-valid`.
    pub(super) fn alias(&self) -> String {
        self.module.replace('_', "-")
    }

    /// The name of a command: its folders, or else its first word, are the group: `send:weekly-report`.
    pub(super) fn command(&self) -> String {
        let name = if self.folders.is_empty() {
            self.module.replacen('_', ":", 1)
        } else {
            format!("{}:{}", self.folders.join(":"), self.module)
        };
        name.replace('_', "-")
    }

    /// What a controller's path may be: `photos` for `PhotoController`.
    pub(super) fn plural(&self) -> String {
        let word = self.module.strip_suffix("_controller").unwrap_or(&self.module);
        let word = word.replace('_', "-");
        match word.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
            _ if word.ends_with(['s', 'x']) || word.ends_with("ch") || word.ends_with("sh") => {
                format!("{word}es")
            }
            _ => format!("{word}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (String, String) {
        match Name::parse(text) {
            Ok(name) => {
                let path = [name.folders.clone(), vec![name.module.clone()]].concat().join("/");
                (path, name.type_name)
            }
            Err(Failure::Message(why)) => ("refused".to_owned(), why),
            Err(_) => panic!("names are refused, nothing else"),
        }
    }

    #[test]
    fn a_type_has_a_file_of_its_name() {
        for (text, path, type_name) in [
            ("PhotoController", "photo_controller", "PhotoController"),
            ("photo_controller", "photo_controller", "PhotoController"),
            ("admin/PhotoController", "admin/photo_controller", "PhotoController"),
            ("Admin\\Api::Photo", "admin/api/photo", "Photo"),
            ("HTTPController.rs", "http_controller", "HttpController"),
            ("OAuth2Controller", "o_auth2_controller", "OAuth2Controller"),
            ("ensure-token", "ensure_token", "EnsureToken"),
        ] {
            assert_eq!(parse(text), (path.to_owned(), type_name.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_module_is_refused() {
        for text in
            ["", "../Photo", "1st", "Type", "admin/Self", "Mod", "Photo Import", "a//B", "É", "_"]
        {
            assert_eq!(parse(text).0, "refused", "{text}");
        }
    }

    #[test]
    fn aliases_commands_and_paths_follow_from_the_name() {
        let name = |text: &str| Name::parse(text).unwrap_or_else(|_| panic!("{text} is a name"));
        assert_eq!(name("EnsureTokenIsValid").alias(), "ensure-token-is-valid");
        assert_eq!(name("SendWeeklyReport").command(), "send:weekly-report");
        assert_eq!(name("mail/SendReport").command(), "mail:send-report");
        assert_eq!(name("PhotoController").plural(), "photos");
        assert_eq!(name("CategoryController").plural(), "categories");
        assert_eq!(name("Tax").plural(), "taxes");
    }
}
