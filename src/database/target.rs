//! Where the database is: its URL, which may hold a password.

use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::DatabaseConfig;
use crate::error::BootProblem;

/// The URL of a database, and the folder that a path in it is relative to. Printed, its password is masked.
#[derive(Clone)]
pub(crate) struct Target {
    url: String,
    base: PathBuf,
}

/// What a path in the URL of an SQLite database cannot have as it is.
const PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');

impl Target {
    pub(crate) fn new(url: impl Into<String>, base: &Path) -> Self {
        Self { url: url.into(), base: base.to_owned() }
    }

    /// What the configuration says; the default of SQLite is a file in the folder `storage`.
    pub(crate) fn of(
        config: &DatabaseConfig,
        base: &Path,
        storage: &Path,
    ) -> Result<Self, BootProblem> {
        let driver = config.driver;
        match &config.url {
            Some(url) => Self::new(url.expose(), base).checked(config),
            None if driver.is_file() => {
                let path = storage.join("database.sqlite");
                let path = path.to_string_lossy();
                let path = utf8_percent_encode(&path, PATH);
                Ok(Self::new(format!("sqlite://{path}"), base))
            }
            None => Err(BootProblem::new("DATABASE_URL", "it is not set").cure(format!(
                "write DATABASE_URL={}://user:password@localhost/name into .env",
                driver.schemes()[0]
            ))),
        }
    }

    /// Refuses the URL of another database than that of the configuration.
    fn checked(self, config: &DatabaseConfig) -> Result<Self, BootProblem> {
        let schemes = config.driver.schemes();
        let scheme = self.url.split_once(':').map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
            return Ok(self);
        }
        let name = config.driver.name();
        let what = format!(
            "`{self}` is not the URL of a {name} database, which this application is written for (`Db` in app/db.rs)"
        );
        Err(BootProblem::new("DATABASE_URL", what).cure(format!(
            "write a URL that begins with {}://, or change the type in app/db.rs and the feature in Cargo.toml",
            schemes[0]
        )))
    }

    /// The URL itself, password included.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn base(&self) -> &Path {
        &self.base
    }

    /// The same server, and another database on it.
    pub(crate) fn with_database(&self, name: &str) -> Self {
        let authority = self.url.find("://").map_or(0, |at| at + "://".len());
        let rest = &self.url[authority..];
        let path = authority + rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let query = self.url[path..].find(['?', '#']).map_or(self.url.len(), |at| path + at);
        let url = format!("{}/{name}{}", &self.url[..path], &self.url[query..]);
        Self { url, base: self.base.clone() }
    }

    /// The name of the database, if the URL has one.
    pub(crate) fn database(&self) -> Option<&str> {
        let (_, rest) = self.url.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        let end = path.find(['?', '#']).unwrap_or(path.len());
        Some(&path[..end]).filter(|name| !name.is_empty())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of a URL that cannot be parsed too: rather too much is masked than too little.
        let start = self.url.find("://").map_or(0, |at| at + "://".len());
        let (before, rest) = self.url.split_at(start);
        f.write_str(before)?;
        let rest = match rest.rsplit_once('@') {
            Some((visitor, rest)) => {
                match visitor.split_once(':') {
                    Some((user, _)) => write!(f, "{user}:********@")?,
                    None => write!(f, "{visitor}@")?,
                }
                rest
            }
            None => rest,
        };
        match rest.split_once("password=") {
            Some((rest, value)) => {
                let after = value.find('&').map_or("", |end| &value[end..]);
                write!(f, "{rest}password=********{after}")
            }
            None => f.write_str(rest),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::new(url, Path::new("/srv"))
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://ada:s3cret@host/blog?a=b", "postgres://ada:********@host/blog?a=b"),
            ("postgres://ada:s3cr/et?@#@host/blog", "postgres://ada:********@host/blog"),
            ("mysql://ada@host/blog", "mysql://ada@host/blog"),
            ("postgres:ada:s3cret@host", "postgres:********@host"),
            ("ada:s3cret@host", "ada:********@host"),
            ("postgres://h/b?password=s3cret&x=1", "postgres://h/b?password=********&x=1"),
            ("sqlite://storage/database.sqlite", "sqlite://storage/database.sqlite"),
        ] {
            assert_eq!(target(url).to_string(), shown);
            assert_eq!(format!("{:?}", target(url)), format!("Target({shown})"));
        }
    }

    #[test]
    fn another_database_on_the_same_server() {
        for (url, database, other) in [
            ("mysql://a:b@host:1/blog?socket=/x", Some("blog"), "mysql://a:b@host:1/t?socket=/x"),
            ("postgres://host", None, "postgres://host/t"),
            ("postgres://%2Frun/blog", Some("blog"), "postgres://%2Frun/t"),
            ("postgres://host?dbname=x", None, "postgres://host/t?dbname=x"),
        ] {
            assert_eq!(target(url).database(), database, "{url}");
            assert_eq!(target(url).with_database("t").url(), other);
        }
    }
}
