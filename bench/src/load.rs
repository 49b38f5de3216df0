//! Load: many connections, each with visitors of its own, asking one after the other.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::process::Running;
use crate::servers::Route;
use crate::visitor::{Response, Visitor};

/// So many connections are open at a time.
pub const CONNECTIONS: usize = 64;

/// So many sessions there are; each is used by one connection alone, so that every answer can be foretold.
pub const SESSIONS: usize = 1_000;

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After this time.
    Time(Duration),
    /// After this many requests.
    Count(usize),
}

/// What a load met.
#[derive(Debug)]
pub struct Load {
    /// How many requests were answered, all of them rightly.
    pub requests: usize,
    /// How long it took.
    pub took: Duration,
    /// How long each answer took, the quickest first.
    pub latencies: Vec<Duration>,
}

impl Load {
    /// The latency that this share of the requests stayed below.
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get((last as f64 * share) as usize).copied().unwrap_or_default()
    }
}

/// The visitors of each connection.
pub struct Crowd(Vec<Vec<Visitor>>);

impl Crowd {
    /// Visitors without sessions, this many or a few more.
    pub fn of(sessions: usize) -> Self {
        let visitors = vec![Visitor::default(); sessions.div_ceil(CONNECTIONS)];
        Self(vec![visitors; CONNECTIONS])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Gives each visitor a session.
    pub async fn arrive(&mut self, server: &Running) {
        self.ask(server, Route::Make, Until::Count(self.len())).await;
    }

    /// Has all of them ask for a route.
    ///
    /// # Panics
    /// When an answer is wrong.
    pub async fn ask(&mut self, server: &Running, route: Route, until: Until) -> Load {
        let started = Instant::now();
        let mut connections = JoinSet::new();
        for visitors in self.0.drain(..) {
            connections.spawn(connection(server.address, visitors, route, until));
        }
        let mut latencies = Vec::new();
        while let Some(done) = connections.join_next().await {
            let (visitors, more) = done.expect("every answer is right");
            self.0.push(visitors);
            latencies.extend(more);
        }
        let took = started.elapsed();
        latencies.sort_unstable();
        Load { requests: latencies.len(), took, latencies }
    }
}

async fn connection(
    address: std::net::SocketAddr,
    mut visitors: Vec<Visitor>,
    route: Route,
    until: Until,
) -> (Vec<Visitor>, Vec<Duration>) {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("an option of every socket");
    let (mut out, mut bytes) = (Vec::new(), Vec::with_capacity(4096));
    let (started, mut latencies) = (Instant::now(), Vec::new());
    let goes_on = |answered: usize| match until {
        Until::Time(time) => started.elapsed() < time,
        Until::Count(count) => answered < count / CONNECTIONS,
    };
    while goes_on(latencies.len()) {
        let turn = latencies.len() % visitors.len();
        let visitor = &mut visitors[turn];
        visitor.request(route, &mut out);
        let asked = Instant::now();
        stream.write_all(&out).await.expect("the server reads");
        bytes.clear();
        loop {
            let count = stream.read_buf(&mut bytes).await.expect("the server answers");
            assert!(count > 0, "the server closed the connection");
            if let Some(response) = Response::parse(&bytes) {
                latencies.push(asked.elapsed());
                visitor.receive(route, &response);
                break;
            }
        }
    }
    (visitors, latencies)
}
