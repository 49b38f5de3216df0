//! Whether the skeleton's colours can be told apart: WCAG 2.2, 1.4.3 (text) and 1.4.11 (controls), at level AA.

use std::collections::HashMap;

const STYLES: &str = include_str!("../../resources/views/partials/styles.html");
const ERRORS: &str = include_str!("../../resources/views/errors/layout.html");

/// A theme's colours by name; `--sky` has several.
type Theme = HashMap<String, Vec<[f64; 3]>>;

/// The light theme and the dark one, in this order.
fn themes(styles: &str) -> [Theme; 2] {
    let mut blocks = styles.split(":root {").skip(1);
    let mut theme =
        || colours(blocks.next().and_then(|rest| rest.split_once('}')).expect("a theme").0);
    [theme(), theme()]
}

fn colours(block: &str) -> Theme {
    let declarations =
        block.split(';').filter_map(|text| text.trim().strip_prefix("--")?.split_once(':'));
    let hex =
        |text: &str| -> Vec<[f64; 3]> { text.split('#').skip(1).filter_map(colour).collect() };
    declarations.map(|(name, value)| (name.to_owned(), hex(value))).collect()
}

/// `fff` or `f5f7fb`; what is transparent is not a background of its own.
fn colour(text: &str) -> Option<[f64; 3]> {
    let digits: Vec<f64> = text.chars().map_while(|c| c.to_digit(16)).map(f64::from).collect();
    let pair = |at: usize| (digits[at] * 16.0 + digits[at + 1]) / 255.0;
    match digits.len() {
        3 => Some([0, 1, 2].map(|at| digits[at] / 15.0)),
        6 => Some([0, 2, 4].map(pair)),
        _ => None,
    }
}

fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] =
        colour.map(
            |part| {
                if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            },
        );
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[track_caller]
fn check(theme: &Theme, colours: &[&str], on: &[&str], at_least: f64) {
    for name in colours {
        for ground in on {
            assert!(!theme[*ground].is_empty(), "{ground}");
            for background in &theme[*ground] {
                let ratio = contrast(theme[*name][0], *background);
                assert!(ratio >= at_least, "--{name} on --{ground} {background:?}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn text_and_controls_have_enough_contrast_in_both_themes() {
    for theme in themes(STYLES) {
        let texts = ["text", "muted", "soft", "accent", "danger", "good"];
        check(&theme, &texts, &["ground", "raised", "sky"], 4.5);
        check(&theme, &["on-button"], &["button"], 4.5);
        check(&theme, &["edge", "button"], &["ground", "raised", "sky"], 3.0);
    }
}

#[test]
fn error_pages_have_enough_contrast_in_both_themes() {
    for theme in themes(ERRORS) {
        check(&theme, &["text", "soft", "accent"], &["sky"], 4.5);
    }
}

#[test]
fn contrast_is_computed_as_wcag_does() {
    let ratio =
        |one, other| contrast(colour(one).expect("a colour"), colour(other).expect("a colour"));
    assert!((ratio("000", "ffffff") - 21.0).abs() < 0.001);
    assert!((ratio("777777", "fff") - 4.478).abs() < 0.001);
}
