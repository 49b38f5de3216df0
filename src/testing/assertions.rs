//! What a test expects of status, headers and body.

use http::header::{ALLOW, LOCATION};

use super::TestResponse;

impl TestResponse {
    /// The status is this one.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        self.check(
            self.status() == status,
            format_args!("the status is {} and not {status}", self.status()),
        )
    }

    /// The status is 200.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        self.assert_status(200)
    }

    /// The status is 201.
    #[track_caller]
    pub fn assert_created(&self) -> &Self {
        self.assert_status(201)
    }

    /// The status is 204, and there is no body.
    #[track_caller]
    pub fn assert_no_content(&self) -> &Self {
        self.assert_status(204);
        self.check(self.bytes().is_empty(), "there is a body")
    }

    /// The status is 404.
    #[track_caller]
    pub fn assert_not_found(&self) -> &Self {
        self.assert_status(404)
    }

    /// The status is 401.
    #[track_caller]
    pub fn assert_unauthorized(&self) -> &Self {
        self.assert_status(401)
    }

    /// The status is 403.
    #[track_caller]
    pub fn assert_forbidden(&self) -> &Self {
        self.assert_status(403)
    }

    /// The status is 422.
    #[track_caller]
    pub fn assert_unprocessable(&self) -> &Self {
        self.assert_status(422)
    }

    /// The status is 405, and `Allow` is this.
    #[track_caller]
    pub fn assert_method_not_allowed(&self, allow: &str) -> &Self {
        self.assert_status(405).assert_header(ALLOW.as_str(), allow)
    }

    /// The visitor is sent to this path or URL.
    #[track_caller]
    pub fn assert_redirect(&self, to: &str) -> &Self {
        let redirects = matches!(self.status(), 301 | 302 | 303 | 307 | 308);
        self.check(redirects, format_args!("{} is no redirect", self.status()));
        let location = self.header(LOCATION.as_str()).unwrap_or_default();
        let origin = self.client().origin();
        let strip = |url: &str| url.strip_prefix(&origin).unwrap_or(url).to_owned();
        self.check(
            strip(location) == strip(to),
            format_args!("the redirect leads to `{location}` and not to `{to}`"),
        )
    }

    /// The body has this text in it.
    #[track_caller]
    pub fn assert_see(&self, text: &str) -> &Self {
        self.check(self.text().contains(text), format_args!("the body has no `{text}` in it"))
    }

    /// The body has this text nowhere in it.
    #[track_caller]
    pub fn assert_dont_see(&self, text: &str) -> &Self {
        self.check(!self.text().contains(text), format_args!("the body has `{text}` in it"))
    }

    /// The body is exactly this text.
    #[track_caller]
    pub fn assert_text(&self, text: &str) -> &Self {
        self.check(self.text() == text, format_args!("the body is not {text:?}"))
    }

    /// The header is there with this value.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: &str) -> &Self {
        let values = self.headers().get_all(name);
        let found: Vec<_> = values.iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        self.check(
            found.iter().any(|found| found == value),
            match found.is_empty() {
                true => format!("there is no header `{name}`"),
                false => {
                    format!("the header `{name}` is `{}` and not `{value}`", found.join("`, `"))
                }
            },
        )
    }

    /// There is no such header.
    #[track_caller]
    pub fn assert_header_missing(&self, name: &str) -> &Self {
        self.check(!self.headers().contains_key(name), format_args!("there is a header `{name}`"))
    }

    /// The response sets this cookie.
    #[track_caller]
    pub fn assert_cookie(&self, name: &str) -> &Self {
        self.check(self.cookie(name).is_some(), format_args!("no cookie `{name}` is set"))
    }

    /// The response sets this cookie to this value.
    #[track_caller]
    pub fn assert_cookie_value(&self, name: &str, value: &str) -> &Self {
        self.assert_cookie(name);
        let found = self.cookie(name).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        self.check(
            found == value,
            format_args!("the cookie `{name}` is set to `{found}` and not to `{value}`"),
        )
    }

    /// The response does not set this cookie.
    #[track_caller]
    pub fn assert_cookie_missing(&self, name: &str) -> &Self {
        self.check(self.cookie(name).is_none(), format_args!("the cookie `{name}` is set"))
    }
}
