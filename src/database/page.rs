//! Lists in pages.

use serde::Serialize;

use crate::http::{HttpRequest, html_escape};

/// The page of a list that a request asks for with `?page=`.
///
#[cfg_attr(feature = "sqlite", doc = "```")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// use lunox::prelude::*;
/// # fn db() -> &'static sqlx::Pool<sqlx::Sqlite> { lunox::pool() }
///
/// async fn index(req: HttpRequest) -> Result {
///     let page = req.page(15);
///     let posts: Vec<(i64, String)> =
///         sqlx::query_as("select id, title from posts order by id desc limit ? offset ?")
///             .bind(page.limit())
///             .bind(page.offset())
///             .fetch_all(db())
///             .await?;
///     let total: i64 = sqlx::query_scalar("select count(*) from posts").fetch_one(db()).await?;
///     Ok(json(page.of(posts, total)))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Page {
    number: i64,
    per_page: i64,
    req: HttpRequest,
}

/// The highest number of a page. A database reads all rows before the offset, so it must not be arbitrary.
const HIGHEST: i64 = 1_000_000;

impl HttpRequest {
    /// The page that `?page=` asks for, of this many rows: the first one without it, and where it is not a number from 1
    /// to 1,000,000.
    pub fn page(&self, per_page: u32) -> Page {
        let number = self.query::<i64>("page").filter(|number| (1..=HIGHEST).contains(number));
        Page {
            number: number.unwrap_or(1),
            per_page: i64::from(per_page.max(1)),
            req: self.clone(),
        }
    }
}

impl Page {
    /// Its number, from 1.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// What `LIMIT` takes: how many rows a page has.
    pub fn limit(&self) -> i64 {
        self.per_page
    }

    /// What `OFFSET` takes: how many rows come before.
    pub fn offset(&self) -> i64 {
        (self.number - 1) * self.per_page
    }

    /// The rows of the page, of this many in all, with links to the other pages.
    pub fn of<T>(self, data: Vec<T>, total: i64) -> Paginated<T> {
        let total = total.max(0);
        let current_page = self.number;
        let last_page = ((total + self.per_page - 1) / self.per_page).max(1);
        let url = |page: i64| self.req.full_url_with_query([("page", page)]);
        let before = (current_page > 1).then(|| url((current_page - 1).min(last_page)));
        let after = (current_page < last_page).then(|| url(current_page + 1));
        let count = i64::try_from(data.len()).unwrap_or(i64::MAX);
        let mut links = vec![Link::new(before.clone(), "Previous")];
        links.extend(window(current_page, last_page).into_iter().map(|page| match page {
            Some(page) => Link {
                active: page == current_page,
                page: Some(page),
                ..Link::new(Some(url(page)), &page.to_string())
            },
            None => Link::new(None, "..."),
        }));
        links.push(Link::new(after.clone(), "Next"));
        Paginated {
            current_page,
            first_page_url: url(1),
            from: (count > 0).then(|| self.offset() + 1),
            last_page,
            last_page_url: url(last_page),
            links,
            next_page_url: after,
            path: self.req.url(),
            per_page: self.per_page,
            prev_page_url: before,
            to: (count > 0).then(|| self.offset() + count),
            total,
            data,
        }
    }
}

/// The numbers that are shown: both ends, and three on either side; `None` for a gap.
fn window(current: i64, last: i64) -> Vec<Option<i64>> {
    let mut shown = Vec::new();
    let mut before = 0;
    let ends = (1..=last.min(2)).chain(current.saturating_sub(3).max(1)..=(current + 3).min(last));
    let mut pages: Vec<i64> = ends.chain((last - 1).max(1)..=last).collect();
    pages.sort_unstable();
    pages.dedup();
    for page in pages {
        if page > before + 1 {
            shown.push(None);
        }
        shown.push(Some(page));
        before = page;
    }
    shown
}

/// A page of rows, written as JSON with the fields of Laravel's paginator. Links keep the request's other parameters.
#[derive(Clone, Debug, Serialize)]
pub struct Paginated<T> {
    /// The number of this page.
    pub current_page: i64,
    /// Its rows.
    pub data: Vec<T>,
    /// The URL of the first page.
    pub first_page_url: String,
    /// The number of its first row, from 1; none if it is empty.
    pub from: Option<i64>,
    /// The number of the last page.
    pub last_page: i64,
    /// The URL of the last page.
    pub last_page_url: String,
    /// What stands below the list: previous, numbers, gaps, next.
    pub links: Vec<Link>,
    /// The URL of the next page.
    pub next_page_url: Option<String>,
    /// The URL without parameters.
    pub path: String,
    /// How many rows a page has.
    pub per_page: i64,
    /// The URL of the previous page; of the last one, beyond the end.
    pub prev_page_url: Option<String>,
    /// The number of its last row.
    pub to: Option<i64>,
    /// How many rows there are in all.
    pub total: i64,
}

/// A link to another page.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Where it leads; nowhere for a gap, and for the previous of the first.
    pub url: Option<String>,
    /// `Previous`, `Next`, `...` or a number.
    pub label: String,
    /// The number of the page, for numbers.
    pub page: Option<i64>,
    /// Whether it is this page.
    pub active: bool,
}

impl Link {
    fn new(url: Option<String>, label: &str) -> Self {
        Self { url, label: label.to_owned(), page: None, active: false }
    }

    fn html(&self) -> String {
        let label = html_escape(&self.label);
        match &self.url {
            Some(url) if self.active => {
                format!(r#"<a href="{}" aria-current="page">{label}</a>"#, html_escape(url))
            }
            Some(url) => {
                let rel = match self.label.as_str() {
                    "Previous" => r#" rel="prev""#,
                    "Next" => r#" rel="next""#,
                    _ => "",
                };
                format!(r#"<a href="{}"{rel}>{label}</a>"#, html_escape(url))
            }
            None => format!(r#"<span aria-hidden="true">{label}</span>"#),
        }
    }
}

impl<T> Paginated<T> {
    /// The links as HTML, for a template: `{{ links | safe }}`. Nothing where one page has it all.
    pub fn html(&self) -> String {
        if self.last_page == 1 && self.current_page == 1 {
            return String::new();
        }
        let items: String =
            self.links.iter().map(|link| format!("<li>{}</li>", link.html())).collect();
        format!(r#"<nav class="pagination" aria-label="Pages"><ul>{items}</ul></nav>"#)
    }
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn both_ends_and_the_pages_around_are_shown() {
        let shown = |current, last| {
            let text = |page: Option<i64>| page.map_or("-".to_owned(), |page| page.to_string());
            window(current, last).into_iter().map(text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(1, 1), "1");
        assert_eq!(shown(1, 3), "1 2 3");
        assert_eq!(shown(1, 20), "1 2 3 4 - 19 20");
        assert_eq!(shown(10, 20), "1 2 - 7 8 9 10 11 12 13 - 19 20");
        assert_eq!(shown(20, 20), "1 2 - 17 18 19 20");
        assert_eq!(shown(99, 5), "1 2 - 4 5");
    }
}
