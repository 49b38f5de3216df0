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
    /// `{name?}`: only at the end, where several may follow one another; the path without them matches too.
    Optional,
    /// `{*name}`: the rest of the path, slashes included.
    Wildcard,
    /// `{*name?}`: the rest of the path, which may be nothing.
    OptionalWildcard,
}

impl Kind {
    /// Whether the path without it matches too.
    pub(super) fn is_optional(self) -> bool {
        matches!(self, Self::Optional | Self::OptionalWildcard)
    }

    /// Whether its value may have slashes.
    pub(super) fn is_wildcard(self) -> bool {
        matches!(self, Self::Wildcard | Self::OptionalWildcard)
    }
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
        if let Some(what) = foreign_parameter(uri) {
            return Err(what);
        }
        let names: Vec<&str> = self.parameters().map(|(name, _)| name).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                return Err(format!("`{uri}` has two parameters named `{name}`"));
            }
        }
        let mut optional = None;
        for (index, part) in self.parts.iter().enumerate() {
            match (part, optional) {
                (Part::Parameter { name, kind }, _) => {
                    self.check_parameter(uri, index, name, *kind)?;
                    if kind.is_optional() {
                        optional = Some(name);
                    } else if let Some(first) = optional {
                        return Err(format!(
                            "`{uri}`: `{first}` cannot be optional, since `{name}` follows it and is not"
                        ));
                    }
                }
                (Part::Literal(text), Some(first)) if text != "/" => {
                    return Err(format!(
                        "`{uri}`: `{first}` cannot be optional, since `{text}` follows it"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_parameter(
        &self,
        uri: &str,
        index: usize,
        name: &str,
        kind: Kind,
    ) -> Result<(), String> {
        let before = index.checked_sub(1).map(|index| &self.parts[index]);
        let after = self.parts.get(index + 1);
        if let Some(Part::Parameter { name: first, .. }) = before {
            return Err(format!(
                "`{uri}`: text has to stand between `{first}` and `{name}`, as in {{{first}}}-{{{name}}}"
            ));
        }
        let begins = !matches!(before, Some(Part::Literal(text)) if !text.ends_with('/'));
        let ends = !matches!(after, Some(Part::Literal(text)) if !text.starts_with('/'));
        if kind != Kind::Required && !(begins && ends) {
            return Err(format!(
                "`{uri}`: `{name}` must be a whole segment to be optional or a wildcard"
            ));
        }
        if kind.is_wildcard() && after.is_some() {
            return Err(format!("`{uri}`: nothing can follow the wildcard `{name}`"));
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
    /// in the tree. Each optional parameter adds the path without it. Parameters of one segment are one parameter to
    /// matchit: see [`separators`](Self::separators).
    pub(crate) fn shapes(&self) -> Vec<String> {
        let mut shape = String::new();
        let mut number = 0;
        let mut shapes = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(_) if self.separator(index).is_some() => {}
                Part::Literal(text) => shape.push_str(text),
                Part::Parameter { .. } if index > 1 && self.separator(index - 1).is_some() => {}
                Part::Parameter { kind, .. } => {
                    if kind.is_optional() {
                        let without = shape.strip_suffix('/').unwrap_or(&shape);
                        shapes.push(if without.is_empty() { "/" } else { without }.to_owned());
                    }
                    let star = if kind.is_wildcard() { "*" } else { "" };
                    shape.push_str(&format!("{{{star}p{number}}}"));
                    number += 1;
                }
            }
        }
        shapes.push(shape);
        shapes
    }

    /// For each parameter of a shape, the texts between the pattern's own parameters that it holds: `.` for
    /// `/v{major}.{minor}`. Empty if it holds no more than one anywhere.
    pub(crate) fn separators(&self) -> Vec<Vec<String>> {
        let mut all: Vec<Vec<String>> = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            match (part, self.separator(index), all.last_mut()) {
                (Part::Literal(_), Some(text), Some(last)) => last.push(text.to_owned()),
                (Part::Parameter { .. }, ..)
                    if index > 1 && self.separator(index - 1).is_some() => {}
                (Part::Parameter { .. }, ..) => all.push(Vec::new()),
                _ => {}
            }
        }
        if all.iter().all(Vec::is_empty) { Vec::new() } else { all }
    }

    /// The text of a part that stands between two parameters of one segment.
    fn separator(&self, index: usize) -> Option<&str> {
        let around = [index.checked_sub(1)?, index + 1].map(|index| self.parts.get(index));
        match (&self.parts[index], around) {
            (Part::Literal(text), [Some(Part::Parameter { .. }), Some(Part::Parameter { .. })])
                if !text.contains('/') =>
            {
                Some(text)
            }
            _ => None,
        }
    }
}

/// Cuts the values of a shape's parameters at the separators, each at the first that leaves something before it; `None`
/// if one is missing.
pub(super) fn split(
    values: &[Option<String>],
    separators: &[Vec<String>],
) -> Option<Vec<Option<String>>> {
    let mut all = Vec::new();
    for (value, separators) in values.iter().zip(separators) {
        let mut rest = value.as_deref()?;
        for separator in separators {
            let first = rest.chars().next()?.len_utf8();
            let at = first + rest[first..].find(separator)?;
            all.push(Some(rest[..at].to_owned()));
            rest = &rest[at + separator.len()..];
        }
        if rest.is_empty() {
            return None;
        }
        all.push(Some(rest.to_owned()));
    }
    Some(all)
}

/// A segment that other frameworks take for a parameter, and that no visitor would ask for: `:id`, `<id>`.
fn foreign_parameter(uri: &str) -> Option<String> {
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    uri.split('/').find_map(|segment| {
        let name = segment
            .strip_prefix(':')
            .or_else(|| segment.strip_prefix('<')?.strip_suffix('>'))
            .filter(|name| is_name(name))?;
        Some(format!("`{uri}`: `{segment}` is not a parameter here; write {{{name}}}"))
    })
}

fn parameter(uri: &str, text: &str) -> Result<Part, String> {
    let (rest, optional) = match text.strip_suffix('?') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (name, kind) = match (rest.strip_prefix('*'), optional) {
        (Some(name), false) => (name, Kind::Wildcard),
        (Some(name), true) => (name, Kind::OptionalWildcard),
        (None, true) => (rest, Kind::Optional),
        (None, false) => (rest, Kind::Required),
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(word) {
        return Err(format!(
            "`{uri}`: `{{{text}}}` is not a parameter; write {{name}}, {{name?}}, {{*name}} or {{*name?}}"
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
    fn each_optional_parameter_adds_a_shape() {
        let pattern = Pattern::parse("/{foo?}/{baz?}").expect("valid");
        assert_eq!(pattern.shapes(), ["/", "/{p0}", "/{p0}/{p1}"]);
        assert_eq!(Pattern::parse("/f/{*path?}").expect("valid").shapes(), ["/f", "/f/{*p0}"]);
        let pattern = Pattern::parse("/posts/{year?}").expect("valid");
        assert_eq!(pattern.shapes(), ["/posts", "/posts/{p0}"]);
        assert_eq!(Pattern::parse("/{page?}").expect("valid").shapes(), ["/", "/{p0}"]);
        assert!(Pattern::parse("/f/{id}.{*x}").is_err());
        assert_eq!(Pattern::parse("/f/{id}.png").expect("valid").shapes(), ["/f/{p0}.png"]);
        assert_eq!(Pattern::parse("/f/{*path}").expect("valid").shapes(), ["/f/{*p0}"]);
    }

    #[test]
    fn parameters_of_one_segment_are_cut_at_the_text_between_them() {
        let pattern = Pattern::parse("/v{major}.{minor}-{rest}.zip/{x}").expect("valid");
        assert_eq!(pattern.shapes(), ["/v{p0}.zip/{p1}"]);
        let separators = pattern.separators();
        assert_eq!(separators, [vec![".", "-"], vec![]]);
        let cut = |value: &str| {
            let values = [value, "y"].map(|value| Some(value.to_owned()));
            let cut = split(&values, &separators)?;
            Some(cut.into_iter().flatten().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(cut("1.2-3.4-5").as_deref(), Some("1 2 3.4-5 y"));
        assert_eq!(cut("..2-é").as_deref(), Some(". 2 é y"));
        for short in ["1.2", "1-2", "1.2-", ".-", ""] {
            assert_eq!(cut(short), None, "{short}");
        }
        assert!(Pattern::parse("/{a}/x.{b}").expect("valid").separators().is_empty());
    }

    #[test]
    fn a_broken_pattern_says_what_is_wrong() {
        for (uri, word) in [
            ("/a/{id", "without a `}`"),
            ("/a/id}", "without a `{`"),
            ("/{a}/{a}", "two parameters"),
            ("/{a?}/b", "`/b` follows it"),
            ("/{a?}/{b}", "`b` follows it and is not"),
            ("/{a?}.png", "whole segment"),
            ("/x.{*a}", "whole segment"),
            ("/{*a}/b", "nothing can follow"),
            ("/{a}{b}", "between `a` and `b`"),
            ("/{}", "not a parameter"),
            ("/{a-b}", "not a parameter"),
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
