//! Whether `config/mod.rs` and the providers of `config/app.rs` fit together.

use std::any::TypeId;

use super::application::lock;
use super::providers::SessionServiceProvider;
use super::{AppConfig, Application};
use crate::error::BootProblem;
use crate::session::SessionConfig;

/// A section, the type of its options, and the provider that reads it.
struct Reader {
    section: &'static str,
    is_there: bool,
    provider: &'static str,
    type_id: TypeId,
    /// Whether routes need middleware of the provider: then its absence is reported there.
    has_middleware: bool,
}

impl Application {
    /// Options that nobody reads, and providers that find none: both look as if a file of `config` had no effect.
    pub(super) fn misfits(&self) -> Vec<BootProblem> {
        if self.try_config::<AppConfig>().is_none() {
            return vec![missing("app", "no provider is registered")];
        }
        let registered: Vec<TypeId> =
            lock(&self.0.providers).iter().map(|provider| provider.type_id).collect();
        self.readers()
            .into_iter()
            .filter_map(|reader| match (registered.contains(&reader.type_id), reader.is_there) {
                (true, false) => {
                    let effect = format!("{} would use the defaults", reader.provider);
                    Some(missing(reader.section, &effect))
                }
                (false, true) if !reader.has_middleware => Some(unread(&reader)),
                _ => None,
            })
            .collect()
    }

    fn readers(&self) -> Vec<Reader> {
        vec![
            Reader {
                section: "session",
                is_there: self.try_config::<SessionConfig>().is_some(),
                provider: "SessionServiceProvider",
                type_id: TypeId::of::<SessionServiceProvider>(),
                has_middleware: true,
            },
            #[cfg(feature = "views")]
            Reader {
                section: "view",
                is_there: self.try_config::<crate::view::ViewConfig>().is_some(),
                provider: "ViewServiceProvider",
                type_id: TypeId::of::<super::providers::ViewServiceProvider>(),
                has_middleware: false,
            },
            #[cfg(feature = "database")]
            Reader {
                section: "database",
                is_there: self.try_config::<crate::database::DatabaseConfig>().is_some(),
                provider: "DatabaseServiceProvider",
                type_id: TypeId::of::<super::providers::DatabaseServiceProvider>(),
                has_middleware: false,
            },
            #[cfg(feature = "auth")]
            Reader {
                section: "auth",
                is_there: self.try_config::<crate::auth::AuthConfig>().is_some(),
                provider: "AuthServiceProvider",
                type_id: TypeId::of::<super::providers::AuthServiceProvider>(),
                has_middleware: true,
            },
        ]
    }
}

fn missing(section: &str, effect: &str) -> BootProblem {
    let what = format!("there is no section `{section}`, so {effect}");
    let cure = format!("add `mod {section};` and .with(\"{section}\", {section}::config(env))");
    BootProblem::new("config/mod.rs", what).cure(cure)
}

fn unread(reader: &Reader) -> BootProblem {
    let Reader { section, provider, .. } = reader;
    let what = format!("nobody reads the section `{section}`: {provider} is not registered");
    let cure = format!(
        "add {provider} to the providers in config/app.rs, or remove the section from config/mod.rs"
    );
    BootProblem::new("config/mod.rs", what).cure(cure)
}
