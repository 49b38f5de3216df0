//! Clients that want no answer.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use super::Dice;
use crate::wire::Connection;

/// Hundreds of connections at once, with what no browser sends.
pub fn flood(address: SocketAddr, dice: &mut Dice) {
    let mut open = Vec::new();
    for _ in 0..300 {
        let Ok(mut connection) = Connection::open(address) else { continue };
        let bytes = match dice.below(7) {
            0 => (0..200).map(|_| dice.below(256) as u8).collect(),
            1 => b"GET / HTTP/1.1\r\nHost: a.test\r\nCookie: lunox".to_vec(),
            2 => format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(5_000)).into_bytes(),
            3 => b"GET /nowhere HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(50),
            4 => {
                let dead = format!("lunox_session={}; ", "A".repeat(43)).repeat(60);
                format!("GET /hello/1/x HTTP/1.1\r\nHost: a.test\r\nCookie: {dead}\r\n\r\n").into_bytes()
            }
            5 => b"POST /session HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec(),
            _ => upload().into_bytes(),
        };
        // Whoever is refused is refused.
        let _ = connection.try_send(bytes);
        open.push(connection);
    }
}

/// A file that is announced and does not end.
fn upload() -> String {
    let part = "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\n";
    format!(
        "POST /session HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\nContent-Length: 2000000\r\n\
         Content-Type: multipart/form-data; boundary=x\r\n\r\n{part}{}",
        "x".repeat(600_000)
    )
}

/// Connections that ask for much and read nothing, and some that never end their heads.
pub fn read_slowly(address: SocketAddr) {
    let mut open = Vec::new();
    for number in 0..60 {
        let Ok(mut connection) = Connection::open(address) else { continue };
        let head = "GET /nowhere HTTP/1.1\r\nHost: a.test\r\n";
        let ask = format!("{head}\r\n").repeat(if number % 2 == 0 { 100 } else { 0 }) + head;
        let _ = connection.try_send(ask);
        open.push(connection);
    }
    thread::sleep(Duration::from_secs(3));
}
