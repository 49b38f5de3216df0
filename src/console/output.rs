//! Writing to the terminal.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use owo_colors::OwoColorize;

/// Writes to the terminal: plain where there is none, or where `NO_COLOR` is set.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    colour: bool,
    interactive: bool,
}

impl Output {
    /// The terminal of this process.
    pub fn stdout() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colour: io::stdout().is_terminal() && !no_colour,
            interactive: io::stdin().is_terminal() && io::stdout().is_terminal(),
        }
    }

    /// Without colours and questions, for tests.
    pub fn plain() -> Self {
        Self { colour: false, interactive: false }
    }

    /// Whether someone can answer a question.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// A line.
    pub fn line(&self, text: impl Display) {
        // A closed pipe (`| head`) is no error of ours.
        let _ = writeln!(io::stdout(), "{text}");
    }

    /// A line that tells something.
    pub fn info(&self, text: impl Display) {
        self.line(format_args!("  {} {text}", self.cyan("INFO")));
    }

    /// A line that tells of success.
    pub fn success(&self, text: impl Display) {
        self.line(format_args!("  {} {text}", self.green("DONE")));
    }

    /// A line that warns.
    pub fn warn(&self, text: impl Display) {
        self.line(format_args!("  {} {text}", self.yellow("WARN")));
    }

    /// A line on standard error.
    pub fn error(&self, text: impl Display) {
        let _ = writeln!(io::stderr(), "  {} {text}", self.red("ERROR"));
    }

    /// Rows under headers, aligned.
    pub fn table(&self, headers: &[&str], rows: &[Vec<String>]) {
        let width = |column: usize| {
            let cells =
                rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([headers[column].chars().count()]).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..headers.len()).map(width).collect();
        let head: Vec<String> =
            headers.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        self.line(format_args!("  {}", self.dim(&head.join("  "))));
        for row in rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            self.line(format_args!("  {}", cells.join("  ").trim_end()));
        }
    }

    /// Asks a question; the default where nobody can answer.
    pub fn ask(&self, question: &str, default: &str) -> String {
        if !self.interactive {
            return default.to_owned();
        }
        let _ = write!(io::stdout(), "  {question} [{default}] ");
        let _ = io::stdout().flush();
        let mut answer = String::new();
        match io::stdin().lock().read_line(&mut answer) {
            Ok(_) if !answer.trim().is_empty() => answer.trim().to_owned(),
            _ => default.to_owned(),
        }
    }

    /// Asks for a yes; no where nobody can answer.
    pub fn confirm(&self, question: &str) -> bool {
        matches!(self.ask(question, "no").to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// A progress bar for `total` steps; hidden where there is no terminal.
    pub fn progress(&self, total: u64) -> ProgressBar {
        let bar = ProgressBar::new(total);
        if !self.interactive {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("  {bar:40.cyan/blue} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar
    }

    pub(super) fn cyan(&self, text: &str) -> String {
        if self.colour { text.cyan().to_string() } else { text.to_owned() }
    }

    pub(super) fn green(&self, text: &str) -> String {
        if self.colour { text.green().to_string() } else { text.to_owned() }
    }

    pub(super) fn yellow(&self, text: &str) -> String {
        if self.colour { text.yellow().to_string() } else { text.to_owned() }
    }

    pub(super) fn red(&self, text: &str) -> String {
        if self.colour { text.red().to_string() } else { text.to_owned() }
    }

    pub(super) fn dim(&self, text: &str) -> String {
        if self.colour { text.dimmed().to_string() } else { text.to_owned() }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        if self.colour { text.bold().to_string() } else { text.to_owned() }
    }
}
