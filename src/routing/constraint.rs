//! What the value of a path parameter must look like.

use std::sync::Arc;

use super::{Group, Resource, RouteHandle};

/// What the value of a path parameter must look like; another value is a 404.
#[derive(Clone)]
pub enum Constraint {
    /// ASCII digits.
    Number,
    /// ASCII letters.
    Alpha,
    /// ASCII letters and digits.
    AlphaNumeric,
    /// A UUID.
    Uuid,
    /// One of these texts.
    OneOf(Vec<String>),
    /// What a function accepts.
    Matches(Arc<dyn Fn(&str) -> bool + Send + Sync>),
}

impl Constraint {
    pub(crate) fn accepts(&self, value: &str) -> bool {
        let all = |test: fn(&u8) -> bool| !value.is_empty() && value.as_bytes().iter().all(test);
        match self {
            Self::Number => all(u8::is_ascii_digit),
            Self::Alpha => all(u8::is_ascii_alphabetic),
            Self::AlphaNumeric => all(u8::is_ascii_alphanumeric),
            Self::Uuid => value.len() == 36 && uuid::Uuid::try_parse(value).is_ok(),
            Self::OneOf(values) => values.iter().any(|one| one == value),
            Self::Matches(test) => test(value),
        }
    }

    /// Whether two constraints are the same as far as anyone can tell: then two routes conflict.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneOf(a), Self::OneOf(b)) => a == b,
            (Self::Matches(a), Self::Matches(b)) => Arc::ptr_eq(a, b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// Gives a type with `constrain` a method for each constraint.
macro_rules! constraints {
    ($on:ty) => {
        impl $on {
            /// The parameter must be digits.
            pub fn where_number(self, parameter: &str) -> Self {
                self.constrain(parameter, Constraint::Number)
            }

            /// The parameter must be letters.
            pub fn where_alpha(self, parameter: &str) -> Self {
                self.constrain(parameter, Constraint::Alpha)
            }

            /// The parameter must be letters and digits.
            pub fn where_alpha_numeric(self, parameter: &str) -> Self {
                self.constrain(parameter, Constraint::AlphaNumeric)
            }

            /// The parameter must be a UUID.
            pub fn where_uuid(self, parameter: &str) -> Self {
                self.constrain(parameter, Constraint::Uuid)
            }

            /// The parameter must be one of these.
            pub fn where_in<'v>(
                self,
                parameter: &str,
                values: impl IntoIterator<Item = &'v str>,
            ) -> Self {
                let values = values.into_iter().map(str::to_owned).collect();
                self.constrain(parameter, Constraint::OneOf(values))
            }

            /// The parameter must be accepted by a function.
            pub fn where_matches(
                self,
                parameter: &str,
                test: impl Fn(&str) -> bool + Send + Sync + 'static,
            ) -> Self {
                self.constrain(parameter, Constraint::Matches(Arc::new(test)))
            }
        }
    };
}

constraints!(RouteHandle<'_>);
constraints!(Group<'_>);
constraints!(Resource<'_>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_accepts_its_own_and_nothing_else() {
        assert!(Constraint::Number.accepts("0123"));
        assert!(!Constraint::Number.accepts("") && !Constraint::Number.accepts("1a"));
        assert!(Constraint::Alpha.accepts("abC") && !Constraint::Alpha.accepts("a1"));
        assert!(Constraint::Uuid.accepts("67e55044-10b1-426f-9247-bb680e5fe0c8"));
        for other in [
            "67e55044",
            "67e5504410b1426f9247bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
        ] {
            assert!(!Constraint::Uuid.accepts(other), "{other}");
        }
        assert!(Constraint::OneOf(vec!["a".into()]).accepts("a"));
        assert!(!Constraint::OneOf(vec!["a".into()]).accepts("b"));
    }
}
