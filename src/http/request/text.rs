//! Text of a request's head.

use std::fmt;
use std::ops::Deref;

use http::HeaderValue;
use http::uri::PathAndQuery;

/// Text of a request's head: a part of it as it came, shared and not copied, or a text of its own.
#[derive(Clone)]
pub struct HeadText(Kind);

#[derive(Clone)]
enum Kind {
    Own(String),
    Path(PathAndQuery),
    Header(HeaderValue),
}

impl HeadText {
    /// The path of a target, without its query.
    pub(crate) fn path_of(target: PathAndQuery) -> Self {
        Self(Kind::Path(target))
    }

    /// The value of a header; empty unless it is ASCII text.
    pub(crate) fn value_of(header: HeaderValue) -> Self {
        Self(Kind::Header(header))
    }
}

impl Deref for HeadText {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Kind::Own(text) => text,
            Kind::Path(target) => target.path(),
            Kind::Header(value) => value.to_str().unwrap_or_default(),
        }
    }
}

impl From<String> for HeadText {
    fn from(text: String) -> Self {
        Self(Kind::Own(text))
    }
}

impl From<&str> for HeadText {
    fn from(text: &str) -> Self {
        Self(Kind::Own(text.to_owned()))
    }
}

impl fmt::Display for HeadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for HeadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
