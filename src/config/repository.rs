//! All configuration in one place.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::error::{BootError, BootProblem};
use crate::support::dot::{self, JsonMap};
use crate::support::place;

/// The sections of the configuration, by type for code and by dotted name for people.
#[derive(Default)]
pub struct Config {
    names: Vec<(String, TypeId)>,
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    json: JsonMap,
    problems: BootError,
}

impl Config {
    /// A configuration without sections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a section. A second one of the same name or type is left out and is one of the problems.
    ///
    /// What must not be shown, such as a password, belongs in a [`Secret`](super::Secret).
    #[must_use]
    #[track_caller]
    pub fn with<T: Serialize + Send + Sync + 'static>(
        mut self,
        name: impl Into<String>,
        value: T,
    ) -> Self {
        let name = name.into();
        let at = place(Location::caller());
        if let Some(problem) = self.clash::<T>(&name, &at) {
            self.problems.push(problem);
            return self;
        }
        let json = serde_json::to_value(&value).unwrap_or_else(|error| {
            let what = format!("section `{name}` cannot be written as JSON: {error}");
            self.problems.push(BootProblem::new(at, what));
            Value::Null
        });
        self.json.insert(name.clone(), json);
        self.names.push((name, TypeId::of::<T>()));
        self.values.insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    fn clash<T: 'static>(&self, name: &str, at: &str) -> Option<BootProblem> {
        if self.json.contains_key(name) {
            let problem = BootProblem::new(at, format_args!("section `{name}` is there twice"));
            return Some(problem.cure("remove one of them or give it another name"));
        }
        let (other, _) = self.names.iter().find(|(_, id)| *id == TypeId::of::<T>())?;
        let what = format!("sections `{other}` and `{name}` are both a `{}`", type_name::<T>());
        Some(BootProblem::new(at, what).cure("give each section a type of its own"))
    }

    /// The section of a type.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.values.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    /// The value of a dotted name, `session.cookie.name` for example; null when there is none.
    pub fn value(&self, name: &str) -> Value {
        dot::get(&self.json, name).cloned().unwrap_or_default()
    }

    /// The names of the sections, in the order in which they were added.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// Everything as one JSON object.
    pub fn to_json(&self) -> Value {
        Value::Object(self.json.clone())
    }

    /// Every value with its dotted name, section by section; lists and empty maps are values.
    pub fn flatten(&self) -> Vec<(String, Value)> {
        let mut flat = Vec::new();
        for name in self.sections() {
            flatten_into(&mut flat, name.to_owned(), &self.json[name]);
        }
        flat
    }

    /// What was wrong with the sections; `into_result()` makes it an error if anything was.
    pub fn problems(&self) -> &BootError {
        &self.problems
    }
}

fn flatten_into(flat: &mut Vec<(String, Value)>, name: String, value: &Value) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                flatten_into(flat, format!("{name}.{key}"), value);
            }
        }
        value => flat.push((name, value.clone())),
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sections()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Secret;

    #[derive(Debug, Serialize)]
    struct App {
        name: &'static str,
        key: Secret,
    }

    #[derive(Debug, Serialize)]
    struct Mail {
        hosts: Vec<&'static str>,
        from: Value,
    }

    fn app() -> App {
        App { name: "blog", key: Secret::from("hunter2") }
    }

    fn config() -> Config {
        let mail = Mail { hosts: vec!["a", "b"], from: json!({"name": "ann", "extra": {}}) };
        Config::new().with("mail", mail).with("app", app())
    }

    #[test]
    fn a_section_is_read_by_its_type() {
        assert_eq!(config().get::<App>().unwrap().key.expose(), "hunter2");
        assert!(config().get::<String>().is_none());
    }

    #[test]
    fn a_value_is_read_by_its_dotted_name() {
        let config = config();
        assert_eq!(config.value("app.name"), "blog");
        assert_eq!(config.value("mail.hosts.1"), "b");
        assert_eq!(config.value("mail.from.name"), "ann");
        assert_eq!(config.value("app"), json!({"name": "blog", "key": "********"}));
        assert_eq!(config.value("app.none"), Value::Null);
    }

    #[test]
    fn everything_is_listed_flat_and_without_secrets() {
        let expected = [
            ("mail.from.extra", json!({})),
            ("mail.from.name", json!("ann")),
            ("mail.hosts", json!(["a", "b"])),
            ("app.key", json!("********")),
            ("app.name", json!("blog")),
        ];
        // Within a section the order is serde_json's, which a feature of that crate decides.
        let mut flat = config().flatten();
        flat[..3].sort_by(|a, b| a.0.cmp(&b.0));
        flat[3..].sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(flat, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(config().sections().collect::<Vec<_>>(), ["mail", "app"]);
        assert_eq!(config().to_json()["app"]["key"], "********");
    }

    #[test]
    fn two_sections_of_one_name_or_type_are_a_problem_and_the_first_stays() {
        let config = config();
        let line = line!() + 1;
        let config = config.with("app", 5_u8).with("other", app());
        let at = format!("src/config/repository.rs:{line}");
        assert_eq!(
            config.problems().to_string(),
            format!(
                "the application cannot start: 2 problems\n  \
                 1. {at}: section `app` is there twice\n     \
                 cure: remove one of them or give it another name\n  \
                 2. {at}: sections `app` and `other` are both a \
                 `lunox::config::repository::tests::App`\n     \
                 cure: give each section a type of its own"
            )
        );
        assert!(config.get::<u8>().is_none());
        assert_eq!(config.sections().count(), 2);
    }

    #[test]
    fn a_section_that_is_no_json_is_a_problem() {
        let map = std::collections::BTreeMap::from([((1, 2), 3)]);
        let line = line!() + 1;
        let config = Config::new().with("odd", map);
        assert_eq!(
            config.problems().problems()[0].to_string(),
            format!(
                "src/config/repository.rs:{line}: section `odd` cannot be written as JSON: \
                 key must be a string"
            )
        );
    }
}
