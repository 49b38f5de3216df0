//! HTTP/1.1 by hand, for requests that no client would send.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::process::DEADLINE;

/// One connection to the server.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Response {
    /// The values of a header, in their order.
    pub fn headers<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.headers(name).any(|found| found.eq_ignore_ascii_case(value))
    }

    /// How often the first page says that the visitor was there.
    pub fn visits(&self) -> u64 {
        let (_, after) = self.body.split_once("You have been here <strong>").unwrap();
        let (text, _) = after.split_once("</strong>").unwrap();
        if text == "once" { 1 } else { text.trim_end_matches(" times").parse().unwrap() }
    }
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).unwrap();
    }

    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// The next response; `None` when the server closed the connection without one.
    pub fn receive(&mut self) -> io::Result<Option<Response>> {
        let Some(head) = self.take_until(b"\r\n\r\n")? else { return Ok(None) };
        let head = text(head);
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let mut response = Response { status, head, body: String::new() };
        let length = response.headers("content-length").next().map(|text| text.parse().unwrap());
        response.body = if response.has("transfer-encoding", "chunked") {
            self.take_chunks()?
        } else if let Some(length) = length {
            text(self.take(length)?)
        } else if response.has("connection", "close") {
            while self.fill()? {}
            text(std::mem::take(&mut self.received))
        } else {
            String::new()
        };
        Ok(Some(response))
    }

    /// The response to a request.
    pub fn exchange(&mut self, request: impl AsRef<[u8]>) -> Response {
        self.send(request);
        self.receive().unwrap().expect("a response")
    }

    /// Whether anything has come so far.
    pub fn has_received(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        peeked.is_ok()
    }

    /// Everything that comes until the server closes the connection.
    pub fn rest(&mut self) -> String {
        while self.fill().unwrap() {}
        text(std::mem::take(&mut self.received))
    }

    fn take_chunks(&mut self) -> io::Result<String> {
        let mut body = Vec::new();
        loop {
            let line = self.take_until(b"\r\n")?.ok_or(ErrorKind::UnexpectedEof)?;
            let size =
                usize::from_str_radix(text(line).trim_end(), 16).map_err(io::Error::other)?;
            body.extend(self.take(size)?);
            self.take(2)?;
            if size == 0 {
                return Ok(text(body));
            }
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.received.len() < length {
            if !self.fill()? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.received.drain(..length).collect())
    }

    fn take_until(&mut self, end: &[u8]) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = self.received.windows(end.len()).position(|found| found == end) {
                return self.take(at + end.len()).map(Some);
            }
            if !self.fill()? {
                let cut = !self.received.is_empty();
                return if cut { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(None) };
            }
        }
    }

    /// Whether anything came before the end.
    fn fill(&mut self) -> io::Result<bool> {
        let mut piece = [0; 8192];
        match self.stream.read(&mut piece) {
            Ok(0) => Ok(false),
            Ok(length) => {
                self.received.extend_from_slice(&piece[..length]);
                Ok(true)
            }
            // The server closed while something from here lay unread.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// A visitor with a cookie.
#[derive(Clone)]
pub struct Browser {
    address: SocketAddr,
    cookie: Option<String>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookie: None }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection to the server.
    pub fn connect(&self) -> io::Result<Connection> {
        Connection::open(self.address)
    }

    /// A visitor without a cookie.
    pub fn forgetful(&self) -> Self {
        Self::new(self.address)
    }

    /// The same visitor at another address.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// The cookie's value, which nobody else may see.
    pub fn token(&self) -> Option<&str> {
        self.cookie.as_deref()?.split_once('=').map(|(_, token)| token)
    }

    /// Asks on a connection of its own.
    pub fn get(&mut self, path: &str) -> Response {
        let mut connection = Connection::open(self.address).unwrap();
        self.get_on(&mut connection, path).unwrap()
    }

    /// Sends a form on a connection of its own.
    pub fn post(&mut self, path: &str, form: &str) -> Response {
        let mut connection = Connection::open(self.address).unwrap();
        self.post_on(&mut connection, path, form).unwrap()
    }

    pub fn get_on(&mut self, connection: &mut Connection, path: &str) -> io::Result<Response> {
        let request = format!("GET {path} HTTP/1.1\r\n{}\r\n", self.headers());
        self.exchange(connection, &request)
    }

    pub fn post_on(
        &mut self,
        connection: &mut Connection,
        path: &str,
        form: &str,
    ) -> io::Result<Response> {
        let request = format!(
            "POST {path} HTTP/1.1\r\n{}Origin: http://{}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.headers(),
            self.address,
            form.len()
        );
        self.exchange(connection, &request)
    }

    fn headers(&self) -> String {
        let cookie = self.cookie.iter().map(|cookie| format!("Cookie: {cookie}\r\n"));
        format!("Host: {}\r\n{}", self.address, cookie.collect::<String>())
    }

    fn exchange(&mut self, connection: &mut Connection, request: &str) -> io::Result<Response> {
        connection.try_send(request)?;
        let response = connection.receive()?.ok_or(ErrorKind::UnexpectedEof)?;
        let cookies = response.headers("set-cookie");
        for cookie in cookies.filter(|cookie| !cookie.starts_with("XSRF-TOKEN=")) {
            self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        }
        Ok(response)
    }
}
