//! Which variables hold text that must not be printed.

/// Whether a variable of this name, or with this value, is not to be shown.
pub(super) fn is_sensitive(key: &str, value: &str) -> bool {
    let key = key.to_ascii_uppercase();
    const WORDS: [&str; 8] =
        ["KEY", "SECRET", "PASSWORD", "PASSWD", "TOKEN", "CREDENTIAL", "DATABASE_URL", "DSN"];
    // At the end alone: `BYPASS_CACHE` is not one, nor the folder `PWD`.
    const ENDS: [&str; 2] = ["_PASS", "_PWD"];
    let by_name =
        WORDS.iter().any(|word| key.contains(word)) || ENDS.iter().any(|end| key.ends_with(end));
    // An address may carry a password: redis://:password@host.
    by_name || value.split_once("://").is_some_and(|(_, rest)| rest.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_with_passwords_are_sensitive() {
        for (key, value) in [
            ("APP_KEY", ""),
            ("app_key", ""),
            ("DB_PASSWORD", ""),
            ("SMTP_PASS", ""),
            ("db_pwd", ""),
            ("API_TOKEN", ""),
            ("CLIENT_SECRET", ""),
            ("DATABASE_URL", ""),
            ("REDIS_URL", "redis://:pass@host"),
        ] {
            assert!(is_sensitive(key, value), "{key}");
        }
        for (key, value) in [
            ("APP_URL", "http://host"),
            ("MAIL", "ann@host"),
            ("PWD", "/srv/blog"),
            ("OLDPWD", "/srv"),
            ("BYPASS_CACHE", "true"),
        ] {
            assert!(!is_sensitive(key, value), "{key}");
        }
    }
}
