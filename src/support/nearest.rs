//! What somebody meant who mistyped a name.

/// The name that is closest to the wanted one, if it is close enough to be meant: at most one letter in four differs.
pub(crate) fn nearest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let far = 1 + wanted.chars().count() / 4;
    known
        .into_iter()
        .map(|name| (strsim::levenshtein(&wanted.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= far)
        .min()
        .map(|(_, name)| name)
}

#[test]
fn only_a_name_that_is_close_is_meant() {
    let known = ["session", "cookies", "csrf", "auth"];
    assert_eq!(nearest("sesion", known), Some("session"));
    assert_eq!(nearest("Cookie", known), Some("cookies"));
    assert_eq!(nearest("role", known), None);
    assert_eq!(
        nearest("SESION_DRIVER", ["SESSION_DRIVER", "SESSION_DOMAIN"]),
        Some("SESSION_DRIVER")
    );
}
