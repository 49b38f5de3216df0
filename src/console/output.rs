//! What a command says, and what it asks.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use anstyle::AnsiColor;
use indicatif::{ProgressBar, ProgressBarIter, ProgressIterator, ProgressStyle};

use super::failure::Failure;
use super::style::Style;
use crate::support::lock::lock;
use crate::support::terminal::escape;

/// Writes lines for people: coloured on a terminal, plain in a file or a pipe, or where `NO_COLOR` is set.
///
/// ```
/// use lunox::console::Output;
///
/// let out = Output::captured();
/// out.info("3 photos imported");
/// assert!(!out.confirm("Publish them?"), "nobody is there to answer");
/// assert_eq!(out.text(), "  INFO  3 photos imported\n");
/// ```
#[derive(Clone)]
pub struct Output {
    style: Style,
    /// Present when the lines are kept in place of being written.
    captured: Option<Arc<Mutex<Vec<u8>>>>,
    /// Why a line is missing from standard output, though its reader has not gone.
    lost: Arc<OnceLock<io::Error>>,
}

impl Output {
    /// Writes to standard output, errors and warnings to standard error.
    pub fn stdout() -> Self {
        Self { style: Style::of_stdout(), captured: None, lost: Arc::default() }
    }

    /// Keeps what is written, for a test of a command; it has no terminal to ask on.
    pub fn captured() -> Self {
        Self { style: Style::PLAIN, captured: Some(Arc::default()), lost: Arc::default() }
    }

    /// What was written so far, when it is [captured](Self::captured).
    pub fn text(&self) -> String {
        let Some(lines) = &self.captured else {
            return String::new();
        };
        String::from_utf8_lossy(&lock(lines)).into_owned()
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Writes a line. Whatever text is given, nothing but its colours controls the terminal.
    pub fn line(&self, text: impl Display) {
        self.write(text, self.style, false);
    }

    /// Writes a line that tells something.
    pub fn info(&self, text: impl Display) {
        self.marked("INFO", AnsiColor::White.on(AnsiColor::Blue), text);
    }

    /// Writes a line that tells of success.
    pub fn success(&self, text: impl Display) {
        self.marked("DONE", AnsiColor::Black.on(AnsiColor::Green), text);
    }

    /// Writes a warning, to standard error.
    pub fn warn(&self, text: impl Display) {
        self.complain("WARN", AnsiColor::Black.on(AnsiColor::Yellow), text);
    }

    /// Writes an error, to standard error. The command goes on: to fail, it returns an `Err`.
    pub fn error(&self, text: impl Display) {
        self.complain("ERROR", AnsiColor::White.on(AnsiColor::Red), text);
    }

    fn marked(&self, word: &str, style: anstyle::Style, text: impl Display) {
        self.write(format_args!("  {}  {text}", self.style.badge(word, style)), self.style, false);
    }

    fn complain(&self, word: &str, style: anstyle::Style, text: impl Display) {
        let place = if self.captured.is_some() { self.style } else { Style::of_stderr() };
        self.write(format_args!("  {}  {text}", place.badge(word, style)), place, true);
    }

    fn write(&self, text: impl Display, place: Style, complaint: bool) {
        let text = format!("{text}\n");
        let text = escape(&text, place.colours);
        let written = match &self.captured {
            Some(lines) => lock(lines).write_all(text.as_bytes()),
            // Nowhere is left to tell that this went wrong.
            None if complaint => return drop(io::stderr().write_all(text.as_bytes())),
            None => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
            }
        };
        // A reader that has gone, as `head` does, has all that it wanted.
        if let Err(error) = unless_gone(written) {
            let _ = self.lost.set(error);
        }
    }

    /// Prints what clap says to arguments that make no sense, or that ask for help.
    pub(super) fn print(&self, error: &clap::Error) -> io::Result<()> {
        let place = if error.use_stderr() { Style::of_stderr() } else { Style::of_stdout() };
        let text = error.render();
        let text = if place.colours { text.ansi().to_string() } else { text.to_string() };
        let text = escape(&text, place.colours);
        if error.use_stderr() {
            return io::stderr().write_all(text.as_bytes());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
    }

    /// Tells whether all lines arrived.
    ///
    /// # Errors
    /// When one did not, in a file on a full disk for instance.
    pub(super) fn written(&self) -> Result<(), Failure> {
        match self.lost.get() {
            Some(error) => Err(Failure::refused(format!(
                "what this command says is not complete: standard output cannot be written to: {error}"
            ))),
            None => Ok(()),
        }
    }

    /// Writes rows under headers, aligned.
    pub fn table(&self, headers: &[&str], rows: &[Vec<String>]) {
        let cell = |cell: &str| escape(cell, self.style.colours).into_owned();
        let headers: Vec<String> = headers.iter().map(|header| cell(header)).collect();
        // Before their widths are measured.
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect();
        let mut widths: Vec<usize> = Vec::new();
        for row in rows.iter().chain([&headers]) {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(::console::measure_text_width(cell));
            }
        }
        self.line(self.style.dim(&columns(&headers, &widths)));
        rows.iter().for_each(|row| self.line(columns(row, &widths)));
    }

    /// Asks a question. An empty answer is the default, and so is none where nobody can answer.
    pub fn ask(&self, question: &str, default: &str) -> String {
        if !self.is_interactive() {
            return default.to_owned();
        }
        let mut stdout = io::stdout().lock();
        // A terminal that cannot be written to cannot be answered on either.
        let question = format!("  {} [{default}] ", self.style.strong(question));
        let _ = stdout.write_all(escape(&question, self.style.colours).as_bytes());
        let _ = stdout.flush();
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

    /// Whether what is written is kept for a test instead of shown.
    pub(crate) fn is_captured(&self) -> bool {
        self.captured.is_some()
    }

    /// Whether somebody can answer a question.
    pub fn is_interactive(&self) -> bool {
        self.captured.is_none() && io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// A progress bar of so many steps, on standard error; it hides itself where that is not a terminal.
    pub fn progress(&self, total: u64) -> ProgressBar {
        if self.captured.is_some() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(total);
        let template = "  {bar:40.green/black.bright} {pos}/{len}  {elapsed} ({eta} left)  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━━─"));
        }
        // The clock goes on while a step takes long.
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// Walks through a list with a progress bar.
    pub fn with_progress<I>(&self, steps: I) -> ProgressBarIter<I::IntoIter>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator>,
    {
        let steps = steps.into_iter();
        let bar = self.progress(steps.len() as u64);
        steps.progress_with(bar)
    }
}

/// What went wrong, unless it is that nobody reads any more.
pub(super) fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

fn columns(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::from("  ");
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        let missing = width.saturating_sub(::console::measure_text_width(cell));
        line.push_str(&" ".repeat(missing + 2));
    }
    line.trim_end().to_owned()
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("style", &self.style).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_the_answer_is_the_default_and_a_confirmation_a_no() {
        let out = Output::captured();
        assert!(!out.confirm("Delete everything?"));
        assert_eq!(out.ask("Name?", "Ada"), "Ada");
    }

    #[test]
    fn nothing_that_is_written_controls_the_terminal() {
        let out = Output::captured();
        let hostile = "a\u{1b}[2J\u{9b}1m\u{202e}b";
        out.line(hostile);
        out.info(hostile);
        out.error(hostile);
        out.table(&["id"], &[vec![hostile.into(), "x".into()]]);
        let text = out.text();
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
        assert_eq!(text.matches(r"a\u001b[2J\u009b1m\u202eb").count(), 4, "{text}");
    }

    #[test]
    fn captured_lines_have_no_colours_and_progress_passes_every_step() {
        let out = Output::captured();
        out.warn("low");
        out.error("none");
        assert_eq!(out.with_progress(vec![1, 2, 3]).sum::<i32>(), 6);
        assert_eq!(out.text(), "  WARN  low\n  ERROR  none\n");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_rows_may_be_short_or_long() {
        let out = Output::captured();
        out.table(
            &["id"],
            &[vec!["12345".into(), "x".into()], vec!["日本".into(), "y".into()], vec![]],
        );
        assert_eq!(out.text(), "  id\n  12345  x\n  日本   y\n\n");
    }
}
