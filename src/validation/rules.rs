//! Which rule of garde failed: its messages carry the rule and its argument until they are written for the visitor.

use std::borrow::Cow;
use std::fmt::Display;

use garde::Error;
use garde::i18n::{
    I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind, with_i18n,
};

/// What a message starts with that carries a rule. No message of an application does.
const MARK: char = '\0';

/// A rule that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed<'m> {
    /// Its name in `config/validation.rs`.
    pub(super) rule: &'m str,
    /// Whether it counts something, such as characters.
    pub(super) counts: bool,
    /// What it asks for; the message itself, if it is one of the application's.
    pub(super) value: &'m str,
}

/// Runs the rules of garde, whose messages [`failed`] reads.
pub(super) fn with_marks<R>(run: impl FnOnce() -> R) -> R {
    with_i18n(Marks, run)
}

/// Reads a message of garde.
pub(super) fn failed(error: &Error) -> Failed<'_> {
    let message = error.message();
    let mut parts = message.strip_prefix(MARK).unwrap_or_default().splitn(3, MARK);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(rule), Some(kind), Some(value)) => Failed { rule, counts: kind == "count", value },
        _ => Failed { rule: "custom", counts: false, value: message },
    }
}

struct Marks;

fn mark(rule: &str, value: impl Display) -> Cow<'static, str> {
    format!("{MARK}{rule}{MARK}{MARK}{value}").into()
}

fn count(rule: &str, value: usize) -> Cow<'static, str> {
    format!("{MARK}{rule}{MARK}count{MARK}{value}").into()
}

impl I18n for Marks {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        count("min", min)
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        count("max", max)
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        mark("min", min)
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        mark("max", max)
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Cow<'static, str> {
        mark("credit_card", "")
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        mark("pattern", pattern)
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        mark("contains", pattern)
    }

    fn url_invalid(&self, _: InvalidUrl) -> Cow<'static, str> {
        mark("url", "")
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        mark("prefix", pattern)
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        mark("suffix", pattern)
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Cow<'static, str> {
        mark("phone_number", "")
    }

    fn ip_invalid(&self, kind: IpKind) -> Cow<'static, str> {
        mark("ip", kind)
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        mark("matches", field)
    }

    fn email_invalid(&self, _: InvalidEmail) -> Cow<'static, str> {
        mark("email", "")
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        mark("ascii", "")
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        mark("alphanumeric", "")
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        mark("required", "")
    }
}
