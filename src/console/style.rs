//! Colours and widths.

use std::io::IsTerminal;

use anstyle::AnsiColor;

/// What the place that lines are written to can show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) colours: bool,
    /// How many columns a line has; none where lines may be as long as they are.
    pub(super) width: Option<usize>,
}

impl Style {
    /// Text alone: a file, a pipe, a test.
    pub(super) const PLAIN: Self = Self { colours: false, width: None };

    pub(super) fn of_stdout() -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = match ::console::Term::stdout().size_checked() {
            Some((_, columns)) if is_terminal => Some(usize::from(columns)),
            _ => columns,
        };
        Self { colours: colours(is_terminal), width }
    }

    pub(super) fn of_stderr() -> Self {
        Self { colours: colours(std::io::stderr().is_terminal()), width: None }
    }

    /// The text in a style, or as it is where there are no colours.
    pub(super) fn paint(self, text: &str, style: anstyle::Style) -> String {
        if self.colours { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint(text, AnsiColor::BrightBlack.on_default())
    }

    pub(super) fn heading(self, text: &str) -> String {
        self.paint(text, AnsiColor::Green.on_default().bold())
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.paint(text, anstyle::Style::new().bold())
    }

    pub(super) fn command(self, text: &str) -> String {
        self.paint(text, AnsiColor::Cyan.on_default())
    }

    /// A word on a coloured ground, at the start of a line.
    pub(super) fn badge(self, word: &str, style: anstyle::Style) -> String {
        if self.colours { self.paint(&format!(" {word} "), style.bold()) } else { word.to_owned() }
    }

    /// `name ........ value` over the whole width.
    pub(super) fn dotted(self, name: &str, value: &str) -> String {
        let taken = 6 + name.chars().count() + value.chars().count();
        let dots = self.width.unwrap_or(100).min(150).saturating_sub(taken).max(2);
        format!("  {name} {} {value}", self.dim(&".".repeat(dots)))
    }
}

/// <https://no-color.org>: a variable that is not empty turns colours off, wherever lines go.
fn colours(is_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !set("NO_COLOR") && (forced || (is_terminal && !dumb))
}
