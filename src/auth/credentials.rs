//! What a visitor logs in with.

use std::fmt;

const PASSWORD: &str = "password";

/// What a visitor logs in with: a `password`, and the fields by which the provider finds the user.
///
/// ```
/// use lunox::auth::Credentials;
///
/// let credentials = Credentials::from([("email", "ada@example.com"), ("password", "s3cret")]);
/// assert_eq!(credentials.get("email"), Some("ada@example.com"));
/// assert_eq!(credentials.get("password"), None);
/// assert_eq!(format!("{credentials:?}"), r#"Credentials(["email"])"#);
/// ```
#[derive(Clone, Default)]
pub struct Credentials {
    fields: Vec<(String, String)>,
    password: Option<String>,
}

impl Credentials {
    /// The value of a field; never the password, which a provider has no use for.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields().find(|(name, _)| *name == field).map(|(_, value)| value)
    }

    /// Every field but the password.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Credentials {
    fn from(pairs: [(K, V); N]) -> Self {
        let mut credentials = Self::default();
        for (name, value) in pairs {
            match name.into() {
                name if name == PASSWORD => credentials.password = Some(value.into()),
                name => credentials.fields.push((name, value.into())),
            }
        }
        credentials
    }
}

/// The names of the fields: what a visitor typed stays out of logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields().map(|(name, _)| name).collect();
        write!(f, "Credentials({names:?})")
    }
}
