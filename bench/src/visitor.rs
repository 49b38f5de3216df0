//! A visitor: the requests that it sends, the cookies that it keeps, and the answers that it expects.

use lunox_bench::HELLO;

use crate::servers::Route;

/// A visitor of a server.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    cookies: Vec<(String, String)>,
    /// What `/add` answered last.
    count: i64,
}

impl Visitor {
    /// The bytes of a request. It has the headers that every client sends, and no more.
    pub fn request(&self, route: Route, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(b"GET /");
        into.extend_from_slice(route.name().as_bytes());
        into.extend_from_slice(
            b" HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\naccept: */*\r\n",
        );
        // A session is made for those who have none.
        if !self.cookies.is_empty() && route != Route::Make {
            into.extend_from_slice(b"cookie: ");
            for (index, (name, value)) in self.cookies.iter().enumerate() {
                if index > 0 {
                    into.extend_from_slice(b"; ");
                }
                into.extend_from_slice(name.as_bytes());
                into.push(b'=');
                into.extend_from_slice(value.as_bytes());
            }
            into.extend_from_slice(b"\r\n");
        }
        into.extend_from_slice(b"\r\n");
    }

    /// Checks an answer and keeps its cookies.
    ///
    /// # Panics
    /// When it is not what this visitor must see: a figure of a server that answers wrongly is worth nothing.
    pub fn receive(&mut self, route: Route, response: &Response<'_>) {
        let body = std::str::from_utf8(response.body).unwrap_or("(no text)");
        assert_eq!(response.status, 200, "{}: {body}", route.name());
        for cookie in response.cookies() {
            self.keep(cookie);
        }
        let expected = match route {
            Route::Hello | Route::Make => HELLO,
            Route::Read => "Ada Lovelace",
            Route::Add => {
                self.count += 1;
                &self.count.to_string()
            }
        };
        assert_eq!(body, expected, "{}", route.name());
        if route == Route::Make {
            assert!(!self.cookies.is_empty(), "/make set no cookie");
            self.count = 0;
        }
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.trim().split_once('=') else { return };
        match self.cookies.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.cookies.push((name.to_owned(), value.to_owned())),
        }
    }
}

/// An answer, as it lies in the buffer.
pub struct Response<'b> {
    /// The status code.
    pub status: u16,
    head: &'b str,
    /// The body.
    pub body: &'b [u8],
}

impl<'b> Response<'b> {
    /// Reads an answer; `None` while some of it is missing.
    ///
    /// # Panics
    /// When the answer has no length, or is not the end of what came.
    pub fn parse(bytes: &'b [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).expect("a head is text");
        let length = header(head, "content-length").next().expect("an answer has a length");
        let length = end + 4 + length.trim().parse::<usize>().expect("a length is a number");
        let body = bytes.get(end + 4..length)?;
        assert_eq!(bytes.len(), length, "the server sent more than the answer");
        let status = head.get(9..12).and_then(|code| code.parse().ok()).expect("a status");
        Some(Self { status, head, body })
    }

    fn cookies(&self) -> impl Iterator<Item = &'b str> {
        header(self.head, "set-cookie")
    }
}

fn header<'h>(head: &'h str, wanted: &'static str) -> impl Iterator<Item = &'h str> {
    head.split("\r\n").skip(1).filter_map(move |line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}
