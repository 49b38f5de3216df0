//! What the session's cookie is called.

use crate::session::SessionConfig;

impl SessionConfig {
    /// The name of the cookie for an application of this name: `blog_session` for `Blog`.
    ///
    /// Cookies do not keep ports apart (RFC 6265, 8.5), so two applications on one host need names of their own.
    ///
    /// ```
    /// # use lunox::session::SessionConfig;
    /// assert_eq!(SessionConfig::cookie_for("My Blog!"), "my_blog_session");
    /// ```
    pub fn cookie_for(app: &str) -> String {
        let mut name = String::new();
        for c in app.chars() {
            match c {
                c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
                // Headers carry ASCII only, and names that differ in such letters alone must stay different.
                c if c.is_alphanumeric() => name.push_str(&format!("{:x}", u32::from(c))),
                _ if name.is_empty() || name.ends_with('_') => {}
                _ => name.push('_'),
            }
        }
        match name.trim_end_matches('_') {
            "" => Self::default().cookie,
            name => format!("{name}_session"),
        }
    }

    /// The name of the cookie as browsers see it.
    ///
    /// A `__Host-` cookie cannot be set by a neighbouring subdomain or over plain HTTP (OWASP ASVS 5.0,
    /// 3.3.1 and 3.3.3; RFC 6265bis, 4.1.3.2).
    pub fn cookie_name(&self) -> String {
        if self.secure
            && self.path == "/"
            && self.domain.is_none()
            && !self.cookie.starts_with("__")
        {
            format!("__Host-{}", self.cookie)
        } else {
            self.cookie.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_prefix_comes_by_itself_when_it_may() {
        let name = |change: fn(&mut SessionConfig)| {
            let mut config = SessionConfig::default();
            change(&mut config);
            config.cookie_name()
        };
        assert_eq!(name(|_| {}), "__Host-lunox_session");
        assert_eq!(name(|c| c.secure = false), "lunox_session");
        assert_eq!(name(|c| c.path = "/app".into()), "lunox_session");
        assert_eq!(name(|c| c.domain = Some("a.test".into())), "lunox_session");
        assert_eq!(name(|c| c.cookie = "__Secure-x".into()), "__Secure-x");
    }

    #[test]
    fn the_cookie_is_named_after_the_application() {
        for (app, cookie) in [
            ("blog", "blog_session"),
            ("Lunox", "lunox_session"),
            ("my-shop 2", "my_shop_2_session"),
            ("__Host-x", "host_x_session"),
            ("Café", "cafe9_session"),
            ("月", "6708_session"),
            ("", "lunox_session"),
            ("!", "lunox_session"),
        ] {
            let config = SessionConfig {
                cookie: SessionConfig::cookie_for(app),
                ..SessionConfig::default()
            };
            assert_eq!(config.cookie, cookie, "{app}");
            assert_eq!(config.problems(), [], "{app}");
        }
    }
}
