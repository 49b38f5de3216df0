//! Where a redirect route leads.

use super::UrlError;
use super::fill::fill;
use super::pattern::{Part, Pattern};
use crate::http::HttpRequest;

/// The target of a redirect, with places for the request's parameters.
#[derive(Default)]
pub(super) struct RedirectTarget {
    text: String,
    parts: Vec<Part>,
}

impl RedirectTarget {
    /// Reads the target of a route with the path `from`. The error says what is wrong with it.
    pub(super) fn parse(text: &str, from: &str) -> Result<Self, String> {
        let error = |what: String| format!("the redirect to `{text}`: {what}");
        let mut parts = Pattern::parts(text).map_err(error)?;
        let source = Pattern::parse(from)?;
        for part in &mut parts {
            let Part::Parameter { name, kind } = part else { continue };
            // As in the path: an optional one may be absent, a wildcard has slashes.
            match source.parameters().find(|(own, _)| own == name) {
                Some((_, own)) => *kind = own,
                // Never there, so it is left out.
                None if kind.is_optional() => {}
                None => return Err(error(format!("`{from}` has no parameter `{name}`"))),
            }
        }
        let fixed = match &parts[..] {
            [Part::Literal(_)] => true,
            [Part::Literal(start), ..] => fixes_host(start),
            [Part::Parameter { .. }, ..] => false,
            [] => true,
        };
        if !fixed {
            return Err(error(
                "a parameter must not choose the host; begin with `/`, or with a host and `/`"
                    .into(),
            ));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The URL for a request.
    pub(super) fn url(&self, req: &HttpRequest) -> Result<String, UrlError> {
        fill(&self.text, &self.parts, |name| req.param(name).map(str::to_owned))
    }
}

/// Whether what follows the beginning of a URL cannot change its host.
fn fixes_host(start: &str) -> bool {
    match start.split_once("//") {
        // Browsers skip further slashes.
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            rest.trim_start_matches('/').contains(['/', '?', '#'])
        }
        _ => start.starts_with('/'),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fill::tests::{check, values};
    use super::*;

    proptest! {
        #[test]
        fn a_redirect_keeps_its_host_and_its_segments(x in values(), y in values()) {
            for (from, to) in [
                ("/o/{*x}", "/{x}"),
                ("/o/{y}/{*x}", "/{x}/{y}?a={x}&b={y}#{x}"),
                ("/o/{x}/{y?}", "/{y}/{x}"),
                ("/o/{x}/{y?}", "/{y}/{x}/edit"),
                ("/o/{y?}", "/{y}/evil.test"),
                ("/o/{y}/{*x}", "/new.{y}/{x}/edit"),
                ("/o/{*x}", "http://h.test/{x}"),
                ("/o/{*x}", "http://h.test/?{x}"),
                ("/o/{x}", "//h.test/{x}"),
            ] {
                let target = RedirectTarget::parse(to, from).expect("a target");
                let value = |name: &str| Some(if name == "x" { x.clone() } else { y.clone() });
                if let Ok(url) = fill(to, &target.parts, value) {
                    check(&url);
                }
            }
        }
    }
}
