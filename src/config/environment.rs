//! Where the application runs.

use std::fmt;

use serde::{Serialize, Serializer};

/// Where the application runs, as `APP_ENV` says.
///
/// Unset means production, as in Laravel: a server whose `.env` was lost must not start to show its errors to
/// visitors. A new application's `.env` says `local`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// `local`: a developer's machine.
    Local,
    /// `testing`: a test run.
    Testing,
    /// `production`: visitors see it.
    #[default]
    Production,
    /// Any other name, `staging` for example.
    Other(String),
}

impl Environment {
    /// The name, as `APP_ENV` has it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Testing => "testing",
            Self::Production => "production",
            Self::Other(name) => name,
        }
    }

    /// Whether this is a developer's machine.
    pub fn is_local(&self) -> bool {
        *self == Self::Local
    }

    /// Whether this is a test run.
    pub fn is_testing(&self) -> bool {
        *self == Self::Testing
    }

    /// Whether this is production.
    pub fn is_production(&self) -> bool {
        *self == Self::Production
    }
}

impl From<&str> for Environment {
    fn from(name: &str) -> Self {
        match name {
            "local" => Self::Local,
            "testing" => Self::Testing,
            "production" => Self::Production,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Environment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
