//! Paths with placeholders: `/photos/{id}`, `/posts/{year?}`, `/files/{*path}`.

/// A path, cut at its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Parameter { name: String, kind: Kind },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Required,
    /// `{name?}`: only at the end; the path without it matches too.
    Optional,
    /// `{*name}`: the rest of the path, slashes included.
    Wildcard,
}

impl Pattern {
    /// Reads a path. The error says what is wrong with it.
    pub(crate) fn parse(uri: &str) -> Result<Self, String> {
        let pattern = Self { parts: Self::parts(uri)? };
        pattern.check(uri)?;
        Ok(pattern)
    }

    /// Cuts a text at its placeholders, wherever they stand.
    pub(super) fn parts(uri: &str) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        let mut rest = uri;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').map(|close| open + close);
            let Some(close) = close else {
                return Err(format!("`{uri}` has a `{{` without a `}}`"));
            };
            if open > 0 {
                parts.push(Part::Literal(rest[..open].to_owned()));
            }
            parts.push(parameter(uri, &rest[open + 1..close])?);
            rest = &rest[close + 1..];
        }
        if rest.contains('}') {
            return Err(format!("`{uri}` has a `}}` without a `{{`"));
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(parts)
    }

    fn check(&self, uri: &str) -> Result<(), String> {
        let names: Vec<&str> = self.parameters().map(|(name, _)| name).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                return Err(format!("`{uri}` has two parameters named `{name}`"));
            }
        }
        let last = self.parts.len().saturating_sub(1);
        for (index, part) in self.parts.iter().enumerate() {
            let Part::Parameter { name, kind } = part else { continue };
            let alone = index == 0
                || matches!(&self.parts[index - 1], Part::Literal(text) if text.ends_with('/'));
            if *kind != Kind::Required && (index != last || !alone) {
                return Err(format!(
                    "`{uri}`: `{name}` must be the whole last segment to be optional or a wildcard"
                ));
            }
        }
        Ok(())
    }

    /// The placeholders, in order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Parameter { name, kind } => Some((name.as_str(), *kind)),
            Part::Literal(_) => None,
        })
    }

    /// The paths as matchit takes them. Parameters are numbered, so that `/{id}` and `/{name}` are one place
    /// in the tree. An optional parameter gives two paths.
    pub(crate) fn shapes(&self) -> Vec<String> {
        let mut shape = String::new();
        let mut number = 0;
        let mut shapes = Vec::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => shape.push_str(text),
                Part::Parameter { kind, .. } => {
                    if *kind == Kind::Optional {
                        let without = shape.strip_suffix('/').unwrap_or(&shape);
                        shapes.push(if without.is_empty() {
                            "/".to_owned()
                        } else {
                            without.to_owned()
                        });
                    }
                    let star = if *kind == Kind::Wildcard { "*" } else { "" };
                    shape.push_str(&format!("{{{star}p{number}}}"));
                    number += 1;
                }
            }
        }
        shapes.push(shape);
        shapes
    }
}

fn parameter(uri: &str, text: &str) -> Result<Part, String> {
    let (name, kind) = if let Some(name) = text.strip_prefix('*') {
        (name, Kind::Wildcard)
    } else if let Some(name) = text.strip_suffix('?') {
        (name, Kind::Optional)
    } else {
        (text, Kind::Required)
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(word) {
        return Err(format!(
            "`{uri}`: `{{{text}}}` is no parameter; write {{name}}, {{name?}} or {{*name}}"
        ));
    }
    Ok(Part::Parameter { name: name.to_owned(), kind })
}

/// Joins the prefix of a group and the path of a route: one slash between, none at the end.
pub(crate) fn join(prefix: &str, path: &str) -> String {
    let mut joined = String::with_capacity(prefix.len() + path.len() + 1);
    for part in [prefix, path] {
        let part = part.trim_matches('/');
        if !part.is_empty() {
            joined.push('/');
            joined.push_str(part);
        }
    }
    if joined.is_empty() {
        joined.push('/');
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_parameter_gives_two_shapes() {
        let pattern = Pattern::parse("/posts/{year?}").expect("valid");
        assert_eq!(pattern.shapes(), ["/posts", "/posts/{p0}"]);
        assert_eq!(Pattern::parse("/{page?}").expect("valid").shapes(), ["/", "/{p0}"]);
        assert!(Pattern::parse("/f/{id}.{*x}").is_err());
        assert_eq!(Pattern::parse("/f/{id}.png").expect("valid").shapes(), ["/f/{p0}.png"]);
        assert_eq!(Pattern::parse("/f/{*path}").expect("valid").shapes(), ["/f/{*p0}"]);
    }

    #[test]
    fn a_broken_pattern_says_what_is_wrong() {
        for (uri, word) in [
            ("/a/{id", "without a `}`"),
            ("/a/id}", "without a `{`"),
            ("/{a}/{a}", "two parameters"),
            ("/{a?}/b", "last segment"),
            ("/{}", "no parameter"),
            ("/{a-b}", "no parameter"),
        ] {
            let error = Pattern::parse(uri).expect_err(uri);
            assert!(error.contains(word), "{uri}: {error}");
        }
    }

    #[test]
    fn prefixes_join_with_one_slash() {
        assert_eq!(join("/admin/", "/users/"), "/admin/users");
        assert_eq!(join("", "/"), "/");
        assert_eq!(join("/admin", "/"), "/admin");
        assert_eq!(join("admin", "users"), "/admin/users");
    }
}
