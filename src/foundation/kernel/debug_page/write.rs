//! The parts that the debug page is made of.

use crate::error::Excerpt;
use crate::http::html_escape;

use super::Secrets;

/// Longer texts are cut: a page of megabytes helps nobody.
const LONGEST: usize = 4_000;

/// HTML that grows. What is not markup of the page itself comes in by [`text`](Writer::text) alone.
pub(super) struct Writer<'s> {
    html: String,
    secrets: &'s Secrets,
}

impl<'s> Writer<'s> {
    pub(super) fn new(secrets: &'s Secrets) -> Self {
        Self { html: String::new(), secrets }
    }

    pub(super) fn finish(self) -> String {
        self.html
    }

    /// Markup of the page itself.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.html.push_str(markup);
        self
    }

    /// Anything else: without the secrets in it, and escaped.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let text = self.secrets.scrub(text);
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => {
                self.html.push_str(&html_escape(&text[..end]));
                self.html.push_str(&format!("… ({} bytes more)", text.len() - end));
            }
            None => self.html.push_str(&html_escape(&text)),
        }
        self
    }

    /// A section with a heading.
    pub(super) fn section(&mut self, heading: &'static str, content: impl FnOnce(&mut Self)) {
        self.markup("<section>\n<h2>").markup(heading).markup("</h2>\n");
        content(self);
        self.markup("</section>\n");
    }

    /// Names with their values, or a remark where there are none.
    pub(super) fn table<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        rows: impl IntoIterator<Item = (N, V)>,
        none: &'static str,
    ) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            self.markup("<p class=\"none\">").markup(none).markup("</p>\n");
            return;
        }
        self.markup("<dl>\n");
        for (name, value) in rows {
            self.markup("<div><dt>").text(name.as_ref()).markup("</dt><dd>");
            self.text(value.as_ref()).markup("</dd></div>\n");
        }
        self.markup("</dl>\n");
    }

    /// Lines of a file, the one that matters marked.
    pub(super) fn excerpt(&mut self, excerpt: &Excerpt) {
        self.markup("<p class=\"file\">").text(&excerpt.place().to_string()).markup("</p>\n<pre>");
        for (number, line) in excerpt.lines() {
            let is_marked = number == excerpt.place().line();
            self.markup(if is_marked { "<mark>" } else { "<span>" });
            self.markup("<i>").text(&number.to_string()).markup("</i>");
            self.text(if line.is_empty() { " " } else { line });
            self.markup(if is_marked { "</mark>" } else { "</span>" });
        }
        self.markup("</pre>\n");
    }
}
